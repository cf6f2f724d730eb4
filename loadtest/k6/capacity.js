// More and more people, of every kind, until the machine, which k6 is on too, can do no more. RATE, VISITORS and WATCHERS are where
// it ends; nothing is judged.
import { ramp, rampTo } from './lib/scenarios.js';
import { options as optionsOf, settings } from './lib/site.js';

export { discover as setup } from './lib/pages.js';
export { browse, land, watch } from './lib/people.js';
const { rate, seconds } = settings;
const landing = { ...ramp(rate / 40, [[rate, seconds]]), preAllocatedVUs: 300, maxVUs: 300 };
const visitors = rampTo(settings.visitors, 'browse');
const watchers = rampTo(settings.watchers, 'watch');
export const options = { ...optionsOf({ landing, visitors, watchers }), thresholds: {} };
