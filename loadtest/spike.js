// Quiet, then twenty times as much at once, then quiet: nothing may be left hanging afterwards.
import { get, setting, summary, trend } from './common.js';

const quiet = setting('QUIET', 100);
const spike = setting('SPIKE', 20 * quiet);

export const options = {
  scenarios: {
    spike: {
      executor: 'ramping-arrival-rate', startRate: quiet, timeUnit: '1s', preAllocatedVUs: 128, maxVUs: 2000,
      stages: [
        { target: quiet, duration: '10s' },
        { target: spike, duration: '1s' },
        { target: spike, duration: '20s' },
        { target: quiet, duration: '1s' },
        { target: quiet, duration: '20s' },
      ],
    },
  },
  summaryTrendStats: trend,
  thresholds: { http_req_failed: ['rate<0.001'], http_req_duration: ['p(99)<500'] },
};

export default function () {
  get('/');
}

export const handleSummary = summary('spike');
