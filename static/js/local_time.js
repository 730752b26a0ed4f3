// Times are UTC in the markup; this script shows them in the reader's zone unless the reader chose UTC.
const FULL_FORMAT = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });
const HEADING_FORMAT = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "short" });
const DATE_AND_MINUTES = /^\d{4}-\d\d-\d\d \d\d:\d\d$/;

const button = document.getElementById("time-zone-button");
const zoneNote = document.getElementById("time-zone-name");
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
let choice = "local";
try {
  choice = localStorage.getItem("zone") ?? choice;
} catch {
  // Storage is blocked: the choice then lasts as long as the page.
}

const pad = number => String(number).padStart(2, "0");
const formatDay = date => `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
const formatHour = date => `${pad(date.getHours())}:${pad(date.getMinutes())}`;

// On the day on which clocks are set back an hour comes twice: its times carry their offset from UTC, as 02:15+01.
const offsetsByDay = new Map();
const changesOffset = date => {
  const day = Math.floor(date / 86_400_000);
  if (!offsetsByDay.has(day)) {
    const [before, after] = [day - 0.5, day + 1.5].map(time => new Date(time * 86_400_000).getTimezoneOffset());
    offsetsByDay.set(day, before < after);
  }
  return offsetsByDay.get(day);
};
const comesTwice = date =>
  changesOffset(date) &&
  [-60, -30, 30, 60].some(minutes => formatHour(new Date(date.getTime() + minutes * 60_000)) === formatHour(date));
const formatOffset = date => {
  const minutes = -date.getTimezoneOffset();
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `${minutes < 0 ? "−" : "+"}${pad(hours)}${rest ? `:${pad(rest)}` : ""}`;
};
const formatClock = date => formatHour(date) + (comesTwice(date) ? formatOffset(date) : "");

// Unchanged text is not written: each write would make the browser lay the line out again.
const setText = (time, text) => {
  if (time.textContent !== text) time.textContent = text;
};

// Shows a heading above the first line of each day in the reader's zone. The page's own day is one of UTC: its first
// line needs a heading only if it is of another day. A list of several days has one above its first line, too.
const markDays = () => {
  const lines = document.querySelectorAll(".line[id]");
  let previousDay = "";
  if (document.querySelector("main[data-day]")) previousDay = lines[0]?.dataset.at.slice(0, 10) ?? "";
  else if (document.querySelector("main[data-days]")) previousDay = "none";
  for (const line of lines) {
    const date = new Date(line.dataset.at);
    const block = line.closest("details") ?? line;
    const beginsDay = choice === "local" && previousDay !== "" && previousDay !== formatDay(date);
    if (beginsDay) block.dataset.dayHeading = date.toLocaleDateString(undefined, { dateStyle: "full" });
    else if (block === line || block.querySelector(".line") === line) delete block.dataset.dayHeading;
    previousDay = formatDay(date);
  }
};

const showTimes = () => {
  const isLocal = choice === "local";
  for (const time of document.querySelectorAll("time[datetime*=T]")) {
    const date = new Date(time.dateTime);
    if (time.dataset.form === "date and time") {
      time.dataset.utc ??= time.textContent;
      setText(time, isLocal ? HEADING_FORMAT.format(date) : time.dataset.utc);
    } else if (time.closest(".line, .gap")) setText(time, isLocal ? formatClock(date) : time.dateTime.slice(11, 16));
    else if (DATE_AND_MINUTES.test(time.textContent))
      setText(time, isLocal ? `${formatDay(date)} ${formatClock(date)}` : time.dateTime.slice(0, 16).replace("T", " "));
  }
  markDays();
  // Days of UTC are named as such where the times are of another zone; headings between days are then those of the zone.
  document.documentElement.classList.toggle("local-times", isLocal && document.documentElement.matches(".not-utc"));
  button.textContent = `Times: ${isLocal ? "local" : "UTC"}`;
  const timeInput = document.getElementById("time");
  if (timeInput) timeInput.title = isLocal ? zone : "UTC";
  if (zoneNote) zoneNote.textContent = isLocal ? `Times are in ${zone}.` : "Times are UTC.";
};

if (document.documentElement.matches(".not-utc")) {
  button.addEventListener("click", () => {
    choice = choice === "local" ? "utc" : "local";
    try {
      localStorage.setItem("zone", choice);
    } catch {
      // Storage is blocked, as above.
    }
    showTimes();
  });
  showTimes();
  // Lines that arrive later are converted as well, at most once a frame.
  let frame = 0;
  new MutationObserver(changes => {
    if (!changes.some(change => [...change.addedNodes].some(node => node.nodeType === Node.ELEMENT_NODE))) return;
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(showTimes);
  }).observe(document.getElementById("main"), { childList: true, subtree: true });
}

// The form to jump to a time uses the zone that the page shows; the address has the time in UTC.
document.querySelector(".jump-form")?.addEventListener("formdata", ({ formData }) => {
  const moment = new Date(`${formData.get("day")}T${formData.get("time")}`);
  if (choice !== "local" || Number.isNaN(moment.getTime())) return;
  formData.set("day", moment.toISOString().slice(0, 10));
  formData.set("time", moment.toISOString().slice(11, 16));
});

// Hovering or focusing a time shows its date and zone. Set only then: a page has thousands of times.
const setTitle = event => {
  const time = event.target.closest?.("time") ?? event.target.querySelector?.(":scope > time");
  if (time?.dateTime.includes("T") && !time.title) time.title = FULL_FORMAT.format(new Date(time.dateTime));
};

addEventListener("pointerover", setTitle);
addEventListener("focusin", setTitle);
