// Live parts: the server is asked for the same page again and sends those parts ([data-live][id]) that are not as
// they were last. What somebody is writing in stays.
import { all, one } from "./dom.js";
import { hear } from "./stream.js";

const known = new Map(); // id of a part -> the mark that the server gave its content
const first = new Map(); // the same -> its content as it came with the page
let busy = false, again = false, stale = false, pressed = false, figure = "";

const written = (place) => place.contains(document.activeElement) && document.activeElement.matches("select, textarea, input:not([type=checkbox])");

/** Puts what is new in its place. A page that is hidden waits until it is seen, and one under a finger until that is
 *  lifted: a click must not meet another row than it was aimed at. */
export async function refresh() {
  if (document.visibilityState === "hidden" || pressed) { stale = true; return; }
  if (one("main .question") || !one("[data-live][id]")) return; // the answer to a form: its address is no page
  if (busy) { again = true; return; }
  busy = true;
  stale = false;
  try {
    const has = [...known].map(([id, hash]) => `${id}=${hash}`).join(" ");
    const answer = await fetch(location.href, { headers: { Accept: "text/html", "X-Live": has || "-" }, credentials: "same-origin" });
    if (!answer.ok || answer.redirected || !answer.headers.get("Content-Type")?.startsWith("application/json")) return;
    const parts = await answer.json();
    if (pressed) { stale = true; return; }
    for (const [id, { hash, html }] of Object.entries(parts)) {
      const place = document.getElementById(id);
      if (!place || written(place)) continue;
      known.set(id, hash);
      put(place, html);
      first.delete(id);
    }
    document.dispatchEvent(new CustomEvent("live"));
  } catch { /* the server is away: the stream says so and connects again by itself */ } finally {
    busy = false;
    if (again) { again = false; setTimeout(refresh, 400); }
  }
}

function put(place, html) {
  const fresh = place.cloneNode(false);
  fresh.innerHTML = html; // our own server's page, and the policy of the page lets no script in
  if (fresh.innerHTML === first.get(place.id)) return;
  document.dispatchEvent(new CustomEvent("live:before", { detail: place }));
  place.replaceChildren(...fresh.childNodes);
  document.dispatchEvent(new CustomEvent("live:after", { detail: place }));
}

function figures(told) {
  all("[data-pulse]").forEach((place) => { const found = told[place.dataset.pulse]; place.textContent = found; place.hidden = !found; });
}

export function start() {
  all("[data-live][id]").forEach((place) => first.set(place.id, place.innerHTML));
  hear(async (kind, told, at) => {
    if (kind !== "news") return;
    const next = JSON.stringify(told), fresh = next !== figure && at > performance.timeOrigin; // older news are in the page
    figure = next;
    figures(told);
    if (fresh) await refresh();
    document.body.dataset.listening = "yes";
  });
  const catchUp = () => { if (stale) refresh(); };
  document.addEventListener("visibilitychange", catchUp);
  document.addEventListener("pointerdown", () => { pressed = true; });
  for (const end of ["pointerup", "pointercancel", "dragend"]) document.addEventListener(end, () => { pressed = false; setTimeout(catchUp); });
  const every = Number(document.body.dataset.every);
  if (every) setInterval(refresh, every * 1000); // ages change without news
}
