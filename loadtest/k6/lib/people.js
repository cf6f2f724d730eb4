// Who comes: by an advertisement, back again, to look at the same cars for ever, to leave a number.
import { sleep } from 'k6';
import exec from 'k6/execution';
import { car, listing } from './pages.js';
import { below, chance, get, judge, nth, one, post, settings, stranger, word, zipf } from './site.js';

// Of the requests, those that come on a connection of their own.
const FRESH = 0.2;
const FROM_ADS = 0.95;

// Click ids are unique: no page may be kept by them.
function advertisement() {
  const campaign = `utm_medium=cpc&utm_campaign=c${below(40)}&utm_content=${word(6)}`;
  return one([
    () => `gclid=Cj0KCQ${word(40)}&gad_source=1&utm_source=google&${campaign}`,
    () => `fbclid=IwAR${word(50)}&utm_source=facebook&${campaign}`,
    () => `utm_source=instagram&${campaign}&fbclid=PAZXh0${word(48)}`,
  ])();
}

// Somebody new, who was shown an advertisement of a car or of a listing.
export function land({ cars, listings }) {
  const person = stranger();
  const ad = chance(FROM_ADS) ? advertisement() : '';
  if (chance(0.8)) {
    const goesOn = chance(0.15);
    car(person, zipf(cars), ad, !goesOn && chance(FRESH));
    if (goesOn) listing(person, '/cars', null, chance(FRESH));
    return;
  }
  const path = one(listings);
  const { cards } = listing(person, ad ? `${path}${path.includes('?') ? '&' : '?'}${ad}` : path);
  if (cards.length && chance(0.5)) car(person, one(cards).id, '', chance(FRESH));
}

// Somebody whose cookie tells what they looked at: the listing is their own. They walk through it.
export function browse({ cars }) {
  // Not all at once.
  if (exec.vu.iterationInScenario === 0) sleep(Math.random() * 2);
  const person = stranger();
  let isKnown = false;
  for (let n = 1 + below(3); n > 0; n--) {
    const { response } = car(person, zipf(cars), '', false);
    isKnown = isKnown || Boolean(response.cookies.forecourt);
    sleep(0.1 + Math.random() * 0.3);
  }
  const choice = one(['', 'price_max=800000', 'fuel=diesel', 'price_max=600000&sort=price', 'transmission=automatic&price_max=1500000']);
  const shown = new Set();
  for (let path = choice ? `/cars?${choice}` : '/cars', page = 0; path && page < 6; page++) {
    const isOwn = page === 0 && isKnown && !choice.includes('sort=');
    const { cards, next } = listing(person, path, shown, false, isOwn);
    cards.forEach(({ id }) => shown.add(id));
    path = next;
    sleep(0.1 + Math.random() * 0.4);
  }
}

// Of this virtual user, for as long as they are one.
let watcher = null;
const CARS_EACH = 4;

// Somebody who keeps looking at a few cars, from whatever instance the load balancer picks.
export function watch({ cars }) {
  if (!watcher) {
    const { watched } = settings;
    const [count, of] = watched.length ? [watched.length, (n) => watched[n]] : [Math.min(60, cars.length), (n) => nth(cars, n)];
    const first = below(count);
    watcher = { person: stranger(), cars: Array.from({ length: CARS_EACH }, (_, n) => of((first + n * 7) % count)) };
    sleep(Math.random());
  }
  for (const id of watcher.cars) {
    car(watcher.person, id, '', chance(FRESH));
    sleep(0.15 + Math.random() * 0.2);
  }
}

// Somebody who leaves a number; one in five clicks twice.
export function ask({ cars }) {
  const person = stranger();
  const id = zipf(cars);
  car(person, id, '', false);
  const phone = `9${String(exec.scenario.iterationInTest % 1e5).padStart(5, '0')}${String(below(1e4)).padStart(4, '0')}`;
  const form = { car_id: String(id), phone, name: 'Load Test', consent: '1' };
  let first = '';
  for (let clicks = chance(0.2) ? 2 : 1; clicks > 0; clicks--) {
    const answer = post(person, 'lead', '/leads', form);
    const location = answer.response.headers.Location || '';
    judge(person, answer, [`${phone}:${location.slice(7)}`], {
      'it is thanked for': answer.response.status === 303 && location.startsWith('/leads/'),
      'one receipt for one lead': first === '' || location === first,
    });
    first = location;
  }
  const receipt = get(person, 'receipt', first || '/leads/none', true);
  const body = receipt.response.body || '';
  judge(person, receipt, [], { 'there is a receipt': receipt.response.status === 200, 'nobody is in it': !body.includes(phone) });
}
