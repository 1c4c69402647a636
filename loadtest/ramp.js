// Ever more, to see where it bends: from 100 to PEAK requests a second (5000) in two minutes and back.
import { get, setting, summary, trend } from './common.js';

const peak = setting('PEAK', 5000);

export const options = {
  scenarios: {
    ramp: {
      executor: 'ramping-arrival-rate', startRate: 100, timeUnit: '1s', preAllocatedVUs: 64, maxVUs: 1000,
      stages: [
        { target: peak, duration: __ENV.CLIMB || '120s' },
        { target: peak, duration: '15s' },
        { target: 100, duration: '15s' },
      ],
    },
  },
  summaryTrendStats: trend,
  thresholds: { http_req_failed: ['rate<0.001'], http_req_duration: ['p(95)<100'] },
};

export default function () {
  get('/');
}

export const handleSummary = summary('ramp');
