// Before a form goes, the server is asked whether it has a question (nothing is done yet). The question comes as a
// dialog; without script it is a page. So a form is never lost: not to a server that is away, not to a lost session.
import { make, one, says } from "./dom.js";
import { away } from "./away.js";
import { number } from "./reasons.js";
import { past, toast } from "./toasts.js";

const passed = new WeakSet(); // forms that may go
const sending = new WeakSet(); // forms that are on their way
const STUCK = 5000; // milliseconds after which a form that did not leave the page may be sent again
let opener = null;

function body(form, submitter) {
  const data = new FormData(form);
  if (submitter?.name) data.append(submitter.name, submitter.value);
  return new URLSearchParams([...data].filter(([, value]) => typeof value === "string"));
}

function send(form, submitter) {
  passed.add(form);
  form.requestSubmit(submitter ?? undefined);
}

function open(question) {
  one("dialog.asks")?.remove();
  const box = make("dialog", { class: "asks", "aria-labelledby": "asked" }, document.importNode(question, true));
  one("h1", box).id = "asked";
  document.body.append(box);
  number(one("form.question", box));
  one("a.button", box)?.addEventListener("click", (event) => { event.preventDefault(); box.close(); });
  box.addEventListener("close", () => { box.remove(); if (opener?.isConnected) opener.focus(); });
  box.showModal();
}

/** Whether the form went. */
async function ask(form, submitter) {
  if (!form.closest("dialog.asks")) opener = document.activeElement;
  let answer;
  try {
    answer = await fetch(submitter?.getAttribute("formaction") ?? form.getAttribute("action"), {
      method: "POST", body: body(form, submitter), headers: { Accept: "text/html", "X-Live": "ask" }, credentials: "same-origin", redirect: "manual",
    });
  } catch {
    away(true);
    toast(says("kept"), false);
    return false;
  }
  const page = answer.status === 204 || answer.type === "opaqueredirect" ? "" : await answer.text();
  const question = page && one("form.question", new DOMParser().parseFromString(page, "text/html"));
  if (question) open(question);
  else send(form, submitter);
  return !question;
}

async function submitted(event) {
  const form = event.target, submitter = event.submitter;
  if (event.defaultPrevented || form.getAttribute("method") !== "post" || form.enctype === "multipart/form-data") return;
  if (passed.delete(form)) { setTimeout(() => sending.delete(form), STUCK); return; }
  event.preventDefault();
  if (sending.has(form)) return;
  sending.add(form);
  past(form);
  if (!await ask(form, submitter)) sending.delete(form);
}

export function start() {
  document.addEventListener("submit", submitted);
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
}
