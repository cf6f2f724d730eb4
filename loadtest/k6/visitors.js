// People who were here before: listings in an order of their own, filtered, walked by the cursor.
import { visitors } from './lib/scenarios.js';
import { options as optionsOf } from './lib/site.js';

export { discover as setup } from './lib/pages.js';
export { browse } from './lib/people.js';
export const options = optionsOf({ visitors });
