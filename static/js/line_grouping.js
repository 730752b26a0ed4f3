// How lines are grouped on a page: the same rules as logs/line_grouping.py, without the document, so that a test can
// compare the two.
const SPOKEN_KINDS = new Set(["message", "action", "notice"]);
// What the heading of a fold says of the lines of a kind: of one of them, and of several where that differs.
const FOLD_WORDS = {
  join: "joined",
  part: "left",
  quit: "left",
  netsplit: "lost in a netsplit",
  nick: "renamed",
  mode: "mode change|mode changes",
  removed: "removed",
  unlogged: "not logged",
};
// What a reader can hide, and the kinds of these lines. Lines of bots are known by their class.
export const HIDEABLE = {
  joins: ["join", "part", "quit", "netsplit"],
  nicks: ["nick"],
  modes: ["mode"],
  notices: ["notice"],
  bots: [],
};
const FOLDED_KINDS = new Set(Object.keys(FOLD_WORDS));

export const isSpoken = line => SPOKEN_KINDS.has(line.kind);

export const dayOf = line => line.at.slice(0, 10);

export const isFolded = line => FOLDED_KINDS.has(line.kind);

// Lines are in order of time; those of the same moment in order of their ids.
export const isBefore = (a, b) => a.at < b.at || (a.at === b.at && Number(a.id) < Number(b.id));

// Whether a line continues a run of lines by one nick, which shows the nick once. A new day begins a new run.
export const continuesRun = (line, previous) =>
  Boolean(previous) &&
  isSpoken(line) &&
  isSpoken(previous) &&
  line.nick === previous.nick &&
  dayOf(line) === dayOf(previous);

// The heading of a fold, for example "5 joined, 3 left, 1 mode change"; `describe` is given a count and its words.
export const foldSummary = (kinds, describe = (count, one, many) => `${count} ${count === 1 ? one : many}`) => {
  const counts = new Map(Object.values(FOLD_WORDS).map(word => [word, 0]));
  for (const kind of kinds) counts.set(FOLD_WORDS[kind], counts.get(FOLD_WORDS[kind]) + 1);
  return [...counts]
    .filter(([, count]) => count)
    .map(([words, count]) => describe(count, words.split("|")[0], words.split("|").at(-1)))
    .join(", ");
};
