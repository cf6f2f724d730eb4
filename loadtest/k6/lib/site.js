// Where the site is, how visitors ask, and what is noted of each answer.
import { check } from 'k6';
import exec from 'k6/execution';
import http from 'k6/http';
import { Trend } from 'k6/metrics';

const env = (name, otherwise) => __ENV[name] || otherwise;
const number = (name, otherwise) => Number(env(name, otherwise));

export const settings = {
  // The site, or the load balancer in front of it.
  url: env('BASE_URL', 'http://127.0.0.1:8080').replace(/\/+$/, ''),
  // People a second who come by an advertisement, and how long they do.
  rate: number('RATE', 50),
  seconds: number('SECONDS', 60),
  // People who come back, and people who keep looking at the same cars.
  visitors: number('VISITORS', 5),
  watchers: number('WATCHERS', 10),
  leads: number('LEADS', 5),
  // Cars to keep looking at; none: the first of the sitemap. They may be sold, and those that may go may be hidden.
  watched: env('WATCHED', '').split(',').filter(Boolean).map(Number),
  // How old the data of a page may be. 0: any age, as long as the page says so.
  ageMsMax: number('AGE_MS_MAX', 5000),
  // Thresholds on what the server says it took (Server-Timing), and on what the visitor waited.
  servedMs: number('SERVED_MS', 10),
  waitedMs: number('WAITED_MS', 60),
  // The share of requests that may fail: an instance that is killed takes those with it that it had.
  failed: number('FAILED', 0),
  // People for whom k6 had no virtual user free.
  dropped: number('DROPPED', 0),
  // One process answers: not even the age of its data may go back.
  isOneProcess: env('ONE_PROCESS', '') === '1',
  // Requests come as from a load balancer, and not by one that is there.
  isForwarded: env('FORWARDED', '1') === '1',
  // A line for each answer, for whoever compares them with what was written: loadtest/scenarios.
  areNoted: env('NOTED', '') === '1',
};

// Milliseconds: until the answer was there, with connecting; what the server spent; how old its data was at most.
const waited = new Trend('page_waited', true);
const served = new Trend('page_served', true);
const age = new Trend('page_age', true);

// For every scenario. A request that fails, or an answer with a wrong word in it, is one too many.
export const thresholds = {
  checks: ['rate==1'],
  http_req_failed: [`rate<=${settings.failed}`],
  dropped_iterations: [`count<=${settings.dropped}`],
  page_served: [`p(99)<=${settings.servedMs}`],
  page_waited: [`p(99)<=${settings.waitedMs}`],
};

export const options = (scenarios) => ({
  scenarios,
  thresholds,
  summaryTrendStats: ['avg', 'med', 'p(90)', 'p(99)', 'p(99.9)', 'max'],
  setupTimeout: '60s',
});

const PHONES = [
  'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (Linux; Android 15; SM-A156E Build/AP3A; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/141.0.0.0 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/530.0.0.48.74;]',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Instagram 400.0.0.29.80',
];

export const below = (n) => Math.floor(Math.random() * n);
export const one = (list) => list[below(list.length)];
export const chance = (share) => Math.random() < share;
// The n-th car; see `discover`.
export function nth({ runs }, n) {
  for (const [first, length] of runs) {
    if (n < length) return first + n;
    n -= length;
  }
  return runs[0][0];
}
// Few cars get most of the clicks: the n-th as many as 1/n of the first.
export const zipf = (cars) => nth(cars, Math.floor(Math.pow(cars.length + 1, Math.random())) - 1);
export const word = (length) => {
  let text = '';
  while (text.length < length) text += Math.random().toString(36).slice(2);
  return text.slice(0, length);
};

