// A clock of the server that goes on between two looks: <time data-clock="milliseconds" data-speed="60">.
import { all } from "./dom.js";

const ZONE = "Asia/Shanghai";
const shown = new Intl.DateTimeFormat("sv-SE", { timeZone: ZONE, dateStyle: "short", timeStyle: "medium" });

let came = 0; // when the page arrived that the clocks shown first are of

function tick() {
  for (const place of all("time[data-clock]")) {
    place.since ??= came;
    const at = Number(place.dataset.clock) + (performance.now() - place.since) * Number(place.dataset.speed);
    const text = shown.format(at);
    if (place.textContent !== text) place.textContent = text;
  }
}

export function start() {
  if (!all("time[data-clock]").length) return;
  came = performance.getEntriesByType("navigation")[0]?.responseStart ?? performance.now();
  tick();
  document.addEventListener("live:before", () => { came = performance.now(); });
  document.addEventListener("live:after", tick);
  setInterval(tick, 250);
}
