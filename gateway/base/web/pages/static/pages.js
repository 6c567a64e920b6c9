// The desk without a framework: keys, live parts, what is selected. Every act is a form that works without this file too.
(() => {
  "use strict";
  const one = (selector, from = document) => from.querySelector(selector);
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const here = "row:" + location.pathname;
  const decide = one("#decide");

  // rows

  const rows = () => all("[data-rows] tbody tr");
  const current = () => one("tr.here");
  function go(row, focus = true, show = true) {
    current()?.classList.remove("here");
    if (!row) return;
    row.classList.add("here");
    if (focus) row.focus({ preventScroll: true });
    if (show) row.scrollIntoView({ block: "nearest" });
    sessionStorage.setItem(here, String(rows().indexOf(row)));
  }
  function move(by) {
    const list = rows(), at = list.indexOf(current());
    go(list[Math.min(list.length - 1, Math.max(0, at < 0 ? 0 : at + by))]);
  }
  const ticks = () => all("input[name=seq_no][type=checkbox]");
  function count() {
    const chosen = ticks().filter((tick) => tick.checked);
    all("[data-none]").forEach((place) => { place.textContent = chosen.length ? `${chosen.length} ${place.dataset.some}` : place.dataset.none; });
    rows().forEach((row) => row.classList.toggle("ticked", !!one("input:checked", row)));
    const whole = one("[data-all]");
    if (whole) whole.checked = chosen.length > 0 && chosen.length === ticks().length;
    return chosen.length;
  }
  function tickAll(on) { ticks().forEach((tick) => { tick.checked = on; }); count(); }
  function choose() {  // the selection, else the current row
    const tick = one("input[name=seq_no]", current() || document.createElement("i"));
    if (ticks().length && !count() && tick) { tick.checked = true; count(); }
    return !ticks().length || count() > 0 || !!one("[data-fit]:checked");
  }
  decide?.addEventListener("submit", (event) => { if (event.submitter?.name !== "one") choose(); });
  function act(key) {
    const button = decide && one(`button[data-key="${key}"]`, decide);
    if (!button || !choose()) return;
    const notes = one("textarea[name=notes]", decide);
    if (key === "r" && notes && !notes.value.trim()) { notes.focus(); return; }
    decide.requestSubmit(button);
  }

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-all]")) tickAll(event.target.checked);
    else if (event.target.name === "seq_no") count();
  });
  document.addEventListener("click", (event) => {
    const row = event.target.closest("[data-rows] tbody tr");
    if (row) go(row, false);
    if (event.target.closest("#help-button")) one("#help").showModal();
  });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const at = event.target;
    if (at.matches("textarea[name=notes]")) {
      if (event.key === "Enter" && !event.shiftKey && decide) { event.preventDefault(); if (choose()) decide.requestSubmit(one('button[value="return"]', decide)); }
      if (event.key === "Escape") go(current() || rows()[0]);
      return;
    }
    if (at.matches("input:not([type=checkbox]), textarea, select") || one("dialog[open]")) { if (event.key === "Escape") at.blur(); return; }
    const deeds = {
      j: () => move(1), k: () => move(-1), x: () => { const tick = one("input[type=checkbox]", current() || document.createElement("i")); if (tick) { tick.checked = !tick.checked; count(); } },
      "*": () => tickAll(count() !== ticks().length), a: () => act("a"), r: () => act("r"), m: () => act("m"), h: () => act("h"),
      o: () => one("a[href]", current() || document.createElement("i"))?.click(), "/": () => one("[data-search]")?.focus(), "?": () => one("#help").showModal(),
      Enter: () => { if (at.matches("tr")) one("a[href]", at)?.click(); else return false; },
    };
    const deed = deeds[event.key];
    if (deed && deed() !== false) event.preventDefault();
  });

  // live parts: the same page again, and only what is marked as live is put in its place

  let busy = false, again = false;
  async function refresh() {
    if (one(".question")) return; // the answer to a form: its address is no page
    if (busy) { again = true; return; }
    busy = true;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" }, credentials: "same-origin" });
      if (!answer.ok || answer.redirected) return;
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const place of all("[data-live][id]")) {
        const news = fresh.getElementById(place.id);
        if (!news || place.contains(document.activeElement) && document.activeElement.matches("select, input:not([type=checkbox])")) continue;
        if (news.innerHTML === place.dataset.last) continue;
        place.dataset.last = news.innerHTML;
        const ticked = new Set(ticks().filter((tick) => tick.checked).map((tick) => tick.value));
        const row = current()?.dataset.row, focused = current() === document.activeElement, known = new Set(rows().map((each) => each.dataset.row));
        place.replaceChildren(...[...news.childNodes].map((node) => document.importNode(node, true)));
        if (one("[data-rows]", place)) {
          ticks().forEach((tick) => { tick.checked = ticked.has(tick.value); });
          const same = rows().find((each) => each.dataset.row === row);
          if (same) { same.classList.add("here"); if (focused) same.focus({ preventScroll: true }); }
          rows().filter((each) => !known.has(each.dataset.row)).forEach((each) => each.classList.add("fresh-row"));
          count();
        }
      }
      decide?.toggleAttribute("data-idle", decide.classList.contains("actbar") && rows().length === 0);
    } catch { /* the server is away: the stream connects again by itself */ } finally {
      busy = false;
      if (again) { again = false; setTimeout(refresh, 400); }
    }
  }
  function pulse(told) {
    all("[data-pulse]").forEach((place) => { const found = told[place.dataset.pulse]; place.textContent = found; place.hidden = !found; });
  }
  if (one("nav.side")) {
    let first = true;
    const stream = new EventSource("/events");
    stream.onmessage = (event) => { pulse(JSON.parse(event.data)); if (!first) refresh(); first = false; document.body.dataset.listening = "yes"; };
    addEventListener("pagehide", () => stream.close());
  }

  one("#help-button")?.removeAttribute("hidden");
  const kept = Number(sessionStorage.getItem(here) ?? 0);
  if (rows().length && !one("[autofocus]") && !location.hash) go(rows()[Math.min(kept, rows().length - 1)], !!one(".flash.good"), !!one("main [data-search]"));  // the focus only after an act: else Tab begins with the skip link
  count();
})();
