// What happened, told to the server in batches that nobody waits for. Names and fields: src/events/posted.rs.

/** @type {object[]} */
const untold = [];
/** Since when the page has been in sight. */
let sightBegan = performance.now();

const TOLD_MAX = 32;
const TELL_EVERY_MS = 5000;

const tellNow = () => {
  while (untold.length) navigator.sendBeacon("/events", JSON.stringify(untold.splice(0, TOLD_MAX)));
};
setInterval(tellNow, TELL_EVERY_MS);

/** @param {string} name @param {number} car @param {object} [more] */
const tell = (name, car, more) => {
  if (!car) return;
  const id = Date.now().toString(36) + Math.random().toString(36).slice(2);
  untold.push({ id, name, car, at_ms: Date.now(), ...more });
};

/** How long the car of this page has been in sight, when it goes out of it. */
const tellSight = () => {
  const visible_ms = Math.round(performance.now() - sightBegan);
  sightBegan += visible_ms;
  tell("user_engagement", carOf(here), { visible_ms });
};

document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    tellSight();
    tellNow();
  } else {
    sightBegan = performance.now();
  }
});
