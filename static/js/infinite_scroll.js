// Scrolling past the first or the last line loads the part or day before or after it, and changes the address with it.
import { updateSummaries } from "./hidden_lines.js";

const NEAR_PX = 900; // distance from an end of the page at which the neighbouring part is loaded

const main = document.querySelector("main[data-day]");
const bar = main.querySelector(".day-bar");

// A part of a day as it was loaded: its addresses and day (data attributes), lines and navigation.
const readPart = doc => {
  const partMain = doc.querySelector("main[data-day]");
  // Few days have lines with colours: the style sheet comes with the first of them.
  const colours = doc.querySelector("link[href*=colours]");
  if (!document.querySelector("link[href*=colours]") && colours) document.head.append(colours);
  return {
    ...partMain.dataset,
    title: doc.title,
    list: partMain.querySelector("#lines"),
    nav: partMain.querySelector(".day-bar .day-nav"),
    links: [...partMain.querySelectorAll("p.part-link")],
  };
};
const parts = [{ ...readPart(document), url: location.pathname + location.search }]; // from top to bottom
let currentPart = parts[0];
let isLoading = false;

const createHeading = part => {
  const heading = document.createElement("h2");
  heading.className = "day";
  heading.textContent = part.nav.querySelector("h2").textContent;
  return heading;
};

const insertPart = (part, isAbove) => {
  const neighbour = isAbove ? parts[0] : parts.at(-1);
  part.list.removeAttribute("id"); // the document has #lines already
  updateSummaries(part.list);
  const height = document.documentElement.scrollHeight;
  const top = scrollY;
  const between = part.day === neighbour.day ? [] : [createHeading(isAbove ? neighbour : part)];
  if (isAbove) neighbour.list.before(part.list, ...between);
  else neighbour.list.after(...between, part.list);
  if (isAbove) {
    parts.unshift(part);
    // What the reader sees stays in place although the page grew above it.
    scrollTo({ top: top + document.documentElement.scrollHeight - height, behavior: "instant" });
  } else parts.push(part);
};

const loadNeighbour = async isAbove => {
  const end = isAbove ? parts[0] : parts.at(-1);
  const url = isAbove ? end.earlier : end.later;
  if (isLoading || !url) return;
  isLoading = true;
  try {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`${url}: ${response.status}`);
    const part = readPart(new DOMParser().parseFromString(await response.text(), "text/html"));
    if (part.live !== undefined) return; // today is live only on its own page, to which a link leads
    for (const link of end.links) if (link.firstElementChild.getAttribute("href") === url) link.remove();
    insertPart({ ...part, url }, isAbove);
  } finally {
    isLoading = false;
  }
};

// The address, the title and the bar are those of the part in the upper third of the window.
const updateCurrentPart = () => {
  const readingLine = innerHeight / 3;
  const part = parts.findLast(each => each.list.getBoundingClientRect().top <= readingLine) ?? parts[0];
  if (part === currentPart) return;
  currentPart = part;
  history.replaceState(history.state, "", part.url);
  document.title = part.title;
  bar.querySelector(".day-nav").replaceWith(part.nav);
};

let lastScrollY = scrollY;
let frame = 0;
const onMove = isUpwards => {
  cancelAnimationFrame(frame);
  frame = requestAnimationFrame(() => {
    const below = document.documentElement.scrollHeight - scrollY - innerHeight;
    if (isUpwards && scrollY < NEAR_PX) loadNeighbour(true);
    else if (!isUpwards && below < NEAR_PX) loadNeighbour(false);
    if (parts.length > 1) updateCurrentPart();
  });
};

addEventListener("scroll", () => {
  onMove(scrollY < lastScrollY);
  lastScrollY = scrollY;
}, { passive: true });
// At an end of the page the wheel turns without a scroll event.
addEventListener("wheel", event => onMove(event.deltaY < 0), { passive: true });
