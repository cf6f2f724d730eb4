// Everybody, leads too, for long.
import { landing, leads, visitors, watchers } from './lib/scenarios.js';
import { options as optionsOf } from './lib/site.js';

export { discover as setup } from './lib/pages.js';
export { ask, browse, land, watch } from './lib/people.js';
export const options = optionsOf({ landing, leads, visitors, watchers });
