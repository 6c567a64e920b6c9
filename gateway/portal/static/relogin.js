// A session that ends while a form is filled: the log-in comes as a dialog over it (ask.js opens what the server
// answers), and the form stays as it is. A new session has a new token, which every form of the page is given.
import { all, make, one, says } from "./dom.js";
import { toast } from "./toasts.js";

const LOGIN = "dialog.asks form[data-screen=login]";

/** Shows what the server answers to a form without a session. */
export function ask(page) {
  const form = one("form[data-screen=login]", page);
  if (!form || one(LOGIN)) return;
  const box = make("dialog", { class: "asks", "aria-label": one("h1", form).textContent }, document.importNode(form, true));
  document.body.append(box);
  box.addEventListener("close", () => box.remove());
  box.showModal();
  one("input[name=key]", box).focus();
}

async function enter(event) {
  const form = event.target;
  if (!form.matches(LOGIN)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const key = new FormData(form).get("key"), csrf = new FormData(form).get("csrf");
  const answer = await fetch(form.action, {
    method: "POST", body: new URLSearchParams({ key, csrf }), headers: { Accept: "application/json" }, credentials: "same-origin",
  }).catch(() => null);
  if (!answer) return toast(says("kept"), false);
  if (!answer.ok) {
    const page = new DOMParser().parseFromString(await answer.text(), "text/html"), wrong = one("[role=alert]", page);
    one("[role=alert]", form)?.remove();
    if (wrong) one("h1", form).after(document.importNode(wrong, true));
    return one("input[name=key]", form).select();
  }
  const told = await answer.json();
  const mine = one("form.entry")?.dataset.enterprise;
  if (mine && mine !== told.enterprise) return location.reload(); // another enterprise's key: not its form
  all("input[name=csrf]").forEach((field) => { field.value = told.csrf; });
  form.closest("dialog").close();
  toast(says("entered"));
}

export function start() {
  document.addEventListener("submit", (event) => { enter(event); }, true);
}
