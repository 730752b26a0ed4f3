// Conversations on a page of lines: pointing at a line, focusing it or tapping it shows the lines connected with it by
// answers (data-reply), and dims the others. c follows the conversation of a line, [ and ] step within it.
import { makeButton } from "./copy_text.js";
import { gettext, ngettext } from "./translate.js";

const HOVER_MS = 350; // resting on a line for this long shows its conversation

const list = document.getElementById("lines");
const channelUrl = document.querySelector("main[data-channel-url]").dataset.channelUrl;

let shownLines = []; // of the conversation that stands out, in the order of the page
let followedLine = null; // its conversation stays until it is closed
let hoverTimer = 0;

const lineOf = target => target.closest?.(".line[data-kind]") ?? null;

// Lines come and go on a live page: the connections are read from the page each time, which takes a millisecond.
const findConversation = line => {
  const answers = new Map();
  for (const answer of list.querySelectorAll(".line[data-reply]")) {
    const { reply } = answer.dataset;
    if (!answers.has(reply)) answers.set(reply, []);
    answers.get(reply).push(answer);
  }
  const found = new Set([line]);
  for (const member of found) {
    const answered = member.dataset.reply && document.getElementById(`l${member.dataset.reply}`);
    if (answered) found.add(answered);
    for (const answer of answers.get(member.dataset.id) ?? []) found.add(answer);
  }
  return [...found].sort((a, b) => (a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1));
};

const show = line => {
  const conversation = findConversation(line);
  if (conversation.length < 2 && !followedLine) return hide();
  for (const shown of shownLines) shown.classList.remove("in-conversation");
  shownLines = conversation;
  for (const member of conversation) member.classList.add("in-conversation");
  list.classList.add("dimmed");
};

const hide = () => {
  clearTimeout(hoverTimer);
  for (const shown of shownLines) shown.classList.remove("in-conversation");
  shownLines = [];
  list.classList.remove("dimmed");
};

// Following: a bar tells how many lines the conversation has, and leads to its own page

const bar = document.createElement("p");
bar.id = "conversation-bar";
bar.className = "bottom-bar";
bar.hidden = true;
bar.setAttribute("role", "status");
const count = document.createElement("span");
const pageLink = document.createElement("a");
pageLink.textContent = gettext("Open conversation");
bar.append(count, pageLink, makeButton(gettext("Show all lines"), () => stopFollowing()));
document.body.append(bar);

const follow = line => {
  followedLine = line;
  show(line);
  const speakers = ngettext("one person", "%(count)s people", new Set(shownLines.map(shown => shown.dataset.nick)).size);
  count.textContent = ngettext("%(count)s line by %(speakers)s", "%(count)s lines by %(speakers)s", shownLines.length, { speakers });
  pageLink.href = `${channelUrl}conversation/${line.dataset.id}/`;
  bar.hidden = false;
};

const stopFollowing = () => {
  followedLine = null;
  bar.hidden = true;
  hide();
};

// A new line of the conversation that is followed joins it; hidden lines are counted again.
const holdsLine = node => node.matches?.(".line") || node.querySelector?.(".line");
new MutationObserver(changes => {
  if (!followedLine || !changes.some(change => [...change.addedNodes, ...change.removedNodes].some(holdsLine))) return;
  const line = [followedLine, ...shownLines].find(shown => shown.isConnected);
  if (line) follow(line);
  else stopFollowing();
}).observe(list, { childList: true, subtree: true });

list.addEventListener("pointerover", event => {
  if (followedLine || event.pointerType !== "mouse") return;
  clearTimeout(hoverTimer);
  const line = lineOf(event.target);
  if (!line || shownLines.includes(line)) return;
  hide();
  hoverTimer = setTimeout(() => show(line), HOVER_MS);
});
list.addEventListener("pointerleave", () => followedLine || hide());
list.addEventListener("focusin", event => {
  const line = lineOf(event.target);
  if (line && !followedLine && event.target.matches(":focus-visible")) show(line);
});
list.addEventListener("focusout", () => followedLine || hide());

// A tap or click on the text of a line, where it is no link and selects nothing
list.addEventListener("click", event => {
  if (event.target.closest("a, button, summary") || !event.target.closest(".text")) return;
  if (String(getSelection())) return;
  const line = lineOf(event.target);
  if (followedLine && !shownLines.includes(line)) stopFollowing();
  else if (line && findConversation(line).length > 1) follow(line);
});

const step = offset => {
  const current = shownLines.findIndex(shown => shown.contains(document.activeElement));
  const next = shownLines[current < 0 ? (offset > 0 ? 0 : shownLines.length - 1) : current + offset];
  next?.querySelector("a.time").focus();
};

const currentLine = () =>
  lineOf(document.activeElement) ?? list.querySelector(".line:target, .line.marked") ?? list.querySelector(".line:hover");

let previousKey = ""; // g and c is another shortcut (keyboard.js)

addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  const isSequence = previousKey === "g";
  previousKey = event.key;
  if (isSequence) return;
  if (event.target.closest("input, textarea, select, dialog[open]")) return;
  if (event.key === "c") {
    const line = currentLine();
    if (followedLine) stopFollowing();
    else if (line) follow(line);
  } else if (event.key === "[" && shownLines.length) step(-1);
  else if (event.key === "]" && shownLines.length) step(1);
  else if (event.key === "Escape" && followedLine) stopFollowing();
  else return;
  event.preventDefault();
});
