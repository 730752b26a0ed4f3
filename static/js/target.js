// A linked line that lies in a fold is unfolded. A click on a time makes a link of it, with shift of the lines between.
const main = document.querySelector("main[data-channel-url]");

const unfold = () => {
  const line = document.getElementById(location.hash.slice(1));
  const fold = line?.closest("details:not([open])");
  if (!fold) return;
  fold.open = true;
  line.scrollIntoView();
};

// logbot's links to lines: #c123. The number is that of its own archive, which the server knows.
const old = /^#c(\d{1,18})$/.exec(location.hash);
if (old) location.replace(`${main.dataset.channelUrl}msg/${old[1]}/`);

addEventListener("hashchange", unfold);
unfold();

let first = null;
const mark = (from, to) => {
  const lines = [...document.querySelectorAll(".line[id]")];
  const [start, end] = [lines.indexOf(from), lines.indexOf(to)].sort((a, b) => a - b);
  lines.forEach((line, index) => line.classList.toggle("marked", start <= index && index <= end));
  const ids = [...new Set([lines[start], lines[end]].map(line => line.dataset.id))];
  history.replaceState(history.state, "", `${main.dataset.channelUrl}at/${ids.join("-")}/`);
};

main.addEventListener("click", event => {
  const line = event.target.closest("a.time")?.closest(".line");
  if (!line || event.ctrlKey || event.metaKey || event.altKey || event.button) return;
  event.preventDefault();
  if (!event.shiftKey || !first?.isConnected) first = line;
  mark(first, line);
});
