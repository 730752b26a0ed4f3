// Times are UTC in the markup; this script shows them in the reader's zone unless the reader chose UTC.
const FULL_FORMAT = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });
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
const formatClock = date => `${pad(date.getHours())}:${pad(date.getMinutes())}`;
const formatDay = date => `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;

// Unchanged text is not written: each write would make the browser lay the line out again.
const setText = (time, text) => {
  if (time.textContent !== text) time.textContent = text;
};

// Shows a heading above the first line of each day in the reader's zone, except above the page's first line.
const markDays = () => {
  let previousDay = "";
  for (const line of document.querySelectorAll(".line[id]")) {
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
    if (time.closest(".line, .gap")) setText(time, isLocal ? formatClock(date) : time.dateTime.slice(11, 16));
    else if (DATE_AND_MINUTES.test(time.textContent))
      setText(time, isLocal ? `${formatDay(date)} ${formatClock(date)}` : time.dateTime.slice(0, 16).replace("T", " "));
  }
  markDays();
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
