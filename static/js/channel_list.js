// Live counts in the lists of channels: one stream for all of them. docs/live-protocol.md describes it.

const MAX_RETRY_MS = 60_000;
const MAX_ADDRESS_CHARACTERS = 3900;

const items = new Map([...document.querySelectorAll("li[data-live-channel]")].map(item => [item.dataset.liveChannel, item]));
const lastIds = new Map(); // by channel; a line that comes again after a reconnection is not counted twice
let position = document.getElementById("main").dataset.livePosition;
let failureCount = 0;

const countLine = event => {
  const { network, channel, id, at } = JSON.parse(event.data);
  position = event.lastEventId;
  const item = items.get(`${network}/${channel}`);
  if (!item || id <= (lastIds.get(item) ?? 0)) return;
  lastIds.set(item, id);
  const count = item.querySelector(".count");
  const lines = Number(count.dataset.lines) + 1;
  count.dataset.lines = lines;
  count.textContent = `${lines.toLocaleString("en")} line${lines === 1 ? "" : "s"}`;
  const time = item.querySelector("time");
  if (!time || time.dateTime >= at) return; // lines may be stored late
  // Another element, so that it is shown in the reader's zone as those of new lines are.
  const newer = document.createElement("time");
  newer.dateTime = `${at.slice(0, 19)}Z`;
  newer.textContent = `${at.slice(0, 10)} ${at.slice(11, 16)}`;
  time.replaceWith(newer);
};

// Without names the stream has all channels that everybody may read, of which the page ignores those it does not list.
const buildAddress = () => {
  const query = new URLSearchParams({ after: position });
  for (const item of items.values()) query.append("channel", item.dataset.livePath);
  const address = `/api/v1/live?${query}`;
  return address.length < MAX_ADDRESS_CHARACTERS ? address : `/api/v1/live?after=${position}`;
};

const connect = () => {
  const source = new EventSource(buildAddress());
  source.addEventListener("open", () => {
    failureCount = 0;
  });
  source.addEventListener("line", countLine);
  for (const name of ["live", "removal", "reload"]) {
    source.addEventListener(name, event => {
      position = event.lastEventId;
    });
  }
  source.addEventListener("error", () => {
    if (source.readyState !== EventSource.CLOSED) return; // the browser reconnects by itself
    setTimeout(connect, Math.min(MAX_RETRY_MS, 2000 * 2 ** failureCount) * (0.5 + Math.random() / 2));
    failureCount += 1;
  });
};

if (items.size) connect();
