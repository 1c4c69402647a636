// As much as VUS connections (32) carry, for DURATION (5m): downloads, uploads, small requests. Driven by
// `make soak`, which restarts an upstream meanwhile and watches memory, threads and file descriptors;
// an answer of 502, 503 or 504 is then allowed, a wrong body or an answer that never comes is not.
import http from 'k6/http';
import { check } from 'k6';
import { setting, summary, target, trend } from './common.js';

export const options = {
  vus: setting('VUS', 32),
  duration: __ENV.DURATION || '5m',
  summaryTrendStats: trend,
  thresholds: { checks: ['rate==1'], 'http_req_duration{expected_response:true}': ['p(99)<2000'] },
};

const body = 'x'.repeat(20000);
const outage = http.expectedStatuses(200, 502, 503, 504);

export default function () {
  const id = `${__VU}-${__ITER}`;
  const kind = __ITER % 4;
  const response = kind === 3
    ? http.post(`${target}/echo/${id}`, body, { responseCallback: outage, tags: { name: 'post' } })
    : http.get(`${target}/${kind === 2 ? 'big' : 'small'}/${id}`, { responseCallback: outage, tags: { name: kind === 2 ? 'big' : 'small' } });
  check(response, {
    'answered': (r) => r.status === 200 || (r.status >= 502 && r.status <= 504),
    'the body is its own': (r) => r.status !== 200 || r.body.startsWith(`${id} `),
    'the body is whole': (r) => r.status !== 200 || r.body.length === Number(r.headers['X-Length']),
  });
}

export const handleSummary = summary('soak');
