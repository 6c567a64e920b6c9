// The server is away: a strip says so, and a click on a link waits until it is back.
import { one, says } from "./dom.js";
import { hear } from "./stream.js";
import { past, toast } from "./toasts.js";

const PATIENCE = 1500;
let gone = false, timer = 0;

/** Shows or takes away the strip. */
export function away(is, name = "away") {
  clearTimeout(timer);
  if (gone && !is) past(null); // what was said of it is over
  gone = is;
  const strip = one("#away");
  if (!strip) return;
  strip.textContent = is ? says(name) : "";
  strip.hidden = !is;
}

async function follow(link) {
  try {
    await fetch(document.body.dataset.alive, { cache: "no-store" });
    location.assign(link.href);
  } catch {
    toast(says("waits"), false);
  }
}

export function start() {
  hear((kind) => {
    if (kind === "open" || kind === "news") away(false);
    if (kind === "ended") away(true, "ended");
    if (kind === "away" && !gone) { clearTimeout(timer); timer = setTimeout(() => away(true), PATIENCE); }
  });
  addEventListener("offline", () => away(true));
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (!gone || !link || link.origin !== location.origin || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    follow(link);
  });
}
