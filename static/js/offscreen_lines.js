// Keeps pages fast that stay open for days: lines far above leave the document and return when the reader scrolls up.
import { lineList, lines } from "./line_list.js";
import { gettext } from "./translate.js";

const MAX_LINES = 2000; // lines in the document before some of them are removed
const BATCH_LINES = 1000;
const removedBatches = []; // document fragments, the lowest on the page last
const visibleLines = lineList.getElementsByClassName("line"); // a live collection

const sentinel = document.createElement("p");
sentinel.className = "part-link";
sentinel.textContent = gettext("Earlier lines");

// To be called only while the reader is at the end of the page: it does not correct the scroll position.
export const removeOffscreenLines = () => {
  while (visibleLines.length > MAX_LINES) {
    const firstKept = lines[lines.length - visibleLines.length + BATCH_LINES];
    const range = document.createRange();
    range.setStartBefore(lineList.firstChild);
    range.setEndBefore(firstKept.closest("details") ?? firstKept);
    removedBatches.push(range.extractContents());
    lineList.before(sentinel);
  }
};

const restoreBatch = () => {
  // The element that was the first one stays where the reader sees it.
  const anchor = lineList.firstElementChild;
  const top = anchor.getBoundingClientRect().top;
  lineList.prepend(removedBatches.pop());
  if (!removedBatches.length) sentinel.remove();
  scrollBy({ top: anchor.getBoundingClientRect().top - top, behavior: "instant" });
};

const restoreAll = () => {
  while (removedBatches.length) restoreBatch();
};

addEventListener("beforeprint", restoreAll);
addEventListener("hashchange", () => {
  if (document.getElementById(location.hash.slice(1))) return;
  restoreAll();
  document.getElementById(location.hash.slice(1))?.scrollIntoView();
});
new IntersectionObserver(([entry]) => {
  if (entry.isIntersecting && removedBatches.length) restoreBatch();
}, { rootMargin: "600px 0px" }).observe(sentinel);
