// Lines in the places that a reload would give them (logs/line_grouping.py arranges pages by the same rule).
const SAID = new Set(["message", "action", "notice"]);
const COUNTED = {
  join: "joined",
  part: "left",
  quit: "left",
  netsplit: "lost in a netsplit",
  removed: "removed",
  unlogged: "not logged",
};
const FOLDED = new Set(Object.keys(COUNTED));

const main = document.querySelector("main[data-live]");
export const lines = document.getElementById("lines");
const isPart = lines.previousElementSibling?.matches(".part") ?? false; // the day began on another page
const template = document.createElement("template");

export const rows = [...lines.querySelectorAll(".line")]; // in order of (at, id), also those that have left the page
const known = new Map(rows.map(line => [line.id, line]));

const isBefore = (a, b) =>
  a.dataset.at < b.dataset.at || (a.dataset.at === b.dataset.at && Number(a.dataset.id) < Number(b.dataset.id));
const dayOf = line => line.dataset.at.slice(0, 10);
const foldOf = line => line?.closest("details") ?? null;

// Returns whether the line is the newest one; null if the page does not show it.
export const add = html => {
  template.innerHTML = html;
  const line = template.content.firstElementChild;
  if (known.has(line.id) || dayOf(line) < main.dataset.day) return null;
  let index = rows.length;
  while (index > 0 && isBefore(line, rows[index - 1])) index -= 1;
  if (index === 0 && isPart) return null;
  rows.splice(index, 0, line);
  known.set(line.id, line);
  const [before, after] = [rows[index - 1], rows[index + 1]];
  const newDay = beginDay(line, before);
  if (FOLDED.has(line.dataset.kind)) fold(line, newDay ? null : before, after);
  else insertBetween(line, before, after);
  setSame(line, before);
  if (after) setSame(after, line);
  return !after;
};

export const remove = id => {
  const line = known.get(`l${id}`);
  if (!line) return document.getElementById(`l${id}`)?.remove(); // of a day that was read further up
  known.delete(line.id);
  const index = rows.indexOf(line);
  rows.splice(index, 1);
  const [around, heading] = [foldOf(line), (foldOf(line) ?? line).previousElementSibling];
  line.remove();
  if (around?.querySelector(".line")) summarise(around);
  else around?.remove();
  const [before, after] = [rows[index - 1], rows[index]];
  if (heading?.matches(".day") && !heading.nextElementSibling) heading.remove();
  const [above, below] = [foldOf(before), foldOf(after)];
  if (above && below && above !== below && above.nextElementSibling === below) join(above, below);
  if (after) setSame(after, before);
};

const setSame = (line, before) => {
  const { kind, nick } = line.dataset;
  const goesOn = SAID.has(kind) && before && SAID.has(before.dataset.kind) && before.dataset.nick === nick;
  line.classList.toggle("same", Boolean(goesOn) && dayOf(line) === dayOf(before));
};

const beginDay = (line, before) => {
  const day = dayOf(line);
  if (day === (before ? dayOf(before) : main.dataset.day)) return false;
  if (lines.querySelector(`h2[data-day="${day}"]`)) return true;
  const heading = document.createElement("h2");
  heading.dataset.day = day;
  heading.className = "day";
  heading.textContent = new Date(`${day}T00:00Z`).toLocaleDateString("en-GB", { dateStyle: "full", timeZone: "UTC" });
  lines.append(heading);
  return true;
};

const insertBetween = (node, before, after) => {
  const around = foldOf(after);
  if (around && around === foldOf(before)) split(around, after);
  if (after) (foldOf(after) ?? after).before(node);
  else lines.append(node);
};

const fold = (line, before, after) => {
  const [above, below] = [foldOf(before), foldOf(after)];
  if (above && (above === below || !above.nextElementSibling?.matches(".gap"))) before.after(line);
  else if (below) after.before(line);
  else insertBetween(newFold([line]), before, after);
  summarise(foldOf(line));
};

const newFold = inside => {
  const details = document.createElement("details");
  details.className = "fold";
  details.append(document.createElement("summary"), ...inside);
  return details;
};

const split = (details, from) => {
  const inside = [...details.querySelectorAll(".line")];
  const lower = newFold(inside.slice(inside.indexOf(from)));
  lower.open = details.open;
  details.after(lower);
  summarise(details);
  summarise(lower);
};

const join = (above, below) => {
  above.append(...below.querySelectorAll(".line"));
  below.remove();
  summarise(above);
};

const summarise = details => {
  const counts = new Map(Object.values(COUNTED).map(word => [word, 0]));
  for (const line of details.querySelectorAll(".line")) {
    const word = COUNTED[line.dataset.kind];
    counts.set(word, counts.get(word) + 1);
  }
  const words = [...counts].filter(([, number]) => number).map(([word, number]) => `${number} ${word}`);
  details.querySelector("summary").textContent = words.join(", ");
};
