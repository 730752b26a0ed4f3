// Lines arrive live in English, the same for all readers: here their words become those of the page's language.
import { gettext, ngettext } from "./translate.js";

const SAID_KINDS = ["message", "action", "notice"];

// What logs/line_texts.py writes: the words of an event, in which a name may stand, before what somebody typed.
const translateEvent = ({ firstChild: words, lastChild: end }) => {
  if (words.nextSibling?.className) {
    const message = `${words.data.trim()} %(name)s`;
    const [before, after] = gettext(message, { name: "\n" }).split("\n");
    words.data = before;
    words.nextSibling.after(after);
  } else words.data = gettext(words.data.trim()) + (words === end ? "" : " ");
};

export const translateLine = line => {
  if (!globalThis.catalogue) return;
  const [text, reply, via, restricted] = [".text", ".reply", ".via", ".restricted"].map(name => line.querySelector(name));
  if (!SAID_KINDS.includes(line.dataset.kind)) translateEvent(text);
  if (reply) reply.title = gettext(reply.title);
  if (via) via.title = gettext("via %(bridge)s", { bridge: via.title.slice(4) });
  const { source } = line.dataset;
  if (source) line.dataset.from = gettext("From %(source)s:", { source });
  if (restricted) restricted.textContent = gettext(restricted.textContent);
};

// What logs/line_grouping.py writes of a gap, around its times.
export const translateGap = (gap, words) => {
  if (!globalThis.catalogue) return;
  const { firstChild: start, lastChild: end } = gap.firstElementChild;
  const values = { time: "\n", times: "\n", reason: gettext(words) };
  const sentence = start.data.startsWith("Not recorded since ")
    ? gettext("Not recorded since %(time)s: %(reason)s", values)
    : gettext("Not recorded %(times)s: %(reason)s", values);
  const [before, after] = sentence.split("\n");
  start.data = before + start.data.replace(/^Not recorded (since )?/, "");
  end.data = after;
};

// A part of a fold's heading, for example "5 joined".
export const countEvents = (count, one, many) => {
  const [singular, plural] = [one, many].map(words => `%(count)s ${words}`);
  return ngettext(singular, plural, count);
};
