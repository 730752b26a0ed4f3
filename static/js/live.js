// Live updates: an open page shows what a reload would show. docs/live-protocol.md describes the stream.
import { addLine, lineList, removeLine } from "./line_list.js";
import { removeOffscreenLines } from "./offscreen_lines.js";

const PAUSE_AFTER_MS = 10 * 60_000; // a hidden tab stops listening after this time
const BATCH_MS = 20;
const MAX_RETRY_MS = 60_000;
const STATES = { live: "Live", reconnecting: "Reconnecting…", offline: "Offline", paused: "Paused" };

const main = document.querySelector("main[data-live]");
let lastId = Number(main.dataset.lastId);

// New lines that the reader has not seen

const newLinesButton = document.getElementById("new-lines");
const pageTitle = document.title;
let belowCount = 0; // lines that arrived while the reader was further up
let unseenCount = 0; // lines that arrived while the tab was hidden

const isAtEnd = () => lineList.getBoundingClientRect().bottom <= innerHeight + 40;
const scrollToEnd = () => scrollTo({ top: document.documentElement.scrollHeight, behavior: "instant" });

const showCounts = () => {
  newLinesButton.hidden = belowCount === 0;
  newLinesButton.textContent = belowCount === 1 ? "1 new line" : `${belowCount} new lines`;
  document.title = unseenCount ? `(${unseenCount}) ${pageTitle}` : pageTitle;
};

// Events of a burst are applied together: one layout instead of one for each line.
const pendingChanges = [];
const queueChange = change => {
  if (pendingChanges.push(change) === 1) setTimeout(applyChanges, BATCH_MS);
};
const applyChanges = () => {
  const wasAtEnd = isAtEnd();
  const newestCount = pendingChanges.splice(0).filter(change => change()).length;
  if (wasAtEnd) {
    removeOffscreenLines();
    scrollToEnd();
  } else belowCount += newestCount;
  if (document.hidden) unseenCount += newestCount;
  showCounts();
};

newLinesButton.addEventListener("click", scrollToEnd);
addEventListener("scroll", () => {
  if (belowCount && isAtEnd()) {
    belowCount = 0;
    showCounts();
  }
}, { passive: true });

// The stream

const stateText = document.getElementById("live-state");
let source = null;
let failureCount = 0;
let retryTimer = 0;

const showState = state => {
  stateText.className = state === "live" ? "on" : "";
  stateText.textContent = STATES[state];
};

const connect = () => {
  clearTimeout(retryTimer);
  source?.close();
  source = new EventSource(`${main.dataset.live}?after=${lastId}`);
  source.addEventListener("open", () => {
    failureCount = 0;
    showState("live");
  });
  source.addEventListener("line", event => {
    const { id, html } = JSON.parse(event.data);
    lastId = id;
    queueChange(() => addLine(html));
  });
  source.addEventListener("removal", event => {
    const { id, line } = JSON.parse(event.data);
    lastId = id;
    queueChange(() => removeLine(line));
  });
  source.addEventListener("reload", () => {
    source.close();
    // All readers of the channel receive this at once: the random delay spreads their requests.
    setTimeout(() => location.reload(), Math.random() * 2000);
  });
  source.addEventListener("error", () => {
    showState(navigator.onLine ? "reconnecting" : "offline");
    if (source.readyState !== EventSource.CLOSED) return; // the browser reconnects by itself
    // The server refused the stream, after which browsers give up.
    showState("offline");
    retryTimer = setTimeout(connect, Math.min(MAX_RETRY_MS, 2000 * 2 ** failureCount) * (0.5 + Math.random() / 2));
    failureCount += 1;
  });
};

const pause = () => {
  clearTimeout(retryTimer);
  source.close();
  source = null;
  showState("paused");
};

let pauseTimer = 0;
document.addEventListener("visibilitychange", () => {
  clearTimeout(pauseTimer);
  if (document.hidden) {
    pauseTimer = setTimeout(pause, PAUSE_AFTER_MS);
    return;
  }
  unseenCount = 0;
  showCounts();
  if (!source) connect();
});
addEventListener("online", () => source && connect());
addEventListener("offline", () => showState("offline"));

// A reload or a step back in the history keeps its scroll position, which the browser restores.
const [navigation] = performance.getEntriesByType("navigation");
if (!location.hash && navigation?.type === "navigate") scrollToEnd();
showState("reconnecting");
connect();
