// Reading on: whoever scrolls past the first or the last line gets the lines before or after it, and their address.
const NEAR = 900; // pixels from an end at which its neighbour is fetched

const main = document.querySelector("main[data-day]");
const bar = main.querySelector(".bar");

// What was read so far, upwards to downwards; `place` holds the lines, `days` the way to the days beside them.
const here = doc => {
  const found = doc.querySelector("main[data-day]");
  return {
    ...found.dataset,
    title: doc.title,
    place: found.querySelector("#lines"),
    days: found.querySelector(".bar .days"),
    parts: [...found.querySelectorAll("p.part")],
  };
};
const read = [{ ...here(document), url: location.pathname + location.search }];
let current = read[0];
let busy = false;

const heading = part => {
  const title = document.createElement("h2");
  title.className = "day";
  title.textContent = part.days.querySelector("h2").textContent;
  return title;
};

const insert = (part, isBefore) => {
  const end = isBefore ? read[0] : read.at(-1);
  part.place.removeAttribute("id");
  const height = document.documentElement.scrollHeight;
  const top = scrollY;
  const between = part.day === end.day ? [] : [heading(isBefore ? end : part)];
  if (isBefore) end.place.before(part.place, ...between);
  else end.place.after(...between, part.place);
  if (isBefore) {
    read.unshift(part);
    scrollTo({ top: top + document.documentElement.scrollHeight - height, behavior: "instant" });
  } else read.push(part);
};

const fetchBeside = async isBefore => {
  const end = isBefore ? read[0] : read.at(-1);
  const url = isBefore ? end.earlier : end.later;
  if (busy || !url) return;
  busy = true;
  try {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`${url}: ${response.status}`);
    const part = here(new DOMParser().parseFromString(await response.text(), "text/html"));
    if (part.live !== undefined) return; // today goes on by itself: its link leads there
    for (const link of end.parts) if (link.firstElementChild.getAttribute("href") === url) link.remove();
    insert({ ...part, url }, isBefore);
  } finally {
    busy = false;
  }
};

const follow = () => {
  const middle = innerHeight / 3;
  const seen = read.findLast(part => part.place.getBoundingClientRect().top <= middle) ?? read[0];
  if (seen === current) return;
  current = seen;
  history.replaceState(history.state, "", seen.url);
  document.title = seen.title;
  bar.querySelector(".days").replaceWith(seen.days);
};

let last = scrollY;
let frame = 0;
const moved = up => {
  cancelAnimationFrame(frame);
  frame = requestAnimationFrame(() => {
    const below = document.documentElement.scrollHeight - scrollY - innerHeight;
    if (up && scrollY < NEAR) fetchBeside(true);
    else if (!up && below < NEAR) fetchBeside(false);
    if (read.length > 1) follow();
  });
};

addEventListener("scroll", () => {
  moved(scrollY < last);
  last = scrollY;
}, { passive: true });
addEventListener("wheel", event => moved(event.deltaY < 0), { passive: true });
