// Links to lines: opens the fold that holds a linked line, and translates the anchors of logbot.
const main = document.querySelector("main[data-channel-url]");

const openFold = () => {
  const line = document.getElementById(location.hash.slice(1));
  const fold = line?.closest("details:not([open])");
  if (!fold) return;
  fold.open = true;
  line.scrollIntoView();
};

// logbot's anchors, #c123, hold the line's number in its own archive. Only the server can translate them.
const logbotAnchor = /^#c(\d{1,18})$/.exec(location.hash);
if (logbotAnchor) location.replace(`${main.dataset.channelUrl}msg/${logbotAnchor[1]}/`);

addEventListener("hashchange", openFold);
openFold();
