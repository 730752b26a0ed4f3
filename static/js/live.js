// Live: new lines take the places that a reload would give them (logs/render.py arranges pages by the same rule).
const SAID = new Set(["message", "action", "notice"]);
const FOLDED = new Set(["join", "part", "quit"]);
const PAUSE_AFTER = 10 * 60_000; // a tab that nobody has looked at for so long stops listening until it is looked at
const STATES = { live: "Live", reconnecting: "Reconnecting…", offline: "Offline", paused: "Paused" };

const main = document.querySelector("main[data-live]");
const lines = document.getElementById("lines");
const isPart = lines.previousElementSibling?.matches(".part") ?? false; // the day began on another page
const rows = [...lines.querySelectorAll(".line")]; // in order of (at, id)
const template = document.createElement("template");
let last = Number(main.dataset.lastId);

// Where a line belongs

const isBefore = (a, b) =>
  a.dataset.at < b.dataset.at || (a.dataset.at === b.dataset.at && Number(a.dataset.id) < Number(b.dataset.id));
const dayOf = line => line.dataset.at.slice(0, 10);
const foldOf = line => line?.closest("details") ?? null;

const add = html => {
  template.innerHTML = html;
  const line = template.content.firstElementChild;
  if (document.getElementById(line.id) || dayOf(line) < main.dataset.day) return null;
  let index = rows.length;
  while (index > 0 && isBefore(line, rows[index - 1])) index -= 1;
  if (index === 0 && isPart) return null;
  rows.splice(index, 0, line);
  const [before, after] = [rows[index - 1], rows[index + 1]];
  const newDay = beginDay(line, before);
  if (FOLDED.has(line.dataset.kind)) fold(line, newDay ? null : before, after);
  else insertBetween(line, before, after);
  setSame(line, before);
  if (after) setSame(after, line);
  return { line, isNewest: !after };
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
  lines.insertBefore(node, after ? (foldOf(after) ?? after) : null);
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

const summarise = details => {
  const kinds = [...details.querySelectorAll(".line")].map(line => line.dataset.kind);
  const joined = kinds.filter(kind => kind === "join").length;
  const words = [[joined, "joined"], [kinds.length - joined, "left"]].filter(([count]) => count);
  details.querySelector("summary").textContent = words.map(([count, word]) => `${count} ${word}`).join(", ");
};

// What the reader notices

const button = document.getElementById("new-lines");
const title = document.title;
let below = 0; // lines that came while the reader was reading further up
let unseen = 0; // lines that came while the tab was hidden

const isAtEnd = () => lines.getBoundingClientRect().bottom <= innerHeight + 40;
const goToEnd = () => scrollTo({ top: document.documentElement.scrollHeight, behavior: "instant" });

const tell = () => {
  button.hidden = below === 0;
  button.textContent = below === 1 ? "1 new line" : `${below} new lines`;
  document.title = unseen ? `(${unseen}) ${title}` : title;
};

const arrived = [];
const showArrived = () => {
  const wasAtEnd = isAtEnd();
  const added = arrived.splice(0).map(add).filter(Boolean);
  if (!added.length) return;
  const newest = added.filter(({ isNewest }) => isNewest).length;
  if (wasAtEnd) goToEnd();
  else below += newest;
  if (document.hidden) unseen += newest;
  tell();
};

button.addEventListener("click", goToEnd);
addEventListener("scroll", () => {
  if (below && isAtEnd()) {
    below = 0;
    tell();
  }
}, { passive: true });

// The stream

const stateText = document.getElementById("live-state");
let source = null;
let failures = 0;
let timer = 0;

const show = state => {
  stateText.className = state === "live" ? "on" : "";
  stateText.textContent = STATES[state];
};

const connect = () => {
  clearTimeout(timer);
  source?.close();
  source = new EventSource(`${main.dataset.live}?after=${last}`);
  source.addEventListener("open", () => {
    failures = 0;
    show("live");
  });
  source.addEventListener("line", event => {
    last = Math.max(last, Number(event.lastEventId));
    if (arrived.push(JSON.parse(event.data).html) === 1) setTimeout(showArrived, 20);
  });
  source.addEventListener("reload", () => {
    source.close();
    setTimeout(() => location.reload(), Math.random() * 2000);
  });
  source.addEventListener("error", () => {
    show(navigator.onLine ? "reconnecting" : "offline");
    if (source.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
    show("offline");
    timer = setTimeout(connect, Math.min(60_000, 2000 * 2 ** failures) * (0.5 + Math.random() / 2));
    failures += 1;
  });
};

const pause = () => {
  source.close();
  source = null;
  show("paused");
};

document.addEventListener("visibilitychange", () => {
  clearTimeout(pauseTimer);
  if (document.hidden) {
    pauseTimer = setTimeout(pause, PAUSE_AFTER);
    return;
  }
  unseen = 0;
  tell();
  if (!source) connect();
});
addEventListener("online", connect);
addEventListener("offline", () => show("offline"));

let pauseTimer = 0;
const [navigation] = performance.getEntriesByType("navigation");
if (!location.hash && navigation?.type === "navigate") goToEnd();
show("reconnecting");
connect();
