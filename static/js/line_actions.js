// What can be done with one line, shown at its end where the mouse or the keyboard is: copy its link or text, begin a
// range, open its conversation.
import { lineAsText } from "./copy_lines.js";
import { copyText, makeButton } from "./copy_text.js";
import { addConversationLink, beginRange, lineOf, main, permalinkOf } from "./line_selection.js";
import { gettext } from "./translate.js";

const HOVER_MS = 120; // what the mouse only passes stays as it is

const bar = document.createElement("span");
bar.className = "line-actions";
bar.setAttribute("role", "toolbar");
bar.setAttribute("aria-label", gettext("This line"));
const addButton = (label, text, act) => {
  const button = makeButton(text, event => {
    event.stopPropagation(); // no click on the line
    const line = lineOf(bar);
    if (line) act(line, button);
  });
  button.title = label;
  button.setAttribute("aria-label", label);
  bar.append(button);
};

if (navigator.clipboard) {
  addButton(gettext("Copy link"), gettext("Link"), (line, button) => copyText(button, location.origin + permalinkOf(line)));
  addButton(gettext("Copy text"), gettext("Text"), (line, button) => copyText(button, lineAsText(line)));
}
addButton(gettext("Select a range from here"), gettext("Range"), line => {
  hide();
  beginRange(line);
});
const linkConversation = addConversationLink(bar);

// One stop of the Tab key, however many controls: within the bar the arrow keys go on.
const setStop = control => {
  for (const other of bar.children) other.tabIndex = other === control ? 0 : -1;
};
bar.addEventListener("keydown", event => {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key] * (getComputedStyle(bar).direction === "rtl" ? -1 : 1);
  if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
  const controls = [...bar.children].filter(control => !control.hidden);
  const next = controls.at((controls.indexOf(document.activeElement) + step) % controls.length);
  setStop(next);
  next.focus();
  event.preventDefault();
});

const show = line => {
  if (bar.parentElement === line) return;
  linkConversation(line);
  setStop(bar.firstElementChild);
  line.append(bar);
};
const hide = () => bar.remove();

let timer = 0;
main.addEventListener("pointerover", event => {
  if (event.pointerType !== "mouse") return;
  clearTimeout(timer);
  const line = lineOf(event.target);
  const isBusy = bar.contains(document.activeElement) || !document.getSelection().isCollapsed;
  if (isBusy) return;
  timer = setTimeout(() => (line ? show(line) : hide()), HOVER_MS);
});
main.addEventListener("pointerleave", () => {
  clearTimeout(timer);
  if (!bar.contains(document.activeElement)) hide();
});
main.addEventListener("focusin", event => {
  const line = lineOf(event.target);
  if (line && event.target.matches(":focus-visible")) show(line);
  else if (!line) hide();
});
