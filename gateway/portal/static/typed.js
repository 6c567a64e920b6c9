// What one types: amounts with separators once one has left them, days in three spellings and by the picker, long
// lists as lists, and what stands beside a value of the enterprise's own record.
import { enhance } from "./combobox.js";
import { all, make, one, says } from "./dom.js";
import { fields, form, named, put, sent, shown, shut } from "./fields.js";

const AMOUNT = /^(\d+)(\.\d{1,2})?$/;
const DAY = /^(\d{4})[-/.]?(\d\d)[-/.]?(\d\d)$/;

const bare = (text) => text.replaceAll(",", "");
const grouped = (text) => { const found = AMOUNT.exec(bare(text)); return found ? found[1].replace(/\B(?=(\d{3})+$)/g, ",") + (found[2] ?? "") : text; };

function amount(place) {
  place.value = grouped(place.value);
  place.addEventListener("focus", () => { if (!place.readOnly && AMOUNT.test(bare(place.value))) { place.value = bare(place.value); place.select(); } });
  place.addEventListener("blur", () => { place.value = grouped(place.value); });
  place.addEventListener("input", (event) => {
    if (event.isComposing) return;
    const clean = place.value.normalize("NFKC").replace(/[^\d.,]/g, "");
    if (clean !== place.value) place.value = clean;
  });
}

function day(place) {
  const tidy = () => { const found = DAY.exec(place.value.normalize("NFKC").trim()); if (found) place.value = found.slice(1).join("-"); };
  const picker = make("input", { type: "date", tabindex: "-1", "aria-hidden": "true" });
  const button = make("button", { type: "button", class: "button small", tabindex: "-1", "aria-label": says("pick") }, "▾");
  const box = make("span", { class: "day" });
  place.replaceWith(box);
  box.append(place, button, picker);
  place.addEventListener("blur", tidy);
  button.addEventListener("click", () => { if (place.readOnly) return; tidy(); picker.value = place.value; picker.showPicker(); });
  picker.addEventListener("change", () => { place.value = picker.value; place.dispatchEvent(new Event("input", { bubbles: true })); place.focus(); });
}

function counter(place) {
  const count = make("small", { class: "count-of", "aria-hidden": "true" }), tell = () => { count.textContent = `${place.value.length}/${place.maxLength}`; };
  place.after(count);
  place.addEventListener("input", tell);
  tell();
}

async function list(place) {
  const answer = await fetch(place.dataset.codes, { credentials: "same-origin", headers: { Accept: "application/json" } }).catch(() => null);
  if (!answer?.ok || answer.redirected || document.activeElement === place) return; // the code can be typed all the same
  const codes = await answer.json();
  const select = make("select", { id: place.id, name: place.name, "data-combobox": "" }, make("option", { value: "" }, ""));
  for (const each of ["aria-describedby", "aria-required", "aria-invalid"]) if (place.hasAttribute(each)) select.setAttribute(each, place.getAttribute(each));
  codes.forEach(([code, name, find]) => select.append(make("option", { value: code, "data-find": find }, `${code} ${name}`)));
  if (place.value && !codes.some(([code]) => code === place.value)) select.append(make("option", { value: place.value }, place.value));
  select.value = place.value;
  one(".words", place.closest(".field-in"))?.replaceChildren();
  place.replaceWith(select);
  enhance();
  document.dispatchEvent(new Event("listed"));
}

function beside(place) {
  const option = [...place.list.options].find((each) => each.value === place.value);
  for (const [name, text] of Object.entries(JSON.parse(option?.dataset.beside ?? "{}"))) {
    const field = named(name);
    if (field && sent(field) !== place && !shut(field)) put(field, text);
  }
}

export function start() {
  if (!form()) return;
  for (const field of fields()) {
    const place = shown(field), kind = field.dataset.kind;
    if (kind === "yuan" || kind === "amount") amount(place);
    if (kind === "day") day(place);
    if (kind === "lines" && place.maxLength > 0) counter(place);
    if (place.list) place.addEventListener("change", () => beside(place));
  }
  all("input[data-codes]").forEach(list);
}
