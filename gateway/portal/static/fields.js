// The fields of a form and their states. When a field is open stands at the field, as the server has it in its table
// (data-when: choices that open it; data-by: the code that fills it): no rule is written here.
import { all, make, one, says } from "./dom.js";

let quiet = false;

export const form = () => one("form.entry");
export const fields = () => all(".entry .field-in[data-field]");
/** What a field sends, and what one types into: a list has both. */
export const sent = (field) => one(":is(input, select, textarea)[name]", field);
export const shown = (field) => one("[role=combobox]", field) ?? sent(field) ?? one("input", field);
export const named = (name) => one(`.entry .field-in[data-field="${name}"]`);
const value = (name) => { const field = named(name); return (field && sent(field)?.value) ?? ""; };

/** Whether nothing can be entered in the field as the others stand. */
export function shut(field) {
  if (!sent(field)) return true;
  const when = Object.entries(JSON.parse(field.dataset.when ?? "{}"));
  return when.some(([name, wanted]) => value(name) !== wanted) || (!!field.dataset.by && !!value(field.dataset.by));
}

/** Whether what changes now was put there, and not typed or chosen. */
export const putting = () => quiet;

/** Puts a value into a field, as if it were chosen or typed, without the questions that follow from that. */
export function put(field, text) {
  const place = sent(field);
  if (!place || place.value === text) return;
  place.value = text;
  quiet = true;
  place.dispatchEvent(new Event("change", { bubbles: true }));
  quiet = false;
}

function paint(field) {
  const closed = shut(field), place = shown(field), now = field.dataset.state;
  field.dataset.state = closed ? "locked" : now === "locked" ? "open" : now;
  const why = one(".why", field), told = [one(".wrong", field)?.id, closed && why?.id].filter(Boolean);
  place.readOnly = closed;
  if (closed) place.setAttribute("aria-readonly", "true"); else place.removeAttribute("aria-readonly");
  if (why) place.title = closed ? why.textContent : "";
  if (told.length) place.setAttribute("aria-describedby", told.join(" "));
  if ("required" in field.dataset) place.setAttribute("aria-required", String(!closed));
}

/** Empties what is closed and brings back what stood in what is open again; then all fields look as they are. */
export function recolour() {
  for (const field of fields()) {
    const closed = shut(field);
    if (closed && field.dataset.when && sent(field).value) { field.dataset.was = sent(field).value; put(field, ""); wipe(field); }
    if (!closed && field.dataset.was && !sent(field).value) { put(field, field.dataset.was); delete field.dataset.was; }
    if (sent(field)) field.dataset.last = sent(field).value;
    paint(field);
  }
}

/** Takes away what is said to be wrong with a field. */
export function wipe(field) {
  one(".wrong", field)?.replaceChildren();
  delete field.dataset.code;
  shown(field).removeAttribute("aria-invalid");
  if (field.dataset.state === "error") field.dataset.state = "open";
}

const label = (field) => one("label span", field)?.textContent.trim() ?? field.dataset.field;
const opens = (name) => fields().some((field) => name in JSON.parse(field.dataset.when ?? "{}"));

/** The filled fields that a change would empty. What was only offered goes without a question. */
function lost() {
  const fresh = "fresh" in form().dataset;
  return fields().filter((field) => field.dataset.when && shut(field) && sent(field).value && (!fresh || "typed" in field.dataset));
}

function changed(event) {
  const field = event.target.closest(".entry .field-in");
  if (!field || event.target !== sent(field) || quiet) return; // what one types into a list says it twice
  field.dataset.typed = "";
  const gone = opens(field.dataset.field) ? lost() : [];
  if (!gone.length) return recolour();
  const words = shown(field).value, old = field.dataset.last ?? "";
  const yes = make("button", { class: "button danger", value: "yes" }, says("empty")), no = make("button", { class: "button", value: "no", autofocus: "" }, says("keep"));
  const box = make("dialog", { class: "asks", "aria-labelledby": "empties" }, make("form", { method: "dialog", class: "card stack bad" },
    make("p", { id: "empties" }, says("empties", words, gone.map(label).join(", "))), make("div", { class: "buttons" }, yes, no)));
  box.addEventListener("close", () => {
    if (box.returnValue !== "yes") put(field, old);
    recolour();
    box.remove();
    shown(field).focus();
    shown(field).select?.(); // what is typed next takes its place
  });
  document.body.append(box);
  box.showModal();
}

export function start() {
  if (!form()) return;
  recolour();
  document.addEventListener("change", changed);
  form().addEventListener("input", (event) => {
    const field = event.target.closest(".field-in");
    if (!field) return;
    field.dataset.typed = "";
    const filled = fields().filter((other) => other.dataset.by === field.dataset.field);
    if (filled.length && !event.target.value) filled.forEach((other) => put(other, "")); // the old fill goes with its code
    if (filled.length) recolour();
  });
}
