// Times are UTC in the markup; this script shows them in the zone that the reader chose: their own, UTC, or the one that
// the channel's owners named.
import { gettext, LOCALE } from "./translate.js";

const DATE_AND_MINUTES = /^\d{4}-\d\d-\d\d \d\d:\d\d$/;
const QUARTER_MS = 900_000; // zones change their offset at whole quarters of an hour
const MINUTE_MS = 60_000;

const select = document.getElementById("time-zone");
const zoneNote = document.getElementById("time-zone-name");
const channelZone = select.querySelector("[value=channel]")?.dataset.zone ?? "";
const localZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
let choice = "local";
try {
  choice = localStorage.getItem("zone") ?? choice;
} catch {
  // Storage is blocked: the choice then lasts as long as the page.
}

// A channel without a zone of its own is read in the reader's.
if (![...select.options].some(option => option.value === choice)) choice = "local";

const zoneOf = () => ({ utc: "UTC", channel: channelZone })[choice] ?? localZone;
let fullFormat;
let headingFormat;
let offsetFormat;
let offsets; // by quarter of an hour
let clocksSetBack; // by day
const makeFormats = () => {
  offsets = new Map();
  clocksSetBack = new Map();
  offsetFormat = new Intl.DateTimeFormat("en-GB", { timeZone: zoneOf(), timeZoneName: "longOffset" });
  fullFormat = new Intl.DateTimeFormat(LOCALE, { dateStyle: "full", timeStyle: "long", timeZone: zoneOf() });
  headingFormat = new Intl.DateTimeFormat(LOCALE, { dateStyle: "full", timeStyle: "short", timeZone: zoneOf() });
};

// Minutes by which the zone is ahead of UTC.
const offsetOf = date => {
  const quarter = Math.floor(date / QUARTER_MS);
  if (!offsets.has(quarter)) {
    const name = offsetFormat.formatToParts(date).find(part => part.type === "timeZoneName").value; // GMT, GMT+05:30
    const [, sign, hours, minutes] = /GMT(?:([+-])(\d+):(\d+))?/.exec(name);
    offsets.set(quarter, (sign === "-" ? -1 : 1) * (Number(hours ?? 0) * 60 + Number(minutes ?? 0)));
  }
  return offsets.get(quarter);
};
// A date whose parts in UTC are those that clocks of the zone show.
const shift = date => new Date(date.getTime() + offsetOf(date) * MINUTE_MS);

const pad = number => String(number).padStart(2, "0");
const formatDay = date => shift(date).toISOString().slice(0, 10);
const formatHour = date => shift(date).toISOString().slice(11, 16);

// On the day on which clocks are set back an hour comes twice: its times carry their offset from UTC, as 02:15+01.
const setsClocksBack = date => {
  const day = Math.floor(date / 86_400_000);
  if (!clocksSetBack.has(day)) {
    const [before, after] = [day - 0.5, day + 1.5].map(time => offsetOf(new Date(time * 86_400_000)));
    clocksSetBack.set(day, before > after);
  }
  return clocksSetBack.get(day);
};
const comesTwice = date =>
  setsClocksBack(date) &&
  [-60, -30, 30, 60].some(minutes => formatHour(new Date(date.getTime() + minutes * MINUTE_MS)) === formatHour(date));
const formatOffset = date => {
  const minutes = offsetOf(date);
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `${minutes < 0 ? "−" : "+"}${pad(hours)}${rest ? `:${pad(rest)}` : ""}`;
};
const formatClock = date => formatHour(date) + (comesTwice(date) ? formatOffset(date) : "");

// Unchanged text is not written: each write would make the browser lay the line out again.
const setText = (time, text) => {
  if (time.textContent !== text) time.textContent = text;
};

