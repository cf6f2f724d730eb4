// More and more people until the machine, which k6 is on too, can do no more. RATE is where it ends; nothing is judged.
import { ramp } from './lib/scenarios.js';
import { options as optionsOf, settings } from './lib/site.js';

export { discover as setup } from './lib/pages.js';
export { land } from './lib/people.js';
const capacity = { ...ramp(50, [[settings.rate, settings.seconds]]), preAllocatedVUs: 60, maxVUs: 300 };
export const options = { ...optionsOf({ capacity }), thresholds: {} };
