// Keyboard shortcuts: a key, or g and another key, clicks or focuses the element whose aria-keyshortcuts names it.
const SEQUENCE_MS = 1500; // time between g and the second key

const help = document.getElementById("keyboard-help");
document.getElementById("keyboard-help-button").addEventListener("click", () => help.showModal());

let gPressedAt = -Infinity;

addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (help.open || event.target.closest("input, textarea, select, [contenteditable]")) return;
  const keys = event.timeStamp - gPressedAt < SEQUENCE_MS ? `g ${event.key}` : event.key;
  gPressedAt = event.key === "g" ? event.timeStamp : -Infinity;
  const target = document.querySelector(`[aria-keyshortcuts="${CSS.escape(keys)}"]`);
  if (!target) return;
  event.preventDefault();
  if (target.matches("input, textarea")) {
    target.focus();
    target.select(); // what is typed next replaces the last search
  } else target.click();
});
