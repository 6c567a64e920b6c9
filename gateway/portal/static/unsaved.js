// What is typed and not saved yet: kept in this browser every ten seconds, offered when the form is opened again, and
// gone with the log-out. Each enterprise and each form has its own; no other sees it.
import { all, one } from "./dom.js";
import { fields, form, put, putting, recolour, sent } from "./fields.js";
import { look } from "./look.js";

const EVERY = 10_000, HEAD = "portal:", SENT = "portal-sent";
let dirty = false, going = false, kept = "";

const name = () => `${HEAD}${form().dataset.enterprise}:${location.pathname}${location.search}`;

function store(does) { // a browser may forbid it, or be full
  try { return does(localStorage); } catch { return null; }
}

function values() {
  return Object.fromEntries(fields().filter(sent).map((field) => [field.dataset.field, sent(field).value]));
}

function keep() {
  if (!dirty || going) return;
  const text = JSON.stringify(values());
  if (text === kept) return;
  kept = text;
  store((place) => place.setItem(name(), JSON.stringify({ at: Date.now(), values: values() })));
}

function restore(old) {
  for (let round = 0; round < 2; round += 1) { // choices open fields: those come first
    fields().filter(sent).forEach((field) => { if (field.dataset.field in old) { put(field, old[field.dataset.field]); field.dataset.typed = ""; } });
    recolour();
  }
  dirty = true;
  look();
}

function offer() {
  const found = store((place) => JSON.parse(place.getItem(name()) ?? "null")), box = one("#kept");
  const now = values();
  if (!found || !Object.entries(found.values).some(([field, text]) => field in now && now[field] !== text)) return;
  if (one("#refused") || "loaded" in form().dataset) return;
  one("time", box).textContent = new Date(found.at).toLocaleString();
  box.hidden = false;
  box.addEventListener("click", (event) => {
    const does = event.target.dataset.kept;
    if (!does) return;
    if (does === "yes") restore(found.values); else store((place) => place.removeItem(name()));
    box.hidden = true;
  });
}

function submitted(event) {
  if (event.target.matches('form[action$="/logout"]')) {
    store((place) => Object.keys(place).filter((key) => key.startsWith(HEAD)).forEach((key) => place.removeItem(key)));
    going = true;
  }
  if (event.defaultPrevented || !form() || event.target.method !== "post") return;
  const act = event.submitter?.value ?? "";
  going = true;
  if (act === "xml") { setTimeout(() => { going = false; }, 3000); return; } // a file comes, the page stays
  if (act === "save" || act === "declare") sessionStorage.setItem(SENT, name());
}

export function start() {
  const sentBefore = sessionStorage.getItem(SENT);
  if (sentBefore && !one("#refused")) store((place) => place.removeItem(sentBefore));
  sessionStorage.removeItem(SENT);
  document.addEventListener("submit", submitted);
  if (!form()) return;
  setTimeout(offer); // once all fields are what they are
  form().addEventListener("input", (event) => { if (event.target.closest(".field-in")) dirty = true; });
  form().addEventListener("change", (event) => { if (!putting() && event.target.closest(".field-in")) dirty = true; });
  if (one("#refused") || "loaded" in form().dataset) dirty = true;
  setInterval(keep, EVERY);
  document.addEventListener("visibilitychange", keep);
  addEventListener("beforeunload", (event) => { if (dirty && !going) { keep(); event.preventDefault(); } });
  all("form[action$='/logout'] button").forEach((button) => button.addEventListener("click", () => { going = true; }));
}
