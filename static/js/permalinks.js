// Links to lines: opens the fold that holds a linked line, and makes a click on a time put the line's permalink into
// the address bar; a click with shift makes a permalink of the lines between.
const main = document.querySelector("main[data-channel-url]");

const openFold = () => {
  const line = document.getElementById(location.hash.slice(1));
  const fold = line?.closest("details:not([open])");
  if (!fold) return;
  fold.open = true;
  line.scrollIntoView();
};

// logbot's anchors, #c123, hold the line's number in its own archive. Only the server can translate them.
const logbotAnchor = /^#c(\d{1,18})$/.exec(location.hash);
if (logbotAnchor) location.replace(`${main.dataset.channelUrl}msg/${logbotAnchor[1]}/`);

addEventListener("hashchange", openFold);
openFold();

const markLines = (from, to) => {
  const lines = [...document.querySelectorAll(".line[id]")];
  const [start, end] = [lines.indexOf(from), lines.indexOf(to)].sort((a, b) => a - b);
  lines.forEach((line, index) => line.classList.toggle("marked", start <= index && index <= end));
  const ids = [...new Set([lines[start], lines[end]].map(line => line.dataset.id))];
  history.replaceState(history.state, "", `${main.dataset.channelUrl}at/${ids.join("-")}/`);
};

let firstMarked = null;
main.addEventListener("click", event => {
  const line = event.target.closest("a.time")?.closest(".line");
  // With another modifier or button the browser opens the link in its own way.
  if (!line || event.ctrlKey || event.metaKey || event.altKey || event.button) return;
  event.preventDefault();
  if (!event.shiftKey || !firstMarked?.isConnected) firstMarked = line;
  markLines(firstMarked, line);
});
