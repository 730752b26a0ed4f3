"""Batches of messages. https://ircv3.net/specs/extensions/batch, https://ircv3.net/specs/extensions/multiline

Pure: keeps track of open batches and joins the parts of a multi-line message.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from bot.irc.message import Message

MAX_OPEN_BATCHES = 100
MAX_PARTS = 500
MULTILINE = "draft/multiline"
CONCAT = "draft/multiline-concat"


@dataclass(slots=True)
class Batch:
    """A batch; `opening` is the BATCH message that began it, `parent` the batch that contains it.

    `parts` are those of a multi-line message that were not taken yet, `taken_count` counts the lines taken from it,
    and `is_off_record` says whether one of these was off the record.
    """

    kind: str
    params: list[str]
    opening: Message
    parent: Batch | None = None
    parts: list[Message] = field(default_factory=list)
    taken_count: int = 0
    is_off_record: bool = False

    @property
    def is_full(self) -> bool:
        """Whether the parts have to be taken before the batch ends, so that memory stays bounded."""
        return len(self.parts) >= MAX_PARTS

    def enclosing(self, *kinds: str) -> Batch | None:
        """Return this batch or the nearest one around it that is of one of these kinds."""
        batch: Batch | None = self
        while batch is not None and batch.kind not in kinds:
            batch = batch.parent
        return batch


class Batches:
    """The open batches of one connection. Beyond MAX_OPEN_BATCHES the oldest one is forgotten."""

    def __init__(self) -> None:
        self._open: dict[str, Batch] = {}

    def find(self, message: Message) -> Batch | None:
        """Return the open batch that a message belongs to."""
        # An empty reference means no batch: otherwise every message without the tag would be in a batch named "".
        reference = message.tags.get("batch")
        return self._open.get(reference) if reference else None

    def open(self, message: Message) -> list[Batch]:
        """Open the batch of `BATCH +reference kind ...`; return those that are forgotten in its favour."""
        reference = message.param(0)[1:]
        batch = Batch(message.param(1).lower(), message.params[2:], message, self.find(message))
        forgotten = [self._open.pop(reference)] if reference in self._open else []
        if len(self._open) >= MAX_OPEN_BATCHES:
            forgotten.append(self._open.pop(next(iter(self._open))))
        self._open[reference] = batch
        return forgotten

    def close(self, message: Message) -> Batch | None:
        """Close the batch of `BATCH -reference`; return None when it was not open."""
        return self._open.pop(message.param(0)[1:], None)

    def close_all(self) -> list[Batch]:
        """Close all batches, because the connection has ended; return them, the oldest first."""
        batches = list(self._open.values())
        self._open.clear()
        return batches


def add_part(batch: Batch, message: Message) -> bool:
    """Keep a part of a multi-line message for `take_lines`; return whether the message is one."""
    is_text = message.command in ("PRIVMSG", "NOTICE") and len(message.params) > 1
    if not is_text or batch.kind != MULTILINE:
        return False
    batch.parts.append(message)
    return True


def take_lines(batch: Batch) -> list[Message]:
    """Return the lines that the parts received so far make, and forget the parts.

    Lines have the batch's target and tags; only the first line of the batch has its message id. A line that goes on
    after MAX_PARTS parts begins a new one.
    """
    lines: list[Message] = []
    pieces: list[list[str]] = []
    for part in batch.parts:
        if lines and CONCAT in part.tags:
            pieces[-1].append(part.last)
        else:
            # A part without a source is by whom the batch is.
            source = part if part.nick else batch.opening
            line = replace(part, params=list(part.params), nick=source.nick, user=source.user, host=source.host)
            lines.append(line)
            pieces.append([part.last])
    batch.parts.clear()
    msgid = batch.opening.tags.get("msgid", "")
    tags = {name: value for name, value in batch.opening.tags.items() if name != "msgid"}
    target = batch.params[:1]
    for number, (line, texts) in enumerate(zip(lines, pieces, strict=True), batch.taken_count):
        line.params[-1] = "".join(texts)
        # Message ids are unique in a channel, so the following lines get ids derived from it.
        own = {"msgid": f"{msgid}/{number}" if number else msgid} if msgid else {}
        # Some servers give a part what only the batch should have, such as its time.
        of_part = {name: value for name, value in line.tags.items() if name not in ("batch", CONCAT)}
        line.tags = of_part | tags | own
        line.params[:-1] = target or line.params[:-1]
        line.server_msgid = msgid
    batch.taken_count += len(lines)
    return lines
