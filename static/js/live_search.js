// A search that is followed: new lines that it finds appear above the results. docs/live-protocol.md describes the stream.

const MAX_RETRY_MS = 60_000;
const SILENCE_MS = 40_000; // the server sends something every 15 s: after this time the connection is dead
const MAX_RESULTS = 500; // a page that stays open for days keeps the newest

const { live: address, position: firstPosition } = document.getElementById("live-search").dataset;
const stateText = document.getElementById("live-state");
const passages = document.querySelector(".passages");
const find = new URLSearchParams(location.search).get("q");
const showsChannels = passages.hasAttribute("data-all-channels");
const pageTitle = document.title;
const template = document.createElement("template");

let position = firstPosition;
let failureCount = 0;
let unseenCount = 0;
let source = null;
let silenceTimer = 0;
let retryTimer = 0;

const showState = (text, isOn) => {
  stateText.textContent = text;
  stateText.className = isOn ? "on" : "";
};

// Ids are those of one channel.
const findShown = (name, id) =>
  [...passages.querySelectorAll(`.line[data-id="${id}"]`)].filter(line => line.closest("article").dataset.channel === name);

// As the server writes them; local_time.js shows them in the reader's zone.
const DAY_PARTS = new Intl.DateTimeFormat("en", { timeZone: "UTC", weekday: "long", day: "numeric", month: "long", year: "numeric" });
const formatMoment = at => {
  const parts = Object.fromEntries(DAY_PARTS.formatToParts(new Date(at)).map(part => [part.type, part.value]));
  return `${parts.weekday} ${parts.day} ${parts.month} ${parts.year}, ${at.slice(11, 16)}`;
};

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

const expectNext = () => {
  clearTimeout(silenceTimer);
  silenceTimer = setTimeout(() => {
    showState("Reconnecting…", false);
    connect();
  }, SILENCE_MS);
};

const connect = () => {
  clearTimeout(retryTimer);
  source?.close();
  source = new EventSource(`${address}&after=${position}`);
  expectNext();
  for (const name of ["open", "alive", "line", "live", "removal", "refused", "error"]) source.addEventListener(name, expectNext);
  source.addEventListener("open", () => {
    failureCount = 0;
    showState("Live", true);
  });
  const on = (name, apply) =>
    source.addEventListener(name, event => {
      position = event.lastEventId || position;
      apply?.(JSON.parse(event.data));
    });
  on("line", addResult);
  on("removal", removeResult);
  on("live");
  on("reload", () => {
    clearTimeout(silenceTimer);
    source.close();
    setTimeout(() => location.reload(), Math.random() * 2000);
  });
  source.addEventListener("refused", () => showState("Reconnecting…", false));
  source.addEventListener("error", () => {
    showState(navigator.onLine ? "Reconnecting…" : "Offline", false);
    if (source.readyState !== EventSource.CLOSED) return; // the browser reconnects by itself
    clearTimeout(silenceTimer);
    retryTimer = setTimeout(connect, Math.min(MAX_RETRY_MS, 2000 * 2 ** failureCount) * (0.5 + Math.random() / 2));
    failureCount += 1;
  });
};

document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  unseenCount = 0;
  document.title = pageTitle;
});

showState("Reconnecting…", false);
connect();
