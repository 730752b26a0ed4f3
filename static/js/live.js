// Live: an open page shows what a reload would show. docs/live-protocol.md describes the stream.
import { add, lines, remove } from "./arrange.js";
import { shelve } from "./shelf.js";

const PAUSE_AFTER = 10 * 60_000; // a tab that nobody has looked at for so long stops listening until it is looked at
const STATES = { live: "Live", reconnecting: "Reconnecting…", offline: "Offline", paused: "Paused" };

const main = document.querySelector("main[data-live]");
let last = Number(main.dataset.lastId);

// What the reader notices

const button = document.getElementById("new-lines");
const title = document.title;
let below = 0; // lines that came while the reader was reading further up
let unseen = 0; // lines that came while the tab was hidden

const isAtEnd = () => lines.getBoundingClientRect().bottom <= innerHeight + 40;
const goToEnd = () => scrollTo({ top: document.documentElement.scrollHeight, behavior: "instant" });

const tell = () => {
  button.hidden = below === 0;
  button.textContent = below === 1 ? "1 new line" : `${below} new lines`;
  document.title = unseen ? `(${unseen}) ${title}` : title;
};

const arrived = [];
const arrive = change => {
  if (arrived.push(change) === 1) setTimeout(showArrived, 20); // what comes in a burst is drawn at once
};
const showArrived = () => {
  const wasAtEnd = isAtEnd();
  const newest = arrived.splice(0).filter(change => change()).length;
  if (wasAtEnd) {
    shelve();
    goToEnd();
  } else below += newest;
  if (document.hidden) unseen += newest;
  tell();
};

button.addEventListener("click", goToEnd);
addEventListener("scroll", () => {
  if (below && isAtEnd()) {
    below = 0;
    tell();
  }
}, { passive: true });

// The stream

const stateText = document.getElementById("live-state");
let source = null;
let failures = 0;
let timer = 0;

const show = state => {
  stateText.className = state === "live" ? "on" : "";
  stateText.textContent = STATES[state];
};

const connect = () => {
  clearTimeout(timer);
  source?.close();
  source = new EventSource(`${main.dataset.live}?after=${last}`);
  source.addEventListener("open", () => {
    failures = 0;
    show("live");
  });
  source.addEventListener("line", event => {
    const { id, html } = JSON.parse(event.data);
    last = id;
    arrive(() => add(html));
  });
  source.addEventListener("removal", event => {
    const { id, line } = JSON.parse(event.data);
    last = id;
    arrive(() => remove(line));
  });
  source.addEventListener("reload", () => {
    source.close();
    setTimeout(() => location.reload(), Math.random() * 2000);
  });
  source.addEventListener("error", () => {
    show(navigator.onLine ? "reconnecting" : "offline");
    if (source.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
    show("offline");
    timer = setTimeout(connect, Math.min(60_000, 2000 * 2 ** failures) * (0.5 + Math.random() / 2));
    failures += 1;
  });
};

const pause = () => {
  clearTimeout(timer);
  source.close();
  source = null;
  show("paused");
};

document.addEventListener("visibilitychange", () => {
  clearTimeout(pauseTimer);
  if (document.hidden) {
    pauseTimer = setTimeout(pause, PAUSE_AFTER);
    return;
  }
  unseen = 0;
  tell();
  if (!source) connect();
});
addEventListener("online", () => source && connect());
addEventListener("offline", () => show("offline"));

let pauseTimer = 0;
const [navigation] = performance.getEntriesByType("navigation");
if (!location.hash && navigation?.type === "navigate") goToEnd();
show("reconnecting");
connect();
