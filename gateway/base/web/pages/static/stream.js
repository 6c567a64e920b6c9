// The event stream: one a browser, however many pages are open. The page that holds a lock listens and tells the
// others; a hidden page gives the lock up, so that a browser nobody looks at holds no connection. Where locks are
// missing (they need https or this machine) each visible page listens for itself.

const path = document.body.dataset.events;
const shared = path && "locks" in navigator && "BroadcastChannel" in window;
const channel = shared ? new BroadcastChannel("events:" + path) : null;
const listeners = new Set();
let stream = null, release = null, wanting = null, last = null, lasted = 0;

/** Calls `heard(kind, told, at)` with kind "news" (told: the figures; at: when they came), "open", "away" or "ended". */
export function hear(heard) {
  listeners.add(heard);
}

function tell(kind, told = null, at = Date.now()) {
  if (kind === "news") [last, lasted] = [told, at];
  listeners.forEach((heard) => heard(kind, told, at));
}

function everybody(kind, told = null, at = Date.now()) {
  tell(kind, told, at);
  channel?.postMessage({ kind, told, at });
}

function connect() {
  if (stream) return;
  stream = new EventSource(path);
  stream.onopen = () => everybody("open");
  stream.onmessage = (event) => everybody("news", JSON.parse(event.data));
  stream.onerror = () => everybody(stream.readyState === EventSource.CLOSED ? "ended" : "away");
}

function disconnect() {
  stream?.close();
  stream = null;
}

function want() { // to be the one that listens, until hidden
  if (wanting) return;
  wanting = new AbortController();
  navigator.locks.request("events:" + path, { signal: wanting.signal }, () => {
    connect();
    return new Promise((done) => { release = done; });
  }).catch(() => { /* hidden before it was our turn */ });
}

function leave() {
  wanting?.abort();
  wanting = null;
  release?.();
  release = null;
  disconnect();
}

function turn() {
  if (document.visibilityState === "hidden") return leave();
  if (!shared) return connect();
  channel.postMessage({ kind: "ask" }); // what there is now, from whoever listens
  want();
}

export function start() {
  if (!path) return;
  channel?.addEventListener("message", ({ data }) => {
    if (data.kind !== "ask") tell(data.kind, data.told, data.at);
    else if (stream && last) channel.postMessage({ kind: "news", told: last, at: lasted });
  });
  document.addEventListener("visibilitychange", turn);
  addEventListener("pagehide", leave);
  addEventListener("pageshow", (event) => { if (event.persisted) turn(); });
  turn();
}
