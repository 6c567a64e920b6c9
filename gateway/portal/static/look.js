// While one types, the server is asked what it would say of the form as it stands: it is composed and checked as for a
// declaration, and nothing is stored. The answer is the page of the form; what is wrong is shown where somebody was.
import { all, one } from "./dom.js";
import { fields, form, put, recolour, sent, shown, wipe } from "./fields.js";
import * as relogin from "./relogin.js";

const PAUSE = 400; // milliseconds after the last key
let timer = 0, asked = 0;

function merge(page, looked) {
  let count = 0;
  for (const field of fields()) {
    const fresh = one(`.entry .field-in[data-field="${field.dataset.field}"]`, page);
    if (!fresh || !sent(field)) continue;
    const told = one(".wrong", fresh), wrong = fresh.dataset.state === "error";
    if (wrong) count += 1;
    if (!one("select", field)) one(".words", field)?.replaceChildren(...one(".words", fresh).childNodes);
    const code = fresh.dataset.by && one(`.entry [name="${fresh.dataset.by}"]`, page).value;
    if (code || (looked && fresh.dataset.offers === looked)) put(field, sent(fresh).value);
    if (!wrong && "lacks" in field.dataset) { delete field.dataset.lacks; all(".dot, label .sr", field).forEach((mark) => mark.remove()); }
    if (!("typed" in field.dataset) && field.dataset.state !== "error") continue;
    if (field.dataset.state === "locked") continue;
    wipe(field);
    if (!wrong) continue;
    one(".wrong", field).replaceChildren(...told.childNodes);
    field.dataset.state = "error";
    if (fresh.dataset.code) field.dataset.code = fresh.dataset.code;
    shown(field).setAttribute("aria-invalid", "true");
  }
  const left = one("#left");
  left.textContent = count ? left.dataset.lacks.replace("{}", count) : left.dataset.ready;
  recolour();
}

/** Asks what the form is now. `looked`: the field whose code is looked up. Returns whether the answer came. */
export async function look(looked = "") {
  clearTimeout(timer);
  const turn = (asked += 1), data = new FormData(form());
  data.set("act", "look");
  data.set("looked", looked);
  data.delete("file");
  const answer = await fetch(form().action, {
    method: "POST", body: new URLSearchParams(data), headers: { Accept: "text/html" }, credentials: "same-origin", redirect: "manual",
  }).catch(() => null);
  if (!answer || answer.type === "opaqueredirect") return false;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (answer.status === 401) relogin.ask(page);
  if (!answer.ok || (turn !== asked && !looked)) return false;
  if (!one(".entry", page)) return false;
  merge(page, looked);
  return true;
}

/** Looks up the code of a field; whether it may be left. */
export async function lookUp(field) {
  field.dataset.typed = "";
  if (!await look(field.dataset.field)) return true; // the server says it when the form is sent
  return field.dataset.state !== "error";
}

export function start() {
  if (!form()) return;
  const later = (event) => { if (event.target.closest(".field-in")) { clearTimeout(timer); timer = setTimeout(look, PAUSE); } };
  form().addEventListener("input", later);
  form().addEventListener("change", later);
  document.addEventListener("listed", recolour);
}
