// The keys of a form, as hands know them: Enter looks up and goes on, Shift+Enter goes back, Ctrl+S saves, Ctrl+Enter
// declares. Nothing while an input method composes.
import { all, one, says } from "./dom.js";
import { fields, form, shown, shut } from "./fields.js";
import { lookUp } from "./look.js";
import { toast } from "./toasts.js";

function press(action) {
  const button = one(`.toolbar [data-action="${action}"]`);
  button?.focus(); // what is half typed in a list is taken
  button?.click();
}

function focus(place) {
  place.focus();
  if (place.select) place.select();
}

/** Goes to the next open field, or back; after the last one to 暂存. */
function go(field, back) {
  const list = fields().filter((each) => each === field || !shut(each)), at = list.indexOf(field) + (back ? -1 : 1);
  if (at >= list.length) one('.toolbar [data-action="save"]')?.focus();
  else if (at >= 0) focus(shown(list[at]));
}

async function entered(event, field) {
  const place = event.target;
  if (event.altKey && place.matches("textarea")) {
    event.preventDefault();
    place.setRangeText("\n", place.selectionStart, place.selectionEnd, "end");
    place.dispatchEvent(new Event("input", { bubbles: true }));
    return;
  }
  if (event.altKey || !place.matches("input, textarea, select")) return;
  event.preventDefault();
  if ("looks" in field.dataset && !event.shiftKey && !shut(field) && place.value) {
    const known = await lookUp(field);
    if (document.activeElement !== place) return; // somebody went elsewhere meanwhile
    if (!known) return focus(place);
  }
  go(field, event.shiftKey);
}

function pressed(event) {
  if (event.isComposing || event.keyCode === 229) return;
  const key = event.key.toLowerCase(), command = event.ctrlKey || event.metaKey;
  if (event.altKey && !command && /^[1-9]$/.test(key)) {
    const link = all("#menu a")[Number(key) - 1];
    if (link) { event.preventDefault(); link.click(); }
    return;
  }
  if (!form() || one("dialog[open]")) return;
  const does = command && key === "s" ? "save" : command && key === "enter" ? "declare" : (command || event.altKey) && key === "n" ? "new" : "";
  if (does) {
    event.preventDefault();
    return press(does);
  }
  const field = event.target.closest(".entry .field-in");
  if (field && event.key === "Enter") entered(event, field);
  if (event.key === "Escape") one(".load[open]")?.removeAttribute("open");
}

function unfit(event) { // a code that no list has is not passed over in silence
  if (event.key !== "Enter" || event.isComposing || !event.target.matches?.('.entry [role=combobox][aria-expanded="true"]')) return;
  if (one("[role=option]", event.target.parentElement)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  toast(says("unfit"), false);
}

export function start() {
  document.addEventListener("keydown", unfit, true);
  document.addEventListener("keydown", pressed);
  if (!form()) return;
  document.addEventListener("click", (event) => {
    if (event.target.closest('[aria-disabled="true"]')) event.preventDefault();
    const back = event.target.closest("dialog.asks button[value=back]"); // the form is still there behind the question
    if (back) { event.preventDefault(); back.closest("dialog").close(); }
    const link = event.target.closest("#refused a[href^='#f-']"), place = link && document.getElementById(link.hash.slice(1));
    if (place) { event.preventDefault(); focus(place); }
  });
  const wrong = one("#refused") && fields().find((field) => field.dataset.state === "error");
  const first = wrong || ("fresh" in form().dataset && !matchMedia("(pointer: coarse)").matches && fields().find((field) => !shut(field)));
  if (first && !one("dialog[open]")) focus(shown(first));
}
