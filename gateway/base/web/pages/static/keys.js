// Keys of one character, and the keys of lists. They can be switched off (WCAG 2.1.4); the browser remembers.
import { all, one, types } from "./dom.js";
import { choose, count, current, go, move, rows, tickAll, tickOf, ticks } from "./rows.js";

const OFF = "keys-off";
const bar = () => one("form:has(button[data-key])");
/** Whether keys of one character are on. */
export const on = () => localStorage.getItem(OFF) !== "yes";

const seen = (row) => { const box = row?.getBoundingClientRect(); return !!box && box.bottom > 0 && box.top < innerHeight; };

function act(key) {
  const form = bar(), button = form && one(`button[data-key="${key}"]`, form);
  if (!button || !choose()) return false;
  const notes = button.hasAttribute("data-notes") && one("textarea", form);
  if (notes && !notes.value.trim()) notes.focus();
  else form.requestSubmit(button);
  return true;
}

const LETTERS = { // may be switched off
  j: () => move(1),
  k: () => move(-1),
  x: () => { const tick = tickOf(current()); if (tick) { tick.checked = !tick.checked; count(); } },
  "*": () => tickAll(count() !== ticks().length),
  o: () => one("a[href]", current() ?? document.createElement("i"))?.click(),
  "/": () => one("[data-search]")?.focus(),
  "?": () => one("#help").showModal(),
  u: () => { const offered = one("#toasts form"); return offered ? offered.requestSubmit() : act("u"); }, // what was done last, wherever one is now
};
const far = () => Math.max(5, Math.floor(innerHeight / 60));
const MOVES = { // only in a list
  ArrowDown: (event) => move(1, event.shiftKey),
  ArrowUp: (event) => move(-1, event.shiftKey),
  Home: (event) => move(-rows().length, event.shiftKey),
  End: (event) => move(rows().length, event.shiftKey),
  PageDown: (event) => move(far(), event.shiftKey),
  PageUp: (event) => move(-far(), event.shiftKey),
  Enter: (event) => { const link = event.target.matches("tr") && one("a[href]", event.target); if (!link) return false; link.click(); return true; },
};

function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
  const at = event.target;
  if (at.matches("textarea") && at.form && at.form === bar()) {
    const button = one("button[data-notes]", at.form);
    if (event.key === "Enter" && !event.shiftKey && button) { event.preventDefault(); if (choose()) at.form.requestSubmit(button); }
    if (event.key === "Escape") go(current() ?? rows()[0]);
    return;
  }
  if (types(at) || one("dialog[open]")) { if (event.key === "Escape" && types(at)) at.blur(); return; }
  const inList = at.closest("[data-rows]") !== null || (at === document.body && seen(current()));
  const deed = (on() && LETTERS[event.key]) || (inList && rows().length > 0 && (event.key !== "Enter" || at.matches("tr")) && MOVES[event.key]);
  if (deed ? deed(event) !== false : on() && event.key.length === 1 && act(event.key)) event.preventDefault();
}

export function start() {
  document.addEventListener("keydown", pressed);
  const help = one("#help"), button = one("#help-button"), choice = one("#keys-off");
  button?.removeAttribute("hidden");
  button?.addEventListener("click", () => help.showModal());
  if (choice) {
    choice.checked = !on();
    choice.addEventListener("change", () => { localStorage.setItem(OFF, choice.checked ? "yes" : "no"); shown(); });
    choice.closest("[hidden]")?.removeAttribute("hidden");
  }
  bar()?.addEventListener("submit", (event) => { if (event.submitter?.name !== "one") choose(); });
  shown();
}

function shown() {
  document.documentElement.classList.toggle("keys-off", !on());
  all("kbd", bar() ?? document.createElement("i")).forEach((key) => { key.hidden = !on(); });
}
