// A tenth of RATE, then all of it within a second, then a tenth again.
import { ramp } from './lib/scenarios.js';
import { options as optionsOf, settings } from './lib/site.js';

export { discover as setup } from './lib/pages.js';
export { land } from './lib/people.js';

const { rate, seconds } = settings;
const quiet = Math.max(2, Math.round(seconds / 5));
const spike = ramp(Math.max(1, Math.round(rate / 10)), [[rate / 10, quiet], [rate, 1], [rate, seconds - 2 * quiet - 2], [rate / 10, 1], [rate / 10, quiet]]);
export const options = optionsOf({ spike });
