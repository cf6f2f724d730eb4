// Ad clicks: 95 of 100 people come by an advertisement, with a click id of their own, on a phone.
import { landing } from './lib/scenarios.js';
import { options as optionsOf } from './lib/site.js';

export { discover as setup } from './lib/pages.js';
export { land } from './lib/people.js';
export const options = optionsOf({ landing });
