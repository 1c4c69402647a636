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
const padding = { small: 200, big: 100000 };
const outage = http.expectedStatuses(200, 502, 503, 504);

export default function () {
  const id = `${__VU}-${__ITER}`;
  const kind = ['small', 'small', 'big', 'echo'][__ITER % 4];
  const params = { responseCallback: outage, tags: { name: kind } };
  const response = kind === 'echo' ? http.post(`${target}/echo/${id}`, body, params) : http.get(`${target}/${kind}/${id}`, params);
  const expected = kind === 'echo' ? `${id} ${body.length}` : `${id} ${'x'.repeat(padding[kind])}`;
  check(response, {
    'answered': (r) => r.status === 200 || (r.status >= 502 && r.status <= 504),
    'the body is its own, and whole': (r) => r.status !== 200 || r.body === expected,
  });
}

export const handleSummary = summary('soak');
