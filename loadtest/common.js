// What the scripts share: where Weft is, and a summary a person can read.
import http from 'k6/http';
import { check } from 'k6';

export const target = __ENV.TARGET || 'http://127.0.0.1:10000';

/** A number from the environment, so that a script can be made longer or harder: -e RATE=5000 */
export function setting(name, otherwise) {
  return __ENV[name] === undefined ? otherwise : Number(__ENV[name]);
}

/** GET that must be answered 200; counted by k6 as http_reqs and, when not, as a failed check. */
export function get(path, tags) {
  const response = http.get(target + path, { tags: tags || {} });
  check(response, { 'status is 200': (r) => r.status === 200 });
  return response;
}

function ms(value) {
  return value === undefined ? '-' : value.toFixed(value < 10 ? 2 : 0) + ' ms';
}

/** One block of lines: what was asked, how fast the answers came, which thresholds broke. */
export function summary(name) {
  return (data) => {
    const m = data.metrics;
    const duration = m.http_req_duration ? m.http_req_duration.values : {};
    const lines = [
      '',
      `${name}: ${target}`,
      `  requests     ${m.http_reqs ? m.http_reqs.values.count : 0} (${m.http_reqs ? m.http_reqs.values.rate.toFixed(0) : 0}/s) in ${(data.state.testRunDurationMs / 1000).toFixed(0)} s`,
      `  failed       ${m.http_req_failed ? (m.http_req_failed.values.rate * 100).toFixed(3) : 0} %`,
      `  checks       ${m.checks ? m.checks.values.passes + ' passed, ' + m.checks.values.fails + ' failed' : 'none'}`,
      `  latency      p50 ${ms(duration.med)}, p95 ${ms(duration['p(95)'])}, p99 ${ms(duration['p(99)'])}, max ${ms(duration.max)}`,
      `  received     ${m.data_received ? (m.data_received.values.count / 1048576).toFixed(1) : 0} MiB, sent ${m.data_sent ? (m.data_sent.values.count / 1048576).toFixed(1) : 0} MiB`,
    ];
    if (m.dropped_iterations) {
      lines.push(`  not started  ${m.dropped_iterations.values.count} iterations: this machine could not make the load`);
    }
    let broken = 0;
    for (const [metric, entry] of Object.entries(m)) {
      for (const [rule, verdict] of Object.entries(entry.thresholds || {})) {
        if (!verdict.ok) {
          broken++;
          lines.push(`  BROKEN       ${metric}: ${rule}`);
        }
      }
    }
    lines.push(broken === 0 ? '  all thresholds held' : `  ${broken} thresholds broken`, '');
    return { stdout: lines.join('\n') };
  };
}

export const trend = ['med', 'p(95)', 'p(99)', 'max'];
