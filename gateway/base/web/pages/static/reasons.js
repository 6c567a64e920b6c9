// Ready reasons of a question: a click, or its digit, fills it in, to be read and changed; Enter then sends. A digit is
// a key of one character: it is one only while the question has the keyboard and nothing is typed, and it can be switched
// off with the others.
import { all, one, says } from "./dom.js";
import { on } from "./keys.js";

const MOST = 9;
const buttons = (form) => all(".offered button", form);

function fill(form, button) {
  const text = one("textarea", form);
  text.value = button.value;
  text.dispatchEvent(new Event("input", { bubbles: true }));
  text.focus(); // never the button: who goes on typing must not press it
  text.setSelectionRange(text.value.length, text.value.length);
}

/** Shows each reason with its digit, and says what Enter does. */
export function number(form) {
  const text = form && one("textarea", form);
  if (text && !text.placeholder) text.placeholder = says("enter");
  if (!form || !on()) return;
  buttons(form).slice(0, MOST).forEach((button, at) => {
    if (one("kbd", button)) return;
    const key = document.createElement("kbd");
    key.textContent = String(at + 1);
    button.prepend(key, " ");
    button.setAttribute("aria-keyshortcuts", key.textContent);
  });
  if (buttons(form).length) one(".offered legend", form).append(` — ${says("digits")}`);
}

function typed(event) {
  const form = event.target.closest?.("form.question");
  if (form && event.key === "Enter" && !event.shiftKey && !event.isComposing && event.target.matches("textarea")) {
    event.preventDefault();
    event.stopPropagation();
    form.requestSubmit(one(".buttons button", form));
    return;
  }
  if (!form || !on() || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || !/^[1-9]$/.test(event.key)) return;
  const button = buttons(form)[Number(event.key) - 1], field = event.target;
  if (!button || field.matches("input, select") || (field.matches("textarea") && field.value.trim())) return;
  event.preventDefault();
  event.stopPropagation();
  fill(form, button);
}

function clicked(event) {
  const button = event.target.closest("form.question .offered button");
  if (!button) return;
  event.preventDefault();
  fill(button.form, button);
}

export function start() {
  document.addEventListener("keydown", typed, true);
  document.addEventListener("click", clicked);
  number(one("main form.question"));
}
