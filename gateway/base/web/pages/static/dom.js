// What every part of the script needs: finding elements, and the sentences that the page brings in its language.
export const one = (selector, from = document) => from.querySelector(selector);
export const all = (selector, from = document) => [...from.querySelectorAll(selector)];

/** The sentence of this name (`page.html`, #says), with `{}` filled in. */
export function says(name, ...values) {
  const text = one(`#says [data-name="${name}"]`)?.textContent ?? name;
  return values.reduce((so, value) => so.replace("{}", value), text);
}

/** An element with attributes and children; text becomes text. */
export function make(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value !== null) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** Whether keys typed at this element are its own. */
export const types = (element) => element.matches("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
