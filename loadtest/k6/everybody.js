// Everybody at once, but for leads: what goes on while prices change, cars are sold, and parts fail.
import { landing, visitors, watchers } from './lib/scenarios.js';
import { options as optionsOf } from './lib/site.js';

export { discover as setup } from './lib/pages.js';
export { browse, land, watch } from './lib/people.js';
export const options = optionsOf({ landing, visitors, watchers });
