// Requests over many different paths, as a table of many routes sees them: PATHS (10000) below /route/.
// With a configuration of that many routes (`loadtest/many-routes-config 10000 > DIR/bootstrap.yaml`) every
// one must answer 200; RATE requests a second (1000).
import { get, setting, summary, trend } from './common.js';

const paths = setting('PATHS', 10000);

export const options = {
  scenarios: {
    routes: {
      executor: 'constant-arrival-rate', rate: setting('RATE', 1000), timeUnit: '1s', duration: __ENV.DURATION || '30s',
      preAllocatedVUs: 64, maxVUs: 512,
    },
  },
  summaryTrendStats: trend,
  thresholds: { checks: ['rate==1'], http_req_duration: ['p(99)<50'] },
};

export default function () {
  get(`/route/${Math.floor(Math.random() * paths)}`, { name: '/route/N' });
}

export const handleSummary = summary('many-routes');