// Shows a heading above the first line of each day in the chosen zone. The page's own day is one of UTC: its first
// line needs a heading only if it is of another day. A list of several days has one above its first line, too.
const markDays = () => {
  const lines = document.querySelectorAll(".line[id]");
  let previousDay = "";
  if (document.querySelector("main[data-day]")) previousDay = lines[0]?.dataset.at.slice(0, 10) ?? "";
  else if (document.querySelector("main[data-days]")) previousDay = "none";
  for (const line of lines) {
    const date = new Date(line.dataset.at);
    const block = line.closest("details") ?? line;
    const beginsDay = choice !== "utc" && previousDay !== "" && previousDay !== formatDay(date);
    if (beginsDay) block.dataset.dayHeading = date.toLocaleDateString(LOCALE, { dateStyle: "full", timeZone: zoneOf() });
    else if (block === line || block.querySelector(".line") === line) delete block.dataset.dayHeading;
    previousDay = formatDay(date);
  }
};

const showTimes = () => {
  const isUtc = choice === "utc";
  for (const time of document.querySelectorAll("time[datetime*=T]")) {
    const date = new Date(time.dateTime);
    if (time.dataset.form === "date and time") {
      time.dataset.utc ??= time.textContent;
      setText(time, isUtc ? time.dataset.utc : headingFormat.format(date));
    } else if (time.closest(".line, .gap")) setText(time, isUtc ? time.dateTime.slice(11, 16) : formatClock(date));
    else if (DATE_AND_MINUTES.test(time.textContent))
      setText(time, isUtc ? time.dateTime.slice(0, 16).replace("T", " ") : `${formatDay(date)} ${formatClock(date)}`);
  }
  markDays();
  // Days of UTC are named as such where the times are of another zone; headings between days are then those of the zone.
  const differs = choice === "channel" || (!isUtc && document.documentElement.matches(".not-utc"));
  document.documentElement.classList.toggle("local-times", differs);
  select.value = choice;
  const timeInput = document.getElementById("time");
  if (timeInput) timeInput.title = zoneOf();
  if (zoneNote) zoneNote.textContent = isUtc ? gettext("Times are UTC.") : gettext("Times are in %(zone)s.", { zone: zoneOf() });
};

makeFormats();
if (document.documentElement.matches(".not-utc") || channelZone) {
  select.addEventListener("change", () => {
    choice = select.value;
    try {
      localStorage.setItem("zone", choice);
    } catch {
      // Storage is blocked, as above.
    }
    makeFormats();
    for (const time of document.querySelectorAll("time[title]")) time.removeAttribute("title");
    showTimes();
  });
  showTimes();
  // Lines that arrive later are converted as well, at most once a frame.
  let frame = 0;
  const hasTime = node => node.matches?.("time") || node.querySelector?.("time");
  new MutationObserver(changes => {
    if (!changes.some(change => [...change.addedNodes].some(hasTime))) return;
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(showTimes);
  }).observe(document.getElementById("main"), { childList: true, subtree: true });
}

// The form to jump to a time uses the zone that the page shows; the address has the time in UTC.
document.querySelector(".jump-form")?.addEventListener("formdata", ({ formData }) => {
  const clock = Date.parse(`${formData.get("day")}T${formData.get("time")}Z`);
  if (choice === "utc" || Number.isNaN(clock)) return;
  // The offset is that of the moment, which the first guess may miss by an hour.
  const guess = new Date(clock - offsetOf(new Date(clock)) * MINUTE_MS);
  const moment = new Date(clock - offsetOf(guess) * MINUTE_MS);
  formData.set("day", moment.toISOString().slice(0, 10));
  formData.set("time", moment.toISOString().slice(11, 16));
});

// Hovering or focusing a time shows its date and zone. Set only then: a page has thousands of times.
const setTitle = event => {
  const time = event.target.closest?.("time") ?? event.target.querySelector?.(":scope > time");
  if (time?.dateTime.includes("T") && !time.title) time.title = fullFormat.format(new Date(time.dateTime));
};

addEventListener("pointerover", setTitle);
addEventListener("focusin", setTitle);
