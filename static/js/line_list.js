// The list of lines on a live page: puts each new line where a reload of the page would show it.
import { isHidden, updateSummary } from "./hidden_lines.js";
import { continuesRun, dayOf, isBefore, isFolded, isSpoken } from "./line_grouping.js";
import { translateGap, translateLine } from "./line_texts.js";
import { formatDay } from "./translate.js";

const main = document.querySelector("main[data-live]");
export const lineList = document.getElementById("lines");
const hasEarlierPart = lineList.previousElementSibling?.matches(".part-link") ?? false; // the day began on another page
const template = document.createElement("template");

// All lines in order of (at, id), including those that have left the document (offscreen_lines.js).
export const lines = [...lineList.querySelectorAll(".line")];
const linesById = new Map(lines.map(line => [line.id, line]));

const foldOf = line => line?.closest("details") ?? null;

// Returns whether the line is the newest one that the reader sees; null if the page does not show it.
export const addLine = html => {
  template.innerHTML = html;
  const line = template.content.firstElementChild;
  if (linesById.has(line.id)) return null;
  if (isSpoken(line.dataset)) main.dataset.said = Number(main.dataset.said) + 1;
  if (dayOf(line.dataset) < main.dataset.day) return null;
  translateLine(line);
  // New lines are nearly always the newest: searching from the end ends after one step.
  let index = lines.length;
  while (index > 0 && isBefore(line.dataset, lines[index - 1].dataset)) index -= 1;
  if (index === 0 && hasEarlierPart) return null;
  lines.splice(index, 0, line);
  linesById.set(line.id, line);
  const [previous, next] = [lines[index - 1], lines[index + 1]];
  const beginsDay = addDayHeading(line, previous);
  // A fold does not reach across a day's heading.
  if (isFolded(line.dataset)) addToFold(line, beginsDay ? null : previous, next);
  else insertBetween(line, previous, next);
  updateRun(line, previous);
  if (next) updateRun(next, line);
  return !next && !isHidden(line);
};

export const removeLine = id => {
  const line = linesById.get(`l${id}`);
  // A line of an earlier day, which infinite_scroll.js has loaded above this one.
  if (!line) return document.getElementById(`l${id}`)?.remove();
  if (isSpoken(line.dataset)) main.dataset.said -= 1;
  linesById.delete(line.id);
  const index = lines.indexOf(line);
  lines.splice(index, 1);
  const fold = foldOf(line);
  const heading = (fold ?? line).previousElementSibling;
  line.remove();
  if (fold?.querySelector(".line")) updateSummary(fold);
  else fold?.remove();
  const [previous, next] = [lines[index - 1], lines[index]];
  if (heading?.matches(".day") && !heading.nextElementSibling) heading.remove();
  // Two folds that only the removed line kept apart become one.
  const [above, below] = [foldOf(previous), foldOf(next)];
  if (above && below && above !== below && above.nextElementSibling === below) mergeFolds(above, below);
  if (next) updateRun(next, previous);
};

const updateRun = (line, previous) => {
  line.classList.toggle("same", continuesRun(line.dataset, previous?.dataset));
};

// Gaps

const gaps = new Map([...lineList.querySelectorAll(".gap")].map(gap => [gap.dataset.gap, gap]));
const startOf = gap => gap.querySelector("time").dateTime;

// Shows a gap that opened or changed where a reload would: before the first line after its start.
export const showGap = ({ gap: number, start, end, words, html }) => {
  removeGap(number);
  if (end && end < main.dataset.day) return;
  template.innerHTML = html;
  const gap = template.content.firstElementChild;
  translateGap(gap, words);
  gaps.set(gap.dataset.gap, gap);
  let index = lines.length;
  while (index > 0 && lines[index - 1].dataset.at > start) index -= 1;
  insertBetween(gap, lines[index - 1], lines[index]);
  // Several gaps in one place are in order of their starts.
  while (gap.previousElementSibling?.matches(".gap") && startOf(gap.previousElementSibling) > startOf(gap))
    gap.previousElementSibling.before(gap);
};

export const removeGap = number => {
  // Those of earlier days (infinite_scroll.js) are in the document, those that have left it (offscreen_lines.js) are not.
  for (const gap of new Set([...document.querySelectorAll(`[data-gap="${number}"]`), gaps.get(`${number}`)])) {
    if (!gap) continue;
    const [above, below] = [gap.previousElementSibling, gap.nextElementSibling];
    gap.remove();
    if (above?.matches(".fold") && below?.matches(".fold")) mergeFolds(above, below);
  }
  gaps.delete(`${number}`);
};

// Adds the heading of the line's day if the page does not show it yet. Returns whether the line begins a day.
const addDayHeading = (line, previous) => {
  const day = dayOf(line.dataset);
  if (day === (previous ? dayOf(previous.dataset) : main.dataset.day)) return false;
  if (lineList.querySelector(`h2[data-day="${day}"]`)) return true;
  const heading = document.createElement("h2");
  heading.dataset.day = day;
  heading.className = "day";
  heading.textContent = formatDay(new Date(`${day}T00:00Z`));
  lineList.append(heading);
  return true;
};

const insertBetween = (node, previous, next) => {
  const fold = foldOf(next);
  if (fold && fold === foldOf(previous)) splitFold(fold, next);
  if (next) (foldOf(next) ?? next).before(node);
  else lineList.append(node);
};

const addToFold = (line, previous, next) => {
  const [above, below] = [foldOf(previous), foldOf(next)];
  // A gap below the fold above separates it from this line.
  if (above && (above === below || !above.nextElementSibling?.matches(".gap"))) previous.after(line);
  else if (below) next.before(line);
  else insertBetween(createFold([line]), previous, next);
  updateSummary(foldOf(line));
};

const createFold = content => {
  const fold = document.createElement("details");
  fold.className = "fold";
  fold.append(document.createElement("summary"), ...content);
  return fold;
};

const splitFold = (fold, firstBelow) => {
  const folded = [...fold.querySelectorAll(".line")];
  const lower = createFold(folded.slice(folded.indexOf(firstBelow)));
  lower.open = fold.open;
  fold.after(lower);
  updateSummary(fold);
  updateSummary(lower);
};

const mergeFolds = (above, below) => {
  above.append(...below.querySelectorAll(".line"));
  below.remove();
  updateSummary(above);
};
