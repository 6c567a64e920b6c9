// A clock of the server that goes on between two looks: <time data-clock="milliseconds" data-speed="60">.
import { all } from "./dom.js";

const ZONE = "Asia/Shanghai";
const shown = new Intl.DateTimeFormat("sv-SE", { timeZone: ZONE, dateStyle: "short", timeStyle: "medium" });

function tick() {
  for (const place of all("time[data-clock]")) {
    place.since ??= performance.now();
    const at = Number(place.dataset.clock) + (performance.now() - place.since) * Number(place.dataset.speed);
    const text = shown.format(at);
    if (place.textContent !== text) place.textContent = text;
  }
}

export function start() {
  if (!all("time[data-clock]").length) return;
  tick();
  setInterval(tick, 250);
}
