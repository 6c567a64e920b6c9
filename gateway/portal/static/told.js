// A filing that moves while its page is in another window: the title says where it stands now, until somebody looks.
import { one } from "./dom.js";

const title = document.title;
let seen = "";

const state = () => one("[data-screen=filing] #state")?.textContent.trim() ?? "";

export function start() {
  seen = state();
  if (!seen) return;
  document.addEventListener("live", () => {
    const now = state();
    if (now && now !== seen && !document.hasFocus()) document.title = `(1) ${now} · ${title}`;
    seen = now;
  });
  addEventListener("focus", () => { document.title = title; });
}
