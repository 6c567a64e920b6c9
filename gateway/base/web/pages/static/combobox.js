// A list that one types into (the combobox of the ARIA practices): filter by code, by characters of the name, or by
// what an option has in data-find; ↑ ↓ Home End PgUp PgDn, Enter takes, Esc keeps the old value, Tab takes what is
// marked. The select stays, hidden, and is what the form sends.
import { all, make } from "./dom.js";

const FAR = 8;
let count = 0;

const plain = (text) => text.normalize("NFKC").toLowerCase();

class Combobox {
  constructor(select) {
    this.select = select;
    this.id = `list-${count += 1}`;
    this.at = -1;
    this.shown = [];
    this.input = make("input", {
      type: "text", role: "combobox", autocomplete: "off", spellcheck: "false", "aria-autocomplete": "list",
      "aria-expanded": "false", "aria-controls": this.id, "aria-label": select.getAttribute("aria-label"), "data-for": select.name,
      "aria-required": select.required ? "true" : null, "aria-invalid": select.getAttribute("aria-invalid"),
      "aria-describedby": select.getAttribute("aria-describedby"),
    });
    const label = select.labels?.[0];
    if (label && !label.contains(select)) { this.input.id = select.id; select.removeAttribute("id"); this.words = label.textContent; }
    this.list = make("ul", { id: this.id, role: "listbox", class: "choices", "aria-label": this.name(), hidden: "" });
    const box = make("span", { class: "combobox" }, this.input, this.list);
    select.before(box); // so that a label around both is the input's
    select.hidden = true;
    this.input.disabled = select.disabled;
    this.reset();
    this.input.addEventListener("input", () => this.open(this.input.value));
    this.input.addEventListener("click", () => { if (!this.isOpen) { this.open(""); this.input.select(); } });
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("blur", () => this.leave());
    this.list.addEventListener("pointerdown", (event) => event.preventDefault()); // the focus stays where one types
    this.list.addEventListener("click", (event) => { const item = event.target.closest("[role=option]"); if (item) this.take(this.shown[Number(item.dataset.at)]); });
    select.form?.addEventListener("reset", () => setTimeout(() => this.reset()));
    select.addEventListener("change", () => this.reset());
  }

  get isOpen() { return !this.list.hidden; }

  name() { return (this.select.getAttribute("aria-label") ?? this.select.closest("label")?.firstChild?.textContent ?? this.words ?? this.select.name).replace(/\s+/g, " ").trim(); }

  text(option) { return option ? option.textContent.replace(/\s+/g, " ").trim() : ""; }

  reset() { this.input.value = this.text(this.select.selectedOptions[0]); this.close(); }

  fits(option, words) {
    const text = plain(`${option.value} ${this.text(option)} ${option.dataset.find ?? ""}`);
    return words.every((word) => text.includes(word));
  }

  open(typed) {
    if (this.input.readOnly) return;
    const words = plain(typed).split(" ").filter(Boolean), options = [...this.select.options];
    this.shown = options.filter((option) => !option.disabled && this.fits(option, words));
    const first = this.shown.findIndex((option) => words.length && plain(option.value).startsWith(words[0]));
    this.list.replaceChildren(...this.shown.map((option, at) => make("li", {
      id: `${this.id}-${at}`, role: "option", "data-at": at, "aria-selected": "false",
    }, this.text(option) || "—")));
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    this.mark(words.length ? Math.max(first, this.shown.length ? 0 : -1) : this.shown.indexOf(this.select.selectedOptions[0]));
  }

  close() {
    this.list.hidden = true;
    this.at = -1;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  mark(at) {
    this.list.children[this.at]?.setAttribute("aria-selected", "false");
    this.at = at;
    const item = this.list.children[at];
    if (!item) { this.input.removeAttribute("aria-activedescendant"); return; }
    item.setAttribute("aria-selected", "true");
    this.input.setAttribute("aria-activedescendant", item.id);
    item.scrollIntoView({ block: "nearest" });
  }

  take(option) {
    if (option && !option.selected) {
      this.select.value = option.value;
      this.select.dispatchEvent(new Event("change", { bubbles: true }));
    }
    this.reset();
  }

  leave() { // what was typed as a whole code is taken, anything else leaves the old value
    const typed = plain(this.input.value.trim());
    this.take([...this.select.options].find((option) => !option.disabled && typed === plain(option.value)));
  }

  key(event) {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || this.input.readOnly) return;
    const last = this.shown.length - 1;
    const moves = { ArrowDown: this.at + 1, ArrowUp: this.at - 1, Home: 0, End: last, PageDown: this.at + FAR, PageUp: this.at - FAR };
    if (event.key in moves) {
      if (!this.isOpen) { if (!event.key.startsWith("Arrow")) return; this.open(""); } else this.mark(Math.min(last, Math.max(0, moves[event.key])));
      event.preventDefault();
    } else if (event.key === "Enter" && this.isOpen) {
      event.preventDefault();
      this.take(this.shown[this.at]);
    } else if (event.key === "Escape" && this.isOpen) {
      event.preventDefault();
      event.stopPropagation();
      this.reset();
      this.input.select(); // what is typed next takes its place
    } else if (event.key === "Tab" && this.isOpen && this.at >= 0) this.take(this.shown[this.at]);
    else if (event.key === " " && (this.input.value === "" || this.input.value === this.text(this.select.selectedOptions[0])) && !this.isOpen) {
      event.preventDefault();
      this.open("");
    }
  }
}

/** Makes a combobox of every list that is marked for it and is none yet. */
export function enhance() {
  all("select[data-combobox]:not([data-done])").forEach((select) => { select.dataset.done = ""; new Combobox(select); });
}

export function start() {
  enhance();
  document.addEventListener("live:after", enhance);
}
