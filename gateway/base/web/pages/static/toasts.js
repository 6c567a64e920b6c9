// Messages that move nothing: a line of the page becomes a toast, which goes by itself unless somebody looks at it.
import { all, make, one, says } from "./dom.js";

const SECONDS = 7;

function live(toast, seconds) {
  let left = seconds * 1000, since = 0, timer = 0;
  const go = () => { since = performance.now(); timer = setTimeout(() => toast.remove(), left); };
  const hold = () => { clearTimeout(timer); if (since) left = Math.max(1500, left - (performance.now() - since)); since = 0; };
  toast.addEventListener("pointerenter", hold);
  toast.addEventListener("focusin", hold);
  toast.addEventListener("pointerleave", () => { if (!since) go(); });
  toast.addEventListener("focusout", (event) => { if (!toast.contains(event.relatedTarget) && !since) go(); });
  go();
}

function show(toast, seconds) {
  const close = make("button", { type: "button", class: "close", "aria-label": says("close") }, "×");
  close.addEventListener("click", () => toast.remove());
  toast.classList.add("toast");
  toast.removeAttribute("role"); // the place that holds it is read out
  toast.append(close);
  one("#toasts").append(toast);
  if (seconds) live(toast, seconds);
  return toast;
}

/** Says one sentence. `good`: it goes by itself; else it stays until it is closed. */
export function toast(text, good = true) {
  all("#toasts .toast").filter((each) => each.textContent.startsWith(text)).forEach((each) => each.remove());
  return show(make("div", { class: `flash ${good ? "good" : "bad"}` }, make("p", {}, text)), good ? SECONDS : 0);
}

/** Takes away what was said of acts before the one of this form. */
export function past(form) {
  all("#toasts .toast").filter((each) => !each.contains(form)).forEach((each) => each.remove());
}

/** Where the focus comes to, no message lies over it: the messages go to the other end of the window. */
function aside(event) {
  const place = one("#toasts"), box = place?.getBoundingClientRect(), at = event.target.getBoundingClientRect();
  if (!box?.height || place.contains(event.target)) return;
  if (at.left < box.right && at.right > box.left && at.top < box.bottom && at.bottom > box.top) place.classList.toggle("low");
}

export function start() {
  document.addEventListener("focusin", aside);
  all("main > .flash.good").forEach((line) => {
    const offered = one("form[data-seconds]", line);
    if (offered) one("button", offered).setAttribute("aria-keyshortcuts", "u");
    show(line, Math.max(SECONDS, Number(offered?.dataset.seconds ?? 0)));
    if (offered && Number(offered.dataset.seconds)) setTimeout(() => { if (!offered.contains(document.activeElement)) offered.remove(); }, Number(offered.dataset.seconds) * 1000);
  });
}
