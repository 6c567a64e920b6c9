// Where the window is small the menu and the filters are folded: the menu into a button, filters into one line that
// names those in use. The stylesheet folds; here are the buttons.
import { all, make, one, says } from "./dom.js";

const FROM = 3; // so many fields are worth a fold

function label(field) {
  const text = [...(field.closest("label")?.childNodes ?? [])].find((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
  return text?.data.trim() ?? field.getAttribute("aria-label") ?? field.name;
}

function without(name) {
  const to = new URL(location.href);
  to.searchParams.delete(name);
  to.searchParams.delete("cursor");
  return to.pathname + to.search;
}

function used(form) {
  return all("select[name], input[name]:not([type=hidden], [type=checkbox])", form).filter((field) => new URLSearchParams(location.search).get(field.name));
}

function fold(form) {
  const button = make("button", { type: "button", class: "button small", "aria-expanded": "false" }, says("filters"));
  button.addEventListener("click", () => button.setAttribute("aria-expanded", String(form.classList.toggle("open"))));
  const chips = used(form).map((field) => {
    const value = field.selectedOptions ? field.selectedOptions[0].textContent.trim() : field.value;
    return make("a", { class: "chip", href: without(field.name), "aria-label": says("without", label(field), value) }, `${label(field)} ${value} ×`);
  });
  form.prepend(make("div", { class: "fold" }, button, ...chips));
}

export function start() {
  all("form.filters").filter((form) => all("label", form).length >= FROM).forEach(fold);
  const button = one("#menu-button"), menu = one("#menu");
  button?.addEventListener("click", () => button.setAttribute("aria-expanded", String(menu.classList.toggle("open"))));
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu?.classList.contains("open")) return;
    menu.classList.remove("open");
    button.setAttribute("aria-expanded", "false");
    button.focus();
  });
}
