// Where the reader was in each channel: the last line seen, by its time and id, remembered in this browser only.
import { isBefore } from "./line_grouping.js";

const STEP_PX = 20;

const keyOf = path => `read:${path}`;

export const readPosition = path => {
  try {
    const [at, id] = (localStorage.getItem(keyOf(path)) ?? "").split(" ");
    return id ? { at, id } : null;
  } catch {
    return null; // storage is blocked: nothing is remembered
  }
};

export const savePosition = (path, line) => {
  const known = readPosition(path);
  if (known && !isBefore(known, line.dataset)) return;
  try {
    localStorage.setItem(keyOf(path), `${line.dataset.at} ${line.dataset.id}`);
  } catch {
    // Storage is blocked, as above.
  }
};

// Times of whole seconds come without a fraction.
const withFraction = at => (at.includes(".") ? at : at.replace("Z", ".000000Z"));

// Lines of a channel since the reader was there. Ids count lines in the order in which they were stored: if the newest
// line is not newer than the one that was read, only older ones came, by an import for example.
export const unreadCount = (path, lastId, lastAt) => {
  const position = readPosition(path);
  if (!position || !lastAt || withFraction(lastAt) <= withFraction(position.at)) return 0;
  return Math.max(0, lastId - Number(position.id));
};

// The last line in view, or null.
export const lastLineInView = list => {
  const x = list.getBoundingClientRect().left + 30;
  for (let y = innerHeight - 2; y > 0; y -= STEP_PX) {
    const line = document.elementFromPoint(x, y)?.closest(".line[id]");
    if (line) return line;
  }
  return null;
};