// Somebody with a phone. What they have seen stays with them: nothing they see later may be older.
export function stranger() {
  const network = `${100 + below(20)}.${below(256)}.${below(256)}.${1 + below(254)}`;
  const headers = {
    'User-Agent': one(PHONES),
    Accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
    'Accept-Language': 'en-IN,en;q=0.9,hi;q=0.8',
    'Accept-Encoding': 'gzip, deflate, br, zstd',
    'Sec-Fetch-Site': 'cross-site',
    'Sec-Fetch-Mode': 'navigate',
    'Sec-Fetch-Dest': 'document',
  };
  if (settings.isForwarded) {
    headers['X-Forwarded-For'] = network;
    headers['X-Forwarded-Proto'] = 'https';
    headers['X-Forwarded-Port'] = '443';
  }
  return { headers, versions: new Map(), asOf: 0 };
}

// Asks for a page. `isLast`: the connection is not used again, as when another phone's request comes next.
export function get(person, kind, path, isLast) {
  return ask(person, kind, (parameters) => http.get(settings.url + path, parameters), isLast);
}

export function post(person, kind, path, form) {
  const headers = { 'Sec-Fetch-Site': 'same-origin', Origin: settings.url };
  return ask(person, kind, (parameters) => http.post(settings.url + path, form, parameters), false, headers);
}

function ask(person, kind, send, isLast, more) {
  const headers = Object.assign({}, person.headers, more);
  if (settings.isForwarded) headers['X-Amzn-Trace-Id'] = `Root=1-${Date.now().toString(16).slice(0, 8)}-${word(24)}`;
  if (isLast) headers.Connection = 'close';
  const began = Date.now();
  // Somebody who waits for longer has left.
  const response = send({ headers, redirects: 0, timeout: '10s', tags: { kind, name: kind }, responseCallback: ANSWERS });
  const ended = Date.now();
  const asOf = Number(response.headers['Forecourt-As-Of'] || 0);
  const spent = /dur=([0-9.]+)/.exec(response.headers['Server-Timing'] || '');
  const took = response.timings.blocked + response.timings.duration;
  waited.add(took, { kind });
  if (spent) served.add(Number(spent[1]), { kind });
  if (asOf) age.add(Math.max(0, ended - asOf));
  return { response, kind, began, ended, took, asOf, spent: spent ? spent[1] : '' };
}

// A car that is gone is an answer, too; whether it may be gone is for the checks to say.
const ANSWERS = http.expectedStatuses(200, 303, 404, 410);

// What has to hold of an answer, by name. `shown` is what the page says of cars: `id:price`, `id:sold`, `id:gone`.
export function judge(person, answer, shown, claims) {
  const { response, ended, asOf } = answer;
  // No answer is a failed request, and nothing to read.
  if (response.status === 0 || response.status >= 500) {
    if (settings.areNoted) note(answer, shown, [String(response.error || 'an error page').replace(/\s+/g, '_')]);
    return;
  }
  if (response.status !== 303 && answer.kind !== 'receipt') {
    claims['says how old its data is'] = asOf > 0 && asOf <= ended + 1000;
    claims['its data is young enough'] = settings.ageMsMax === 0 || ended - asOf <= settings.ageMsMax;
    if (settings.isOneProcess) claims['its data is no older than before'] = asOf >= person.asOf;
    person.asOf = Math.max(person.asOf, asOf);
  }
  const wrong = [];
  const checks = {};
  for (const claim of Object.keys(claims)) {
    checks[claim] = () => claims[claim];
    if (!claims[claim]) wrong.push(claim.replace(/ /g, '_'));
  }
  check(response, checks, { kind: answer.kind });
  if (settings.areNoted) note(answer, shown, wrong);
}

function note({ response, kind, began, ended, took, asOf, spent }, shown, wrong) {
  const version = response.headers['Forecourt-Version'] || '-';
  const fields = [kind, began, ended, took.toFixed(3), spent || '-', response.status, exec.vu.idInTest, version, asOf];
  console.log([...fields, shown.join(',') || '-', wrong.join('+') || '-'].join(' '));
}
