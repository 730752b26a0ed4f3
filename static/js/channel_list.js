// Lists of channels: live counts from one stream for all of them (docs/live-protocol.md), how long ago each last line
// was, how many are new since this reader was there, and a filter that lists as one types.
import { isBefore, isSpoken } from "./line_grouping.js";
import { createConnection } from "./live_connection.js";
import { readPosition, unreadCount } from "./reading_position.js";
import { gettext, ngettext } from "./translate.js";

const MAX_ADDRESS_CHARACTERS = 3900;
const TYPING_MS = 150; // after the last key the list is fetched
const MINUTE_MS = 60_000;

const main = document.getElementById("main");
const list = document.getElementById("channel-list");
const items = new Map();
const lastIds = new Map(); // by channel; a line that comes again after a reconnection is not counted twice

// logs/localize.py says the same.
const relativeTime = at => {
  const minutes = Math.floor((Date.now() - at) / MINUTE_MS);
  if (minutes < 1) return gettext("now");
  if (minutes < 60) return ngettext("%(count)s min ago", "%(count)s min ago", minutes);
  if (minutes < 24 * 60) return ngettext("%(count)s h ago", "%(count)s h ago", Math.floor(minutes / 60));
  const days = Math.floor(minutes / (24 * 60));
  if (days < 60) return ngettext("%(count)s day ago", "%(count)s days ago", days);
  if (days < 730) return ngettext("%(count)s month ago", "%(count)s months ago", Math.floor(days / 30));
  return ngettext("%(count)s year ago", "%(count)s years ago", Math.floor(days / 365));
};

const showTimes = () => {
  for (const time of list.querySelectorAll("time")) {
    const text = relativeTime(new Date(time.dateTime));
    if (time.textContent !== text) time.textContent = text;
  }
};

const showUnread = item => {
  const count = unreadCount(item.dataset.path, item.dataset);
  const cell = item.querySelector(".unread-cell");
  if (!count) return cell.replaceChildren();
  const badge = document.createElement("a");
  badge.className = "unread";
  badge.href = item.dataset.path;
  badge.textContent = count > 999 ? gettext("999+ new") : ngettext("%(count)s new", "%(count)s new", count);
  cell.replaceChildren(badge);
};

// The lines with words that a signed-in reader chose, as far as the reader has not been there.
const showHighlights = item => {
  const link = item.querySelector(".highlight-count");
  if (!link) return;
  const { path } = item.dataset;
  const position = readPosition(path);
  const lines = link.dataset.lines.split(",").map(line => line.split(" "));
  const unread = lines.filter(([id, at]) => !position || isBefore(position, { id, at }));
  link.classList.add("counted");
  link.hidden = !unread.length;
  if (!unread.length) return;
  link.textContent = unread.length;
  link.href = `${path}at/${unread.at(-1)[0]}/`;
};

const readList = position => {
  items.clear();
  for (const item of list.querySelectorAll("li[data-live-channel]")) items.set(item.dataset.liveChannel, item);
  for (const item of list.querySelectorAll("li")) {
    showUnread(item);
    showHighlights(item);
  }
  showTimes();
  connection.connect(position);
};

const countLine = ({ network, channel, id, at, kind }) => {
  const item = items.get(`${network}/${channel}`);
  if (!item || id <= (lastIds.get(item) ?? 0)) return;
  lastIds.set(item, id);
  const count = item.querySelector(".count");
  const lines = Number(count.dataset.lines) + 1;
  count.dataset.lines = lines;
  count.textContent = ngettext("%(count)s line", "%(count)s lines", lines);
  item.dataset.lastId = id;
  if (isSpoken({ kind })) item.dataset.said = Number(item.dataset.said ?? 0) + 1;
  if (!(item.dataset.lastAt > at)) item.dataset.lastAt = at; // lines may be stored late
  const time = item.querySelector("time");
  if (time && time.dateTime < at) {
    time.dateTime = `${at.slice(0, 19)}Z`;
    time.textContent = relativeTime(new Date(time.dateTime));
    time.title = "";
  }
  showUnread(item);
};

const buildAddress = position => {
  let address = `/api/v1/live?${new URLSearchParams({ after: position })}`;
  for (const item of items.values()) {
    const next = `${address}&channel=${encodeURIComponent(decodeURI(item.dataset.path).slice(1, -1))}`;
    if (next.length > MAX_ADDRESS_CHARACTERS) break; // the last of a long list are as they were when it was loaded
    address = next;
  }
  return items.size ? address : "";
};

const events = { line: countLine, removal: () => {}, reload: () => {}, gap: () => {}, "gap-removal": () => {} };
const connection = createConnection({ getAddress: buildAddress, events });

// The filter

const form = document.querySelector(".channel-filter");
let typingTimer = 0;
let request = null;

const filter = async () => {
  request?.abort();
  request = new AbortController();
  const address = new URL(form.action);
  const words = form.q.value.trim();
  if (words) address.searchParams.set("q", words);
  list.setAttribute("aria-busy", "true");
  try {
    const response = await fetch(address, { signal: request.signal });
    if (!response.ok) throw new Error(`${address}: ${response.status}`);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    list.replaceChildren(...page.getElementById("channel-list").childNodes);
    history.replaceState(history.state, "", address);
    readList(page.getElementById("main").dataset.livePosition);
  } catch (error) {
    if (error.name === "AbortError") return;
    form.submit(); // the page then says what is wrong
  }
  list.removeAttribute("aria-busy");
};

form?.addEventListener("input", () => {
  clearTimeout(typingTimer);
  typingTimer = setTimeout(filter, TYPING_MS);
});
form?.addEventListener("submit", () => clearTimeout(typingTimer)); // the browser loads the list as a page

readList(main.dataset.livePosition);
setInterval(showTimes, MINUTE_MS);
