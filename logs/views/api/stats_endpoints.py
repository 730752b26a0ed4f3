"""How a channel, or all that the caller may read, has been used."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Path, Query, Router

from logs import archive
from logs.counts import activity
from logs.models import Channel
from logs.views.api.params import ChannelPath, StatsQuery
from logs.views.api.responses import get_channel_or_404, json_response
from logs.views.api.schemas import Stats
from logs.views.people.visitor import visitor_of
from logs.views.reading.charts import WEEKS
from logs.views.reading.stats import rank_channels

router = Router(tags=["statistics"])


@router.get("/stats", response={200: Stats}, url_name="stats")
def stats(request: HttpRequest, query: Query[StatsQuery]) -> HttpResponse:
    """Of all channels that you may read."""
    channels = list(Channel.objects.visible_to(visitor_of(request)).select_related("network"))
    numbers = [channel.pk for channel in channels]
    totals = activity.totals(numbers)
    found = _told(numbers, totals, query.limit)
    names = {channel: f"{channel.network.name}/{channel.name}" for channel in channels}
    talked = rank_channels(channels, totals.used.channels)[: query.limit]
    found["channels"] = [{"name": names[channel], "said": said} for channel, said in talked]
    return json_response(request, found)


@router.get(
    "/networks/{network:network}/channels/{channel:channel}/stats", response={200: Stats}, url_name="channel_stats"
)
def channel_stats(
    request: HttpRequest,
    where: Path[ChannelPath],
    query: Query[StatsQuery],
) -> HttpResponse:
    """Of one channel."""
    row = get_channel_or_404(request, where)
    return json_response(request, _told([row.pk], activity.totals([row.pk]), query.limit))


def _told(channels: list[int], totals: activity.Totals, limit: int) -> dict[str, Any]:
    extent, used, silence = totals
    first = archive.today() - timedelta(weeks=WEEKS)
    by_day = activity.by_day(channels, first)
    return {
        "lines": extent.lines if extent else 0,
        "said": extent.said if extent else 0,
        "days": extent.days if extent else 0,
        "first_day": extent.first if extent else None,
        "last_day": extent.last if extent else None,
        "people": activity.count_nicks(channels),
        "by_day": {f"{day}": by_day[day] for day in sorted(by_day)},
        "by_year": {f"{year}": used.years[year] for year in sorted(used.years)},
        "by_hour": used.hours,
        "speakers": [{"name": who.nick, "said": who.said} for who in activity.top_speakers(channels, limit)],
        "channels": None,
        "longest_silence": _silence(silence),
    }


def _silence(found: activity.Silence | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {"start": found.start, "end": found.end, "seconds": round(found.length.total_seconds())}
