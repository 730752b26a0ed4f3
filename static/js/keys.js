// Keys: whatever the page marks with aria-keyshortcuts is pressed or focused by that key.
const help = document.getElementById("help");
const button = document.getElementById("help-button");
button.hidden = false;
button.addEventListener("click", () => help.showModal());

addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (help.open || event.target.closest("input, textarea, select, [contenteditable]")) return;
  const wanted = document.querySelector(`[aria-keyshortcuts="${CSS.escape(event.key)}"]`);
  if (!wanted) return;
  event.preventDefault();
  if (wanted.matches("input, textarea")) wanted.focus();
  else wanted.click();
});
