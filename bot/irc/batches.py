"""Batches of messages. https://ircv3.net/specs/extensions/batch, https://ircv3.net/specs/extensions/multiline

Pure: keeps which batches are open and puts the parts of a multi-line message together.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from bot.irc.message import Message

MOST_OPEN = 100
MOST_PARTS = 500
MULTILINE = "draft/multiline"
CONCAT = "draft/multiline-concat"


@dataclass(slots=True)
class Batch:
    """`opening` is the BATCH message that began it; `parent` the batch that this one lies in."""

    kind: str
    params: list[str]
    opening: Message
    parent: Batch | None = None
    parts: list[Message] = field(default_factory=list)

    def within(self, *kinds: str) -> Batch | None:
        """This batch or the nearest around it of one of these kinds."""
        batch: Batch | None = self
        while batch is not None and batch.kind not in kinds:
            batch = batch.parent
        return batch


class Batches:
    """The open batches of one connection; the oldest is forgotten when there are absurdly many.

    Nothing is in a batch whose reference is empty: else every message that lies in none would be in it.
    """

    def __init__(self) -> None:
        self._open: dict[str, Batch] = {}

    def of(self, message: Message) -> Batch | None:
        """The open batch that a message belongs to."""
        reference = message.tags.get("batch")
        return self._open.get(reference) if reference else None

    def begin(self, message: Message) -> Batch:
        """Opens the batch of `BATCH +reference kind ...`."""
        if len(self._open) >= MOST_OPEN:
            self._open.pop(next(iter(self._open)))
        batch = Batch(message.param(1).lower(), message.params[2:], message, self.of(message))
        self._open[message.param(0)[1:]] = batch
        return batch

    def end(self, message: Message) -> Batch | None:
        """Closes the batch of `BATCH -reference`; None when it was not open."""
        return self._open.pop(message.param(0)[1:], None)


def keep_part(batch: Batch, message: Message) -> bool:
    """Whether the message is a part of a multi-line one, and kept for `joined`."""
    said = message.command in ("PRIVMSG", "NOTICE") and len(message.params) > 1
    if not said or batch.kind != MULTILINE or len(batch.parts) >= MOST_PARTS:
        return False
    batch.parts.append(message)
    return True


def joined(batch: Batch) -> list[Message]:
    """The lines of a multi-line message, pieces put together; all bear the batch's tags, and message ids of their own
    after the first."""
    lines: list[Message] = []
    for part in batch.parts:
        if lines and CONCAT in part.tags:
            lines[-1].params[-1] += part.last
        else:
            lines.append(replace(part, params=list(part.params)))
    msgid = batch.opening.tags.get("msgid", "")
    tags = {name: value for name, value in batch.opening.tags.items() if name != "msgid"}
    for number, line in enumerate(lines):
        own = {"msgid": f"{msgid}/{number}" if number else msgid} if msgid else {}
        line.tags = tags | own
    return lines
