// Lines are selected by their times. A click selects a line and puts its permalink into the address bar, a click with
// shift selects the lines between; on a touch screen a long press selects, and the next tap ends the range. A bar offers
// what can be done with the selection.
import { lineAsText } from "./copy_lines.js";
import { copyText, makeButton } from "./copy_text.js";
import { gettext, ngettext } from "./translate.js";

const LONG_PRESS_MS = 500;
const MAX_MOVE_PX = 10; // a finger that moves further scrolls
const HOVER_MS = 120; // what the mouse only passes stays as it is

const main = document.querySelector("main[data-channel-url]");
const lineOf = target => target.closest?.(".line[id]") ?? null;

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

const permalinkOf = (first, last = first) => {
  const ids = [...new Set([first, last].map(line => line.dataset.id))];
  return `${main.dataset.channelUrl}at/${ids.join("-")}/`;
};
const permalink = () => permalinkOf(selected[0], selected.at(-1));

// Adds a link to a bar. The function that is returned points it at the conversation of a line, or hides it without one.
const addConversationLink = toBar => {
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
const beginRange = line => {
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

// What can be done with one line, shown at its end where the mouse or the keyboard is: copy its link or text, begin a
// range, open its conversation.

const actions = document.createElement("span");
actions.className = "line-actions";
actions.setAttribute("role", "toolbar");
actions.setAttribute("aria-label", gettext("This line"));
const addAction = (label, text, act) => {
  const button = makeButton(text, event => {
    event.stopPropagation(); // no click on the line
    const line = lineOf(actions);
    if (line) act(line, button);
  });
  button.title = label;
  button.setAttribute("aria-label", label);
  actions.append(button);
};

if (navigator.clipboard) {
  addAction(gettext("Copy link"), gettext("Link"), (line, button) => copyText(button, location.origin + permalinkOf(line)));
  addAction(gettext("Copy text"), gettext("Text"), (line, button) => copyText(button, lineAsText(line)));
}
addAction(gettext("Select a range from here"), gettext("Range"), line => {
  hideActions();
  beginRange(line);
});
const linkActions = addConversationLink(actions);

// One stop of the Tab key, however many controls: within the bar the arrow keys go on.
const setStop = control => {
  for (const other of actions.children) other.tabIndex = other === control ? 0 : -1;
};
actions.addEventListener("keydown", event => {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key] * (getComputedStyle(actions).direction === "rtl" ? -1 : 1);
  if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
  const controls = [...actions.children].filter(control => !control.hidden);
  const next = controls.at((controls.indexOf(document.activeElement) + step) % controls.length);
  setStop(next);
  next.focus();
  event.preventDefault();
});

const showActions = line => {
  if (actions.parentElement === line) return;
  linkActions(line);
  setStop(actions.firstElementChild);
  line.append(actions);
};
const hideActions = () => actions.remove();

let hoverTimer = 0;
main.addEventListener("pointerover", event => {
  if (event.pointerType !== "mouse") return;
  clearTimeout(hoverTimer);
  const line = lineOf(event.target);
  const isBusy = actions.contains(document.activeElement) || !document.getSelection().isCollapsed;
  if (isBusy) return;
  hoverTimer = setTimeout(() => (line ? showActions(line) : hideActions()), HOVER_MS);
});
main.addEventListener("pointerleave", () => {
  clearTimeout(hoverTimer);
  if (!actions.contains(document.activeElement)) hideActions();
});
main.addEventListener("focusin", event => {
  const line = lineOf(event.target);
  if (line && event.target.matches(":focus-visible")) showActions(line);
  else if (!line) hideActions();
});
