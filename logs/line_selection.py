"""Lines that a moderator has selected in a channel, and what can be done with them: measured, removed or held back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _

from logs import archive, moderation, privacy
from logs.archive import DayLine
from logs.extent import Extent, measure_lines, measure_speaker
from logs.models import Channel, Line
from logs.privacy import BATCH_LINES, Speaker
from logs.text.names import fold

MAX_SELECTED_LINES = 1000
"""Lines that can be selected one by one."""


class Scope(models.TextChoices):
    """Which lines are meant, starting from some that the moderator saw."""

    LINES = "lines", _("these lines")
    DAY = "day", _("all of this nick on this day")
    CHANNEL = "channel", _("all of this nick in this channel")


class Handling(models.TextChoices):
    """What is done with them."""

    REMOVE = "remove", _("remove permanently")
    HOLD = "hold", _("hold back, until they are released or discarded")


@dataclass(frozen=True, slots=True)
class Selection:
    """Lines of one channel: `lines` themselves, or all that their nick said on their day or at all."""

    channel: Channel
    lines: tuple[DayLine, ...]
    scope: Scope = Scope.LINES

    @property
    def nick(self) -> str:
        """The nick of all selected lines; empty if they have several, or that of a bridge, which speaks for many."""
        nicks = {line.nick for line in self.lines}
        (nick,) = nicks if len(nicks) == 1 else ("",)
        return "" if fold(nick) in self.channel.bridge_nicks else nick

    @property
    def day(self) -> date:
        return self.lines[0].day

    def measure(self) -> Extent:
        if self.scope == Scope.CHANNEL:
            return measure_speaker(self.channel, self._speaker)
        return measure_lines(self.channel, [number for ids in self._id_batches() for number in ids])

    def remove(self, by: str, why: str = "") -> int:
        """Remove the lines for good and return how many there were."""
        if self.scope == Scope.CHANNEL:
            return privacy.erase(self.channel.network, self._speaker, by, self.channel, why)
        return sum(privacy.redact(self.channel, ids, by, why) for ids in self._id_batches())

    def hold(self, by: str, why: str = "") -> int:
        """Take the lines out of the archive until somebody releases or discards them; return how many there were."""
        if self.scope == Scope.CHANNEL:
            return hold_speaker(self.channel, self._speaker, by, why)
        return sum(moderation.hold_lines(self.channel, ids, by, why) for ids in self._id_batches())

    @property
    def _speaker(self) -> Speaker:
        return Speaker(nick=fold(self.nick, self.channel.network.casemapping))

    def _id_batches(self) -> Iterator[list[int]]:
        """Yield the ids of the lines, BATCH_LINES at the most at a time."""
        if self.scope == Scope.LINES:
            yield [line.id for line in self.lines]
            return
        start, end = archive.day_bounds(self.day)
        is_theirs = privacy.is_by_speaker(self._speaker, self.channel.network.casemapping)
        lines = Line.objects.filter(is_theirs, channel=self.channel, at__gte=start, at__lt=end)
        ids = list(lines.order_by("id").values_list("id", flat=True))
        for first in range(0, len(ids), BATCH_LINES):
            yield ids[first : first + BATCH_LINES]


def hold_speaker(channel: Channel, speaker: Speaker, by: str, why: str = "") -> int:
    """Hold back all that somebody said in a channel; return how many lines."""
    batches = privacy.line_id_batches(channel, speaker, archive.last_id(channel))
    return sum(moderation.hold_lines(channel, ids, by, why) for ids in batches)


def select_lines(channel: Channel, first: int, last: int) -> tuple[DayLine, ...]:
    """Return the lines that the visitor may read from one id to another, in reading order.

    Placeholders of removed lines say nothing, and are left out. No more than MAX_SELECTED_LINES.
    """
    ids = min(first, last), max(first, last)
    lines = archive.readable_lines(channel).filter(id__range=ids).exclude(nick="")
    return tuple(archive.fetch_rows(lines.order_by("at", "id")[:MAX_SELECTED_LINES]))
