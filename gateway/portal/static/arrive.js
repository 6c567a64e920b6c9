// A key that came in the fragment of the address (`eport demo --open`): no server sees it, and it
// leaves the address, and so the history, at once.
const brought = new URLSearchParams(location.hash.slice(1)).get("key");
const field = document.querySelector("input[name=key]");
if (brought && field) {
  field.value = brought;
  history.replaceState(null, "", location.pathname + location.search);
  field.form.querySelector("button.primary")?.focus();
}
