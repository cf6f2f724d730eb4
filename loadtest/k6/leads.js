// People leave their numbers, while others come by advertisements. Each is thanked once.
import { landing, leads } from './lib/scenarios.js';
import { options as optionsOf } from './lib/site.js';

export { discover as setup } from './lib/pages.js';
export { ask, land } from './lib/people.js';
export const options = optionsOf({ landing, leads });
