// A page that stays open for days stays quick: lines far above leave the document, and come back as one scrolls up.
import { lines, rows } from "./arrange.js";

const MOST = 2000; // lines in the document before some of them go
const AT_ONCE = 1000;
const shelves = []; // fragments, the lowest last
const shown = lines.getElementsByClassName("line");

const sentinel = document.createElement("p");
sentinel.className = "part";
sentinel.textContent = "Earlier lines";

// Only to be called while the reader is at the end.
export const shelve = () => {
  while (shown.length > MOST) {
    const kept = rows[rows.length - shown.length + AT_ONCE];
    const range = document.createRange();
    range.setStartBefore(lines.firstChild);
    range.setEndBefore(kept.closest("details") ?? kept);
    shelves.push(range.extractContents());
    lines.before(sentinel);
  }
};

const bringBack = () => {
  const mark = lines.firstElementChild;
  const top = mark.getBoundingClientRect().top;
  lines.prepend(shelves.pop());
  if (!shelves.length) sentinel.remove();
  scrollBy({ top: mark.getBoundingClientRect().top - top, behavior: "instant" });
};

const bringAllBack = () => {
  while (shelves.length) bringBack();
};

addEventListener("beforeprint", bringAllBack);
addEventListener("hashchange", () => {
  if (document.getElementById(location.hash.slice(1))) return;
  bringAllBack();
  document.getElementById(location.hash.slice(1))?.scrollIntoView();
});
new IntersectionObserver(([entry]) => {
  if (entry.isIntersecting && shelves.length) bringBack();
}, { rootMargin: "600px 0px" }).observe(sentinel);
