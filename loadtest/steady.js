// One rate for a while: the everyday day. RATE requests a second (1000), DURATION (60s).
import { get, setting, summary, trend } from './common.js';

const rate = setting('RATE', 1000);

export const options = {
  scenarios: {
    steady: {
      executor: 'constant-arrival-rate', rate, timeUnit: '1s', duration: __ENV.DURATION || '60s',
      preAllocatedVUs: 64, maxVUs: 512,
    },
  },
  summaryTrendStats: trend,
  thresholds: {
    http_req_failed: ['rate<0.0001'], http_req_duration: ['p(95)<20', 'p(99)<50'], dropped_iterations: ['rate<1'],
  },
};

export default function () {
  get('/');
}

export const handleSummary = summary('steady');
