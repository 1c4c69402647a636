// Bodies both ways at once: uploads of UPLOAD bytes (1 MiB) and downloads of DOWNLOAD_PATH, with small
// requests beside them, which must not wait for the big ones.
import http from 'k6/http';
import { check } from 'k6';
import { get, setting, summary, target, trend } from './common.js';

const size = setting('UPLOAD', 1048576);
const downloads = __ENV.DOWNLOAD_PATH || '/';
const duration = __ENV.DURATION || '30s';

export const options = {
  scenarios: {
    upload: { executor: 'constant-vus', vus: 4, duration, exec: 'upload' },
    download: { executor: 'constant-vus', vus: 4, duration, exec: 'download' },
    small: { executor: 'constant-arrival-rate', rate: 50, timeUnit: '1s', duration, preAllocatedVUs: 8, exec: 'small' },
  },
  summaryTrendStats: trend,
  thresholds: { http_req_failed: ['rate<0.001'], 'http_req_duration{scenario:small}': ['p(95)<100'], checks: ['rate==1'] },
};

const body = 'u'.repeat(size);

export function upload() {
  check(http.post(`${target}/upload`, body), { 'upload answered': (r) => r.status < 500 });
}

export function download() {
  get(downloads);
}

export function small() {
  get('/');
}

export const handleSummary = summary('upload-download');
