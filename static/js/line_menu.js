// The menu of a line, for moderators: on a line, or on the lines that are marked. Each entry leads to a page that says
// first how many lines it is about; without JavaScript the link of a line leads to that page, too.
import { gettext, ngettext } from "./translate.js";

const main = document.querySelector("main[data-channel-url]");
const dialog = document.getElementById("line-menu");

const moderateUrl = ids => `${main.dataset.channelUrl}at/${ids.join("-")}/moderate/`;

// Lines that arrive live have no link yet: all readers get the same markup.
const addLink = line => {
  if (line.querySelector(".line-menu") || ["removed", "unlogged"].includes(line.dataset.kind)) return;
  const link = document.createElement("a");
  link.className = "line-menu";
  link.href = moderateUrl([line.dataset.id]);
  link.setAttribute("aria-label", gettext("Moderate line %(line)s", { line: line.dataset.id }));
  line.append(link);
};

new MutationObserver(changes => {
  for (const change of changes)
    for (const node of change.addedNodes)
      if (node.nodeType === Node.ELEMENT_NODE)
        for (const line of node.matches(".line") ? [node] : node.querySelectorAll(".line")) addLink(line);
}).observe(main, { childList: true, subtree: true });

const show = line => {
  const marked = [...document.querySelectorAll(".line[id].marked")];
  const chosen = marked.includes(line) ? marked : [line];
  const numbers = chosen.map(each => Number(each.dataset.id));
  const ids = [...new Set([Math.min(...numbers), Math.max(...numbers)])];
  const nicks = new Set(chosen.map(each => each.dataset.nick));
  // A blank stands in no nick: it is a name behind a bridge.
  const nick = nicks.size === 1 && !line.dataset.nick.includes(" ") ? line.dataset.nick : "";
  const words = ngettext("this line", "these %(count)s lines", chosen.length);
  dialog.querySelector("#line-menu-title").textContent = chosen.length === 1 ? gettext("Line %(line)s", { line: ids[0] }) : ngettext("%(count)s line", "%(count)s lines", chosen.length);
  for (const part of dialog.querySelectorAll(".selected")) part.textContent = words;
  for (const part of dialog.querySelectorAll(".nick-name")) part.textContent = nick;
  for (const part of dialog.querySelectorAll(".of-nick")) part.hidden = !nick;
  for (const link of dialog.querySelectorAll("[data-query]")) link.href = moderateUrl(ids) + link.dataset.query;
  for (const link of dialog.querySelectorAll("[data-site]")) {
    link.href = `${link.dataset.site}?${new URLSearchParams({ nick })}`;
  }
  dialog.showModal();
};

main.addEventListener("click", event => {
  const link = event.target.closest("a.line-menu");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button) return;
  event.preventDefault();
  show(link.closest(".line"));
});
