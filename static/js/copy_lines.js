// Copied lines read as a log does, whatever the width of the page: [20:22] <ann> hello
const FORMS = {
  message: (nick, text) => `<${nick}> ${text}`,
  action: (nick, text) => `* ${nick} ${text}`,
  notice: (nick, text) => `-${nick}- ${text}`,
};

const textOf = node => node?.textContent.trim() ?? "";

export const lineAsText = line => {
  const [time, nick, text] = [".time", ".nick", ".text"].map(name => textOf(line.querySelector(name)));
  const form = FORMS[line.dataset.kind];
  return `[${time}] ${form ? form(nick, text) : [nick, text].filter(Boolean).join(" ")}`;
};

document.addEventListener("copy", event => {
  const selection = document.getSelection();
  if (!selection?.rangeCount || selection.isCollapsed) return;
  const range = selection.getRangeAt(0);
  // What begins or ends in the middle of a line takes the whole line; a piece of one line stays that piece. A line of
  // a closed fold is not in view.
  const lines = [...document.querySelectorAll(".line[data-kind]")].filter(
    line => range.intersectsNode(line) && line.checkVisibility(),
  );
  if (lines.length < 2) return;
  event.preventDefault();
  event.clipboardData.setData("text/plain", lines.map(lineAsText).join("\n"));
});
