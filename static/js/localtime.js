// Times are UTC in the markup; here they become those of the reader's zone, unless the reader wants UTC.
const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });
const MINUTES = /^\d{4}-\d\d-\d\d \d\d:\d\d$/;

const button = document.getElementById("zone");
const zoneName = document.getElementById("zone-name");
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
let choice = "local";
try {
  choice = localStorage.getItem("zone") ?? choice;
} catch {
  // Storage is forbidden: the choice then lasts as long as the page.
}

const two = number => String(number).padStart(2, "0");
const clock = date => `${two(date.getHours())}:${two(date.getMinutes())}`;
const day = date => `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;

const write = (time, text) => {
  if (time.textContent !== text) time.textContent = text;
};

// The first line of a day of the reader's own says so, unless it is the page's first.
const beginDays = () => {
  let above = "";
  for (const line of document.querySelectorAll(".line[id]")) {
    const date = new Date(line.dataset.at);
    const place = line.closest("details") ?? line;
    const begins = choice === "local" && above !== "" && above !== day(date);
    if (begins) place.dataset.begins = date.toLocaleDateString(undefined, { dateStyle: "full" });
    else if (place === line || place.querySelector(".line") === line) delete place.dataset.begins;
    above = day(date);
  }
};

const show = () => {
  const isLocal = choice === "local";
  for (const time of document.querySelectorAll("time[datetime*=T]")) {
    const date = new Date(time.dateTime);
    if (time.closest(".line, .gap")) write(time, isLocal ? clock(date) : time.dateTime.slice(11, 16));
    else if (MINUTES.test(time.textContent))
      write(time, isLocal ? `${day(date)} ${clock(date)}` : time.dateTime.slice(0, 16).replace("T", " "));
  }
  beginDays();
  button.textContent = `Times: ${isLocal ? "yours" : "UTC"}`;
  const wanted = document.getElementById("time");
  if (wanted) wanted.title = isLocal ? zone : "UTC";
  if (zoneName) zoneName.textContent = isLocal ? `Times are those of ${zone}.` : "Times are UTC.";
};

if (document.documentElement.matches(".elsewhere")) {
  button.addEventListener("click", () => {
    choice = choice === "local" ? "utc" : "local";
    try {
      localStorage.setItem("zone", choice);
    } catch {
      // As above.
    }
    show();
  });
  show();
  let frame = 0;
  new MutationObserver(changes => {
    if (!changes.some(change => [...change.addedNodes].some(node => node.nodeType === Node.ELEMENT_NODE))) return;
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(show);
  }).observe(document.getElementById("main"), { childList: true, subtree: true });
}

// A time to jump to is one of the clock that the page shows; the address has it in UTC.
document.querySelector(".jump")?.addEventListener("formdata", ({ formData }) => {
  const moment = new Date(`${formData.get("day")}T${formData.get("time")}`);
  if (choice !== "local" || Number.isNaN(moment.getTime())) return;
  formData.set("day", moment.toISOString().slice(0, 10));
  formData.set("time", moment.toISOString().slice(11, 16));
});

const tell = event => {
  const time = event.target.closest?.("time") ?? event.target.querySelector?.(":scope > time");
  if (time?.dateTime.includes("T") && !time.title) time.title = FULL.format(new Date(time.dateTime));
};

addEventListener("pointerover", tell);
addEventListener("focusin", tell);
