// The two pages, read as somebody would: which car, what price, which cards.
import http from 'k6/http';
import { get, judge, settings } from './site.js';

// A regular expression over a whole page costs k6 milliseconds: first the place is found, then what stands there is read.
function near(body, mark, pattern, characters = 300) {
  const at = body.indexOf(mark);
  const found = at < 0 ? null : pattern.exec(body.slice(at, at + characters));
  return found ? found[1] : '';
}

// Cars for sale by the sitemap, as runs of [first id, how many],, and listings that advertisements lead to by the filters there are.
export function discover() {
  const index = http.get(`${settings.url}/sitemap.xml`).body;
  const cars = [];
  for (const part of index.match(/\?part=\d+/g) || []) {
    const urls = http.get(`${settings.url}/sitemap.xml${part}`).body;
    for (const url of urls.match(/\/car\/[^<]*-\d+<\/loc>/g) || []) cars.push(Number(/-(\d+)</.exec(url)[1]));
  }
  if (cars.length === 0) throw new Error(`no cars in ${settings.url}/sitemap.xml`);
  cars.sort((a, b) => a - b);
  // Every virtual user gets a copy: most ids follow each other.
  const runs = [];
  for (const id of cars) {
    const last = runs[runs.length - 1];
    if (last && last[0] + last[1] === id) last[1] += 1;
    else runs.push([id, 1]);
  }
  const listing = http.get(`${settings.url}/cars`).body;
  const listings = ['/cars'];
  for (const key of ['make', 'city', 'body', 'fuel']) {
    const values = [...listing.matchAll(new RegExp(`name="${key}" value="([^"]*)"`, 'g'))];
    listings.push(...values.slice(0, 8).map(([, value]) => `/cars?${key}=${encodeURIComponent(value)}`));
  }
  return { cars: { runs, length: cars.length }, listings };
}

// A car's page: the right car, the same price in the panel and in the data for programs, no older than seen before.
export function car(person, id, query, isLast) {
  const slug = `used-car-${id}`;
  const answer = get(person, 'car', `/car/${slug}${query ? `?${query}` : ''}`, isLast);
  const { response } = answer;
  const body = response.body || '';
  // Sold long ago is a 410 with the same page.
  const isSold = body.includes('class="panel sold"');
  const isGone = !isSold && (response.status === 404 || response.status === 410);
  const price = isGone || isSold ? 0 : rupees(body, body.indexOf('class="price"', body.indexOf('class="panel summary"')));
  const claims = { 'status is 200': response.status === 200 || settings.watched.includes(id) };
  if (!isGone) {
    claims['it is the right car'] = near(body, '<link rel="canonical"', /href="[^"]*-(\d+)"/) === String(id) && body.includes(`"sku":"${id}"`);
    claims['it says its version'] = /^\d+\.\d+$/.test(response.headers['Forecourt-Version'] || '');
    claims['its version is no older than seen before'] = isNotOlder(person, id, response.headers['Forecourt-Version']);
    claims['it has a price or is sold'] = isSold || price > 0;
    if (!isSold) {
      claims['one price everywhere'] = near(body, '"@type":"Offer"', /"price":"?([0-9]+)/, 600) === String(price);
      claims['it can be asked about'] = body.includes(`name="car_id" value="${id}"`);
    }
  }
  judge(person, answer, [`${id}:${isGone ? 'gone' : isSold ? 'sold' : price}`], claims);
  return answer;
}

// A listing: ten distinct cars unless it ends here, none of which was on a page before. `isOwn`: it has to be this person's.
export function listing(person, path, before, isLast, isOwn) {
  const answer = get(person, 'listing', path, isLast);
  const { response } = answer;
  const body = response.body || '';
  const cards = cardsOf(body);
  const next = near(body, 'rel="next"', /href="([^"]*)"/).replace(/&amp;/g, '&');
  const found = Number(near(body, 'role="status"', />\s*([0-9,]*)/).replace(/,/g, ''));
  const ids = new Set(cards.map(({ id }) => id));
  const most = /[?&]price_max=(\d+)/.exec(path);
  const claims = {
    'status is 200': response.status === 200,
    'ten cards, or the last': cards.length === 10 || (cards.length < 10 && !next && (found > 0 || cards.length === 0)),
    'no car twice': ids.size === cards.length && !cards.some(({ id }) => before && before.has(id)),
    'every card has a price': cards.every(({ price }) => price > 0),
    'no more cards than were found': cards.length <= found,
    'every card matches': !most || cards.every(({ price }) => price <= Number(most[1])),
  };
  if (isOwn) claims['it is nobody else\'s'] = /private/.test(response.headers['Cache-Control'] || '');
  judge(person, answer, cards.map(({ id, price }) => `${id}:${price}`), claims);
  return { cards, next };
}

function cardsOf(body) {
  const cards = [];
  for (let at = body.indexOf('<article'); at >= 0; at = body.indexOf('<article', at + 1)) {
    const from = body.indexOf('href="/car/', at) + 6;
    const link = body.slice(from, body.indexOf('"', from));
    cards.push({ id: Number(link.slice(link.lastIndexOf('-') + 1)), price: rupees(body, body.indexOf('class="price"', from)) });
  }
  return cards;
}

// The first amount from a place on, in Indian grouping: ₹9,04,000. 0 if there is none near.
function rupees(body, at) {
  if (at < 0) return 0;
  const found = /₹([0-9,]+)/.exec(body.slice(at, at + 60));
  return found ? Number(found[1].replace(/,/g, '')) : 0;
}

function isNotOlder(person, id, version) {
  const [epoch, sequence] = String(version || '0.0').split('.').map(Number);
  const before = person.versions.get(id);
  const isOlder = before && (epoch < before[0] || (epoch === before[0] && sequence < before[1]));
  if (!isOlder) person.versions.set(id, [epoch, sequence]);
  return !isOlder;
}
