// What the pages of cases do beside every page: seconds that run down, the place that an act leaves the eye at, keys
// that walk from case to case, and rows that just moved under the pointer, which are not pressed by mistake.
import { all, one, types } from "./dom.js";

const PLACE = "place", SETTLE = 1000;

// seconds that run down; the server says how many are left

const ends = new WeakMap();
function run() {
  for (const place of all("[data-left]")) {
    if (!ends.has(place)) ends.set(place, performance.now() + Number(place.dataset.left) * 1000);
    const left = Math.max(0, Math.ceil((ends.get(place) - performance.now()) / 1000));
    place.textContent = `${left} ${place.dataset.unit}`;
  }
}

// an act leads to the same page again: it stays where it was

function keep() { sessionStorage.setItem(PLACE, JSON.stringify({ path: location.pathname + location.search, y: scrollY, at: Date.now() })); }
function restore() {
  const kept = JSON.parse(sessionStorage.getItem(PLACE) ?? "null");
  sessionStorage.removeItem(PLACE);
  if (kept && kept.path === location.pathname + location.search && Date.now() - kept.at < 20_000) scrollTo(0, kept.y);
}

// rows leave and others come up: what comes under the pointer is not pressed for a second

let at = null, before = null, settled = 0;
const rowAt = () => at && document.elementFromPoint(at.x, at.y)?.closest("[data-rows] tr")?.dataset.row;
function moved() {
  const now = rowAt();
  if (before && now !== before) settled = performance.now() + SETTLE;
}
function pressed(event) {
  if (performance.now() < settled && event.detail > 0 && event.target.closest("[data-rows] button")) {
    event.preventDefault();
    event.stopPropagation();
  }
}

// j and k where they are links; the form's other keys are those of every page

function walk(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || types(event.target) || one("dialog[open]")) return;
  if (document.documentElement.classList.contains("keys-off")) return;
  const link = event.key.length === 1 && all("a[data-key]").find((each) => each.dataset.key === event.key);
  if (!link) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  link.click();
}

restore();
run();
setInterval(run, 250);
one("tr.this")?.scrollIntoView({ block: "nearest" });
document.addEventListener("submit", keep, true);
document.addEventListener("pointermove", (event) => { at = { x: event.clientX, y: event.clientY }; });
document.addEventListener("live:before", () => { before = rowAt(); });
document.addEventListener("live:after", () => { moved(); run(); });
document.addEventListener("click", pressed, true);
document.addEventListener("keydown", walk, true);
