// A search that is followed: new lines that it finds appear above the results. docs/live-protocol.md describes the stream.
import { translateLine } from "./line_texts.js";
import { createConnection } from "./live_connection.js";
import { formatDay, gettext } from "./translate.js";

const MAX_RESULTS = 500; // a page that stays open for days keeps the newest

const { live: address, position } = document.getElementById("live-search").dataset;
const stateText = document.getElementById("live-state");
const passages = document.querySelector(".passages");
const find = new URLSearchParams(location.search).get("q");
const showsChannels = passages.hasAttribute("data-all-channels");
const pageTitle = document.title;
const template = document.createElement("template");

let unseenCount = 0;

const STATES = { live: gettext("Live"), reconnecting: gettext("Reconnecting…"), offline: gettext("Offline") };
const showState = state => {
  stateText.textContent = STATES[state];
  stateText.className = state === "live" ? "on" : "";
};

// Ids are those of one channel.
const findShown = (name, id) =>
  [...passages.querySelectorAll(`.line[data-id="${id}"]`)].filter(line => line.closest("article").dataset.channel === name);

// As the server writes them; local_time.js shows them in the reader's zone.
const formatMoment = at => `${formatDay(new Date(at))}, ${at.slice(11, 16)}`;

const buildHeading = ({ network, channel, at }, href) => {
  const heading = document.createElement("h2");
  const link = heading.appendChild(document.createElement("a"));
  link.href = href;
  if (showsChannels) {
    const networkName = document.createElement("span");
    networkName.className = "network";
    networkName.textContent = network;
    link.append(`${channel} `, networkName, " ");
  }
  const time = link.appendChild(document.createElement("time"));
  time.dateTime = `${at.slice(0, 19)}Z`;
  time.dataset.form = "date and time";
  time.textContent = formatMoment(at);
  return heading;
};

const addResult = data => {
  const name = `${data.network}/${data.channel}`;
  // Said while the page was made, sent again after a reconnection, or shown beside an older result.
  if (findShown(name, data.id).some(line => line.matches(".found"))) return;
  template.innerHTML = data.html;
  const line = template.content.firstElementChild;
  translateLine(line);
  line.removeAttribute("id");
  line.classList.add("found");
  const link = line.querySelector(".time");
  const href = `${link.getAttribute("href")}?${new URLSearchParams({ find })}`;
  link.setAttribute("href", href);
  const article = document.createElement("article");
  article.dataset.channel = name;
  article.append(buildHeading(data, href), line);
  document.getElementById("no-results")?.remove();
  passages.prepend(article);
  if (passages.querySelectorAll("article").length > MAX_RESULTS) passages.querySelector("article:last-of-type").remove();
  if (document.hidden) {
    unseenCount += 1;
    document.title = `(${unseenCount}) ${pageTitle}`;
  }
};

const removeResult = ({ network, channel, line }) => {
  for (const shown of findShown(`${network}/${channel}`, line)) {
    const article = shown.closest("article");
    shown.remove();
    if (!article.querySelector(".line.found")) article.remove();
  }
};

document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  unseenCount = 0;
  document.title = pageTitle;
});

showState("reconnecting");
createConnection({
  getAddress: after => `${address}&after=${after}`,
  position,
  events: { line: addResult, removal: removeResult },
  showState,
}).connect();
