// Where the reader was in each channel: the last line seen, by its time and id, and how many lines had been spoken until
// then; remembered in this browser only.
import { isBefore } from "./line_grouping.js";

const STEP_PX = 20;

const keyOf = path => `read:${path}`;

export const readPosition = path => {
  try {
    const [at, id, said] = (localStorage.getItem(keyOf(path)) ?? "").split(" ");
    return id ? { at, id, said: said ? Number(said) : null } : null;
  } catch {
    return null; // storage is blocked: nothing is remembered
  }
};

export const savePosition = (path, line, said) => {
  const known = readPosition(path);
  if (known && !isBefore(known, line.dataset)) return;
  try {
    localStorage.setItem(keyOf(path), `${line.dataset.at} ${line.dataset.id} ${said ?? ""}`.trim());
  } catch {
    // Storage is blocked, as above.
  }
};

// Times of whole seconds come without a fraction.
const withFraction = at => (at.includes(".") ? at : at.replace("Z", ".000000Z"));

// What was said in a channel since the reader was there. If the newest line is not newer than the one that was read, only
// older ones came, by an import for example.
export const unreadCount = (path, { lastId = 0, said = 0, lastAt }) => {
  const position = readPosition(path);
  if (!position || !lastAt || withFraction(lastAt) <= withFraction(position.at)) return 0;
  // Positions of earlier versions have no count: ids count lines of all kinds in the order of storing.
  return Math.max(0, position.said === null ? lastId - position.id : said - position.said);
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
