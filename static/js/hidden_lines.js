// Less noise: the reader chooses kinds of lines that are not shown, remembered in this browser. theme.js has set the
// classes before the first paint and the style sheet hides the lines; here are the menu and the summaries of folds.
import { foldSummary, HIDEABLE } from "./line_grouping.js";
import { countEvents } from "./line_texts.js";
import { gettext } from "./translate.js";

const root = document.documentElement;
const menu = document.querySelector(".hide-menu");
const boxes = [...menu.querySelectorAll("input")];
const summary = menu.querySelector("summary");

const hiddenNames = () => Object.keys(HIDEABLE).filter(name => root.classList.contains(`hide-${name}`));

export const isHidden = line =>
  hiddenNames().some(name => HIDEABLE[name].includes(line.dataset.kind)) ||
  (root.classList.contains("hide-bots") && line.classList.contains("bot"));

// The summary of a fold counts what is shown of it.
export const updateSummary = fold => {
  const kinds = [...fold.querySelectorAll(".line")].filter(line => !isHidden(line)).map(line => line.dataset.kind);
  const text = foldSummary(kinds, countEvents);
  const heading = fold.querySelector("summary");
  if (heading.textContent !== text) heading.textContent = text;
};

export const updateSummaries = list => {
  if (hiddenNames().length) list.querySelectorAll(".fold").forEach(updateSummary);
};

const showChoice = () => {
  const names = hiddenNames();
  for (const box of boxes) box.checked = names.includes(box.value);
  summary.textContent = names.length ? gettext("Hidden: %(number)s", { number: names.length }) : gettext("Hide…");
};

menu.addEventListener("change", event => {
  root.classList.toggle(`hide-${event.target.value}`, event.target.checked);
  try {
    localStorage.setItem("hide", hiddenNames().join(","));
  } catch {
    // Storage is blocked: the choice then lasts as long as the page.
  }
  // What the server has left out comes with a reload.
  const address = new URL(location.href);
  if (address.searchParams.has("hide")) {
    address.searchParams.delete("hide");
    location.replace(address);
    return;
  }
  document.querySelectorAll(".fold").forEach(updateSummary);
  showChoice();
});
menu.addEventListener("keydown", event => {
  if (event.key !== "Escape" || !menu.open) return;
  event.preventDefault();
  menu.open = false;
  summary.focus();
});
addEventListener("click", event => {
  if (!menu.contains(event.target)) menu.open = false;
});

updateSummaries(document);
showChoice();
