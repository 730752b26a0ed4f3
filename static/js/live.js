// Live updates: an open page shows what a reload would show. docs/live-protocol.md describes the stream.
import { addLine, lineList, removeGap, removeLine, showGap } from "./line_list.js";
import { createConnection } from "./live_connection.js";
import { removeOffscreenLines } from "./offscreen_lines.js";
import { gettext, ngettext } from "./translate.js";

const PAUSE_AFTER_MS = 10 * 60_000; // a hidden tab stops listening after this time
const BATCH_MS = 20;
// Nothing is shown before the first answer: a text that another replaces at once would move what stands beside it.
const STATES = {
  connecting: "",
  live: gettext("Live"),
  reconnecting: gettext("Reconnecting…"),
  offline: gettext("Offline"),
  paused: gettext("Paused"),
};

const main = document.querySelector("main[data-live]");

// New lines that the reader has not seen

const newLinesButton = document.getElementById("new-lines");
const pageTitle = document.title;
let belowCount = 0; // lines that arrived while the reader was further up
let unseenCount = 0; // lines that arrived while the tab was hidden

const isAtEnd = () => lineList.getBoundingClientRect().bottom <= innerHeight + 40;
const scrollToEnd = () => scrollTo({ top: document.documentElement.scrollHeight, behavior: "instant" });

const showCounts = () => {
  newLinesButton.hidden = belowCount === 0;
  newLinesButton.textContent = ngettext("%(count)s new line", "%(count)s new lines", belowCount);
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
const notLoggedNote = document.getElementById("not-logged");
let shownState = "connecting";

const showState = state => {
  shownState = state;
  const isLogged = notLoggedNote.hidden;
  stateText.className = state === "live" && isLogged ? "on" : "";
  stateText.textContent = state === "live" && !isLogged ? gettext("Not logged") : STATES[state];
};

const network = main.dataset.channelUrl.split("/")[1];
const showWhyNotLogged = clause => {
  notLoggedNote.hidden = !clause;
  const message = clause.replaceAll(network, "%(network)s");
  notLoggedNote.querySelector("span").textContent = gettext(message, { network });
  showState(shownState);
};

// A log that was purged, hidden or closed leaves open pages as removed lines do. The page stays, and comes back when the
// log is open to this reader again.
let isClosed = false;

const clearIfClosed = async () => {
  const response = await fetch(main.dataset.live, { method: "HEAD", redirect: "manual" }).catch(() => null);
  if (response?.status !== 404 || isClosed) return;
  isClosed = true;
  pendingChanges.length = 0;
  const note = document.createElement("p");
  note.className = "empty-note";
  note.role = "alert";
  note.textContent = gettext("This log is no longer open to you. If it is opened again, it appears here.");
  main.replaceChildren(note, stateText);
  document.title = pageTitle;
};

const connection = createConnection({
  getAddress: lastId => `${main.dataset.live}${main.dataset.live.includes("?") ? "&" : "?"}after=${lastId}`,
  position: main.dataset.lastId,
  showState: state => {
    if (state === "live" && isClosed) location.reload();
    showState(state);
  },
  events: {
    line: ({ html }) => queueChange(() => addLine(html)),
    removal: ({ line }) => queueChange(() => removeLine(line)),
    gap: gap => queueChange(() => showGap(gap)),
    "gap-removal": ({ gap }) => queueChange(() => removeGap(gap)),
    state: ({ why_not }) => showWhyNotLogged(why_not),
  },
  onRefused: () => {
    showState("offline");
    setTimeout(clearIfClosed, 300); // not for a page that is being left, whose stream ends as well
  },
});

const pause = () => {
  connection.close();
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
  if (!connection.isOpen()) connection.connect();
});

// A reload or a step back in the history keeps its scroll position, which the browser restores.
const [navigation] = performance.getEntriesByType("navigation");
if (!location.hash && navigation?.type === "navigate") scrollToEnd();
connection.connect();
