"""How many lines an act would remove or change, and from when to when: shown before somebody confirms it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Max, Min, QuerySet, Sum
from django.utils.translation import gettext

from logs import privacy
from logs.localize import plural
from logs.models import Channel, DayCount, HeldLine, Line, LineCounter, Network, Request
from logs.models.audit_log import RequestKind
from logs.privacy import Speaker
from logs.text.names import fold


@dataclass(frozen=True, slots=True)
class Extent:
    """Lines of one channel: how many, and the days (UTC) of the first and the last, None if there are none."""

    channel: Channel
    lines: int = 0
    first: date | None = None
    last: date | None = None

    def __str__(self) -> str:
        if not self.lines:
            return gettext("no line of %(channel)s") % {"channel": self.channel}
        if self.first == self.last:
            return plural(
                "%(count)s line of %(channel)s, of %(day)s",
                "%(count)s lines of %(channel)s, of %(day)s",
                self.lines,
                channel=self.channel,
                day=self.first,
            )
        return plural(
            "%(count)s line of %(channel)s, from %(first)s to %(last)s",
            "%(count)s lines of %(channel)s, from %(first)s to %(last)s",
            self.lines,
            channel=self.channel,
            first=self.first,
            last=self.last,
        )

    def including(self, lines: int, first: datetime | date | None, last: datetime | date | None) -> Extent:
        if not lines or first is None or last is None:
            return self
        days = [day.date() if isinstance(day, datetime) else day for day in (first, last)]
        return Extent(
            self.channel,
            self.lines + lines,
            min(filter(None, (self.first, days[0]))),
            max(filter(None, (self.last, days[1]))),
        )


def measure_lines(channel: Channel, ids: Collection[int]) -> Extent:
    """Measure lines by their ids."""
    return _include(Extent(channel), Line.objects.filter(channel=channel, id__in=ids))


def measure_speaker(channel: Channel, speaker: Speaker, *, with_pseudonym: bool = True) -> Extent:
    """Measure what a person has said in a channel. Reads the whole channel, as the act itself does."""
    counter = LineCounter.objects.filter(channel=channel).first()
    extent = Extent(channel)
    batches = privacy.line_id_batches(
        channel, speaker, counter.last_id if counter else 0, with_pseudonym=with_pseudonym
    )
    for ids in batches:
        extent = _include(extent, Line.objects.filter(channel=channel, id__in=ids))
    is_theirs = privacy.is_by_speaker(speaker, channel.network.casemapping)
    return _include(extent, HeldLine.objects.filter(is_theirs, channel=channel))


def measure_speaker_everywhere(
    network: Network, speaker: Speaker, channel: Channel | None, *, with_pseudonym: bool = True
) -> list[Extent]:
    """Measure what a person has said in one or in all channels of a network, without the channels that have none."""
    channels = [channel] if channel else Channel.objects.filter(network=network).select_related("network")
    extents = (measure_speaker(each_channel, speaker, with_pseudonym=with_pseudonym) for each_channel in channels)
    return [extent for extent in extents if extent.lines]


def measure_requests(requests: QuerySet[Request]) -> list[Extent]:
    """Measure what fulfilling requests would erase or give a pseudonym, channel by channel."""
    extents = []
    open_requests = requests.filter(answered_at=None, wish__in=(RequestKind.ERASE, RequestKind.ANONYMISE))
    for each in open_requests.select_related("network").order_by("pk"):
        speaker = Speaker("", fold(each.nick, each.network.casemapping))
        with_pseudonym = each.wish == RequestKind.ERASE
        extents += measure_speaker_everywhere(each.network, speaker, None, with_pseudonym=with_pseudonym)
    return extents


def measure_held(held: QuerySet[HeldLine]) -> list[Extent]:
    """Measure held lines by channel, without delayed ones, which are published by themselves."""
    rows = (
        held.filter(due_at=None)
        .order_by()
        .values("channel")
        .annotate(lines=Count("pk"), first=Min("at"), last=Max("at"))
    )
    channels = Channel.objects.in_bulk([row["channel"] for row in rows])
    extents = [Extent(channels[row["channel"]]).including(row["lines"], row["first"], row["last"]) for row in rows]
    return sorted(extents, key=lambda extent: extent.channel.folded)


def measure_older_lines(channel: Channel, before: datetime | None = None) -> Extent:
    """Measure the lines that were said before a moment, or all: by the counts of days, without reading many lines."""
    days = DayCount.objects.filter(channel=channel, lines__gt=0)
    if before is not None:
        days = days.filter(day__lt=before.date())
    total = days.aggregate(lines=Sum("lines"), first=Min("day"), last=Max("day"))
    extent = Extent(channel).including(total["lines"] or 0, total["first"], total["last"])
    if before is None:
        return extent
    midnight = before.replace(hour=0, minute=0, second=0, microsecond=0)
    return _include(extent, Line.objects.filter(channel=channel, at__gte=midnight, at__lt=before))


def _include(extent: Extent, lines: object) -> Extent:
    total = lines.aggregate(lines=Count("at"), first=Min("at"), last=Max("at"))  # type: ignore[attr-defined]
    return extent.including(total["lines"], total["first"], total["last"])
