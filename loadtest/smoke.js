// Does everything of the sample configuration answer as it says? A few seconds; run by CI.
import http from 'k6/http';
import { check } from 'k6';
import { summary, target, trend } from './common.js';

export const options = {
  vus: 1, // more would share the turns of the endpoints
  duration: '5s',
  summaryTrendStats: trend,
  thresholds: { checks: ['rate==1'], http_req_duration: ['p(99)<500'] },
};

const tcp = __ENV.TCP_TARGET || 'http://127.0.0.1:10001';
const admin = __ENV.ADMIN_TARGET || 'http://127.0.0.1:9901';

export function setup() {
  const ready = http.get(`${admin}/ready`);
  check(ready, { 'admin says LIVE': (r) => r.status === 200 && r.body.includes('LIVE') });
}

export default function () {
  const bodies = new Set();
  for (let i = 0; i < 4; i++) {
    const balanced = http.get(`${target}/`);
    check(balanced, { '/ is forwarded': (r) => r.status === 200 && r.body.includes('endpoint') });
    bodies.add(balanced.body);
  }
  check(bodies, { 'both endpoints answer in turn': (b) => b.size === 2 });
  check(http.get(`${target}/hello`), { '/hello is answered by the listener': (r) => r.status === 200 && r.body.includes('Hello') });
  check(http.get(`${target}/nowhere/at/all`, { responseCallback: http.expectedStatuses(404) }), { 'an unknown path is 404': (r) => r.status === 404 });
  check(http.post(`${target}/`, 'x'.repeat(20000)), { 'POST is forwarded': (r) => r.status === 200 });
  check(http.get(`${tcp}/`), { 'TCP is relayed': (r) => r.status === 200 && r.body.includes('endpoint') });
}

export function teardown() {
  const stats = http.get(`${admin}/stats`);
  check(stats, { 'statistics counted it': (r) => /^http\.ingress\.downstream_rq_2xx: [1-9]/m.test(r.body) });
}

export const handleSummary = summary('smoke');
