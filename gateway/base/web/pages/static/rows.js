// Lists: the current row, what is ticked, and what stays so when the list is put anew.
import { all, one } from "./dom.js";

const here = "row:" + location.pathname;
export const rows = () => all("[data-rows] tbody tr");
export const current = () => one("tr.here");
export const ticks = () => all("[data-rows] input[type=checkbox][form]");
let anchor = "", before = null; // anchor: the row that a range begins with

export function go(row, focus = true, show = true) {
  current()?.classList.remove("here");
  if (!row) return;
  row.classList.add("here");
  if (focus) row.focus({ preventScroll: true });
  if (show) row.scrollIntoView({ block: "nearest" });
  sessionStorage.setItem(here, String(rows().indexOf(row)));
}

/** Moves by so many rows; with `more` everything between is ticked too. */
export function move(by, more = false) {
  const list = rows(), at = Math.max(0, list.indexOf(current()));
  const to = Math.min(list.length - 1, Math.max(0, at + by));
  go(list[to]);
  if (more) range(list[at], list[to]);
}

export function tickOf(row) { return row ? one("input[type=checkbox]", row) : null; }

function range(from, to) {
  const list = rows(), ends = [list.indexOf(from), list.indexOf(to)].sort((a, b) => a - b);
  if (ends[0] < 0) return;
  list.slice(ends[0], ends[1] + 1).forEach((row) => { const tick = tickOf(row); if (tick) tick.checked = true; });
  count();
}

export function count() {
  const chosen = ticks().filter((tick) => tick.checked);
  all("[data-none]").forEach((place) => { place.textContent = chosen.length ? `${chosen.length} ${place.dataset.some}` : place.dataset.none; });
  rows().forEach((row) => row.classList.toggle("ticked", !!one("input:checked", row)));
  const whole = one("[data-all]");
  if (whole) whole.checked = chosen.length > 0 && chosen.length === ticks().length;
  return chosen.length;
}

export function tickAll(on) { ticks().forEach((tick) => { tick.checked = on; }); count(); }

/** Ticks the current row where nothing is ticked; whether there is something to act upon. */
export function choose() {
  const tick = tickOf(current());
  if (ticks().length && !count() && tick) { tick.checked = true; count(); }
  return !ticks().length || count() > 0 || !!one("[data-fit]:checked");
}

function keep() {
  before = {
    ticked: new Set(ticks().filter((tick) => tick.checked).map((tick) => tick.value)), row: current()?.dataset.row,
    at: rows().indexOf(current()), focused: current() && current() === document.activeElement, known: new Set(rows().map((each) => each.dataset.row)),
  };
}

function restore(place) {
  if (!one("[data-rows]", place) || !before) return;
  ticks().forEach((tick) => { tick.checked = before.ticked.has(tick.value); });
  const list = rows(); // a row that left makes the one that follows the current one
  const same = list.find((each) => each.dataset.row === before.row) ?? (before.at < 0 ? null : list[Math.min(before.at, list.length - 1)]);
  if (same) { same.classList.add("here"); if (before.focused) same.focus({ preventScroll: true }); }
  rows().filter((each) => !before.known.has(each.dataset.row)).forEach((each) => each.classList.add("fresh-row"));
  count();
}

function clicked(event) {
  const row = event.target.closest("[data-rows] tbody tr");
  if (!row) return;
  const from = rows().find((each) => each.dataset.row === anchor);
  if (event.shiftKey && from && tickOf(row)) {
    range(from, row);
    if (event.target.matches("input[type=checkbox]")) event.target.checked = true;
  } else anchor = row.dataset.row;
  go(row, false, false);
}

export function start() {
  document.addEventListener("live:before", keep);
  document.addEventListener("live:after", (event) => restore(event.detail));
  document.addEventListener("live", () => all(".actbar").forEach((bar) => bar.toggleAttribute("data-idle", rows().length === 0)));
  document.addEventListener("click", clicked);
  document.addEventListener("mousedown", (event) => { if (event.shiftKey && event.target.closest("[data-rows] tbody tr")) event.preventDefault(); }); // no text is marked
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-all]")) tickAll(event.target.checked);
    else if (ticks().includes(event.target)) count();
  });
  const kept = Number(sessionStorage.getItem(here) ?? 0);
  // the focus only after an act: else Tab begins with the skip link
  if (rows().length && !one("[autofocus]") && !location.hash) go(rows()[Math.min(kept, rows().length - 1)], !!one(".flash.good"), !!one("main [data-search]"));
  count();
}
