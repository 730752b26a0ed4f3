// Lines are selected by their times. A click selects a line and puts its permalink into the address bar, a click with
// shift selects the lines between; on a touch screen a long press selects, and the next tap ends the range. A bar offers
// what can be done with the selection.
import { lineAsText } from "./copy_lines.js";
import { copyText, makeButton } from "./copy_text.js";
import { gettext, ngettext } from "./translate.js";

const LONG_PRESS_MS = 500;
const MAX_MOVE_PX = 10; // a finger that moves further scrolls

export const main = document.querySelector("main[data-channel-url]");
export const lineOf = target => target.closest?.(".line[id]") ?? null;

let selected = []; // lines in the order of the page
let firstSelected = null;
let isExtending = false; // the next line that is clicked ends the range
let addressBefore = "";

const bar = document.createElement("div");
bar.id = "selection-bar";
bar.className = "bottom-bar";
bar.hidden = true;
bar.setAttribute("role", "toolbar");
bar.setAttribute("aria-label", gettext("Selected lines"));
const count = document.createElement("span");
count.setAttribute("role", "status");

const addButton = (label, act) => {
  const button = makeButton(label, () => selected.length && act(button));
  bar.append(button);
};

export const permalinkOf = (first, last = first) => {
  const ids = [...new Set([first, last].map(line => line.dataset.id))];
  return `${main.dataset.channelUrl}at/${ids.join("-")}/`;
};
const permalink = () => permalinkOf(selected[0], selected.at(-1));

// Adds a link to a bar. The function that is returned points it at the conversation of a line, or hides it without one.
export const addConversationLink = toBar => {
  const link = document.createElement("a");
  link.textContent = gettext("Conversation");
  toBar.append(link);
  return line => {
    const { id, reply } = line?.dataset ?? {};
    link.hidden = !reply && !document.querySelector(`.line[data-reply="${id}"]`);
    if (!link.hidden) link.href = `${main.dataset.channelUrl}conversation/${id}/`;
  };
};

const extend = () => {
  isExtending = true;
  count.textContent = gettext("Choose the last line");
};

const showBar = () => {
  count.textContent = ngettext("%(count)s line", "%(count)s lines", selected.length);
  linkConversation(selected.length === 1 ? selected[0] : null);
  bar.hidden = false;
};

const select = (from, to) => {
  const lines = [...document.querySelectorAll(".line[id]")];
  const [start, end] = [lines.indexOf(from), lines.indexOf(to)].sort((a, b) => a - b);
  lines.forEach((line, index) => line.classList.toggle("marked", start <= index && index <= end));
  if (!selected.length) addressBefore = location.pathname + location.search;
  selected = lines.slice(start, end + 1);
  isExtending = false;
  history.replaceState(history.state, "", permalink());
  showBar();
};

// Selects a line; the next one that is clicked ends the range.
export const beginRange = line => {
  firstSelected = line;
  select(line, line);
  extend();
};

const clear = () => {
  for (const line of document.querySelectorAll(".line.marked")) line.classList.remove("marked");
  if (selected.length) history.replaceState(history.state, "", addressBefore);
  selected = [];
  firstSelected = null;
  isExtending = false;
  bar.hidden = true;
};

bar.append(count);
if (navigator.clipboard) {
  addButton(gettext("Copy link"), button => copyText(button, location.origin + permalink()));
  addButton(gettext("Copy text"), button => copyText(button, selected.map(lineAsText).join("\n")));
}
addButton(gettext("Select up to…"), extend);
const linkConversation = addConversationLink(bar);
addButton(gettext("Clear"), clear);
document.body.append(bar);

let pressTimer = 0;
let pressedAt = [0, 0];
let wasLongPress = false; // the click that ends the press is none

main.addEventListener("click", event => {
  const line = lineOf(event.target);
  if (!line || wasLongPress) return;
  if (isExtending && firstSelected?.isConnected) {
    event.preventDefault();
    select(firstSelected, line);
    return;
  }
  // With another modifier or button the browser opens the link in its own way.
  const isOnTime = event.target.closest("a.time") !== null;
  if (!isOnTime || event.ctrlKey || event.metaKey || event.altKey || event.button) return;
  event.preventDefault();
  if (!event.shiftKey || !firstSelected?.isConnected) firstSelected = line;
  select(firstSelected, line);
});

main.addEventListener("pointerdown", event => {
  clearTimeout(pressTimer);
  wasLongPress = false;
  const line = event.pointerType === "touch" && event.target.closest("a.time") && lineOf(event.target);
  if (!line) return;
  pressedAt = [event.clientX, event.clientY];
  pressTimer = setTimeout(() => {
    wasLongPress = true;
    beginRange(line);
  }, LONG_PRESS_MS);
});
main.addEventListener("pointermove", event => {
  if (Math.hypot(event.clientX - pressedAt[0], event.clientY - pressedAt[1]) > MAX_MOVE_PX) clearTimeout(pressTimer);
}, { passive: true });
for (const name of ["pointerup", "pointercancel"]) addEventListener(name, () => clearTimeout(pressTimer));
// Where a long press on a link opens a menu, it selects instead.
main.addEventListener("contextmenu", event => wasLongPress && event.preventDefault());

addEventListener("keydown", event => {
  if (event.key !== "Escape" || bar.hidden || event.defaultPrevented || document.querySelector("dialog[open]")) return;
  event.preventDefault();
  clear();
});
