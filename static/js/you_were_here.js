// A mark above the first line that the reader has not seen, and a link that jumps there (key u).
import { isHidden } from "./hidden_lines.js";
import { isBefore, isSpoken } from "./line_grouping.js";
import { lastLineInView, readPosition, savePosition } from "./reading_position.js";
import { gettext, ngettext } from "./translate.js";

const main = document.querySelector("main[data-day]");
const list = document.getElementById("lines");
const path = main.dataset.channelUrl;
const position = readPosition(path);
const lines = [...list.querySelectorAll(".line[id]")];

const link = document.createElement("a");
link.className = "unread-link";
link.setAttribute("aria-keyshortcuts", "u");

const markFirstUnread = first => {
  const unread = lines.slice(lines.indexOf(first)).filter(line => isSpoken(line.dataset) && !isHidden(line)).length;
  if (!unread) return;
  const mark = document.createElement("p");
  mark.className = "here-mark";
  mark.append(Object.assign(document.createElement("span"), { textContent: gettext("You were here") }));
  const block = first.closest("details") ?? first;
  // Several lines of one fold: some have been seen.
  if (block.contains(lines[lines.indexOf(first) - 1] ?? null)) block.after(mark);
  else block.before(mark);
  link.href = `#${first.id}`;
  link.textContent = ngettext("↑ %(count)s new since you were here", "↑ %(count)s new since you were here", unread);
  main.append(link);
  // In view, it needs no link.
  new IntersectionObserver(([entry], observer) => {
    if (!entry.isIntersecting) return;
    link.remove();
    observer.disconnect();
  }).observe(mark);
};

if (position && lines.length) {
  const first = lines.find(line => isBefore(position, line.dataset));
  if (first && first !== lines[0]) markFirstUnread(first);
  else if (first && main.dataset.live) {
    // The reader was here on an earlier day, or in an earlier part of this one.
    const [day, time] = [position.at.slice(0, 10), position.at.slice(11, 16)];
    link.href = `${path}?day=${day}&time=${time}`;
    link.textContent = gettext("↑ You were here on %(day)s", { day });
    main.append(link);
  }
}

// Remembered when the page is left or hidden, so that a reload does not forget where the reader was before. Who reads an
// old day has not seen what came after it: it counts only if the page continues what was read.
const save = () => {
  const line = lastLineInView(list);
  const continues = position && lines.length && !isBefore(position, lines[0].dataset);
  if (line && (main.dataset.live || continues)) savePosition(path, line, countSaid(line));
};

// How many lines had been spoken in the channel up to this one; null if that is not known.
const countSaid = line => {
  const all = [...main.querySelectorAll(".line[id]")];
  const isSeen = each => each === line || isBefore(each.dataset, line.dataset);
  // A live page knows the number of all, and shows those that follow.
  if (main.dataset.live)
    return Number(main.dataset.said) - all.filter(each => isSpoken(each.dataset) && !isSeen(each)).length;
  if (position.said === null) return null;
  const isNew = each => isSpoken(each.dataset) && isBefore(position, each.dataset) && isSeen(each);
  return position.said + all.filter(isNew).length;
};
addEventListener("pagehide", save);
document.addEventListener("visibilitychange", () => document.hidden && save());
