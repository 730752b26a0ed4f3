// Times are UTC; resting on one tells it in the reader's own zone.
const format = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });

const tell = event => {
  const time = event.target.closest?.("time") ?? event.target.querySelector?.(":scope > time");
  if (time?.dateTime.includes("T") && !time.title) time.title = format.format(new Date(time.dateTime));
};

addEventListener("pointerover", tell);
addEventListener("focusin", tell);
