// Keys: whatever the page marks with aria-keyshortcuts is pressed or focused by that key, or by g and another one.
const help = document.getElementById("help");
document.getElementById("help-button").addEventListener("click", () => help.showModal());

let pressedG = -Infinity; // when g was pressed

addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (help.open || event.target.closest("input, textarea, select, [contenteditable]")) return;
  const keys = event.timeStamp - pressedG < 1500 ? `g ${event.key}` : event.key;
  pressedG = event.key === "g" ? event.timeStamp : -Infinity;
  const wanted = document.querySelector(`[aria-keyshortcuts="${CSS.escape(keys)}"]`);
  if (!wanted) return;
  event.preventDefault();
  if (wanted.matches("input, textarea")) wanted.focus();
  else wanted.click();
});
