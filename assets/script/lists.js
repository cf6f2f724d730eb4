// What a visitor keeps: saved cars, cars looked at, cars to compare. Lists of ids in this browser, the newest first.

/** @typedef {"saved" | "seen" | "compared"} ListName */

const LIST_MAX = 20;
const COMPARED_MAX = 3;

/** @param {ListName} name @returns {number[]} */
const list = name => {
  try {
    return JSON.parse(localStorage.getItem("fc." + name) || "[]");
  } catch {
    return [];
  }
};

/** The same without a car, or with it first. Storage may be full, or forbidden. @param {ListName} name @param {number} car */
const put = (name, car, isIn = true) => {
  const ids = [...(isIn ? [car] : []), ...list(name).filter(id => id != car)];
  try {
    localStorage.setItem("fc." + name, JSON.stringify(ids.slice(0, name == "compared" ? COMPARED_MAX : LIST_MAX)));
  } catch {}
};

/** Whether it is in now. @param {ListName} name @param {number} car */
const toggle = (name, car) => {
  const isIn = !list(name).includes(car);
  put(name, car, isIn);
  return isIn;
};
