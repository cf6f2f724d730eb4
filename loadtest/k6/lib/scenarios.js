// k6 scenarios of the people there are, at the rates of the settings.
import { settings } from './site.js';

const duration = `${settings.seconds}s`;
// As many as come within a second: who finds no virtual user free is dropped, and was never asked about.
const spare = { preAllocatedVUs: Math.max(40, settings.rate), maxVUs: Math.max(400, settings.rate * 5) };

export const landing = {
  ...{ executor: 'constant-arrival-rate', exec: 'land', rate: settings.rate, timeUnit: '1s', duration },
  ...spare,
};

export const visitors = { executor: 'constant-vus', exec: 'browse', vus: settings.visitors, duration, gracefulStop: '5s' };

export const watchers = { executor: 'constant-vus', exec: 'watch', vus: settings.watchers, duration, gracefulStop: '5s' };

// The same people, more of them every second.
export const rampTo = (vus, run) => ({
  ...{ executor: 'ramping-vus', exec: run, startVUs: 0, gracefulRampDown: '0s', gracefulStop: '5s' },
  ...{ stages: [{ target: vus, duration }] },
});

export const leads = {
  ...{ executor: 'constant-arrival-rate', exec: 'ask', rate: settings.leads, timeUnit: '1s', duration },
  ...{ preAllocatedVUs: Math.max(20, settings.leads), maxVUs: 200 },
};

// Rates by seconds: `steps` are [people a second, seconds until it is reached].
export const ramp = (start, steps) => ({
  ...{ executor: 'ramping-arrival-rate', exec: 'land', startRate: Math.ceil(start), timeUnit: '1s', gracefulStop: '5s' },
  ...{ stages: steps.map(([target, seconds]) => ({ target: Math.round(target), duration: `${seconds}s` })) },
  ...spare,
});
