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
    """Statistics of all channels that you may read."""
    channels = list(Channel.objects.visible_to(visitor_of(request)).select_related("network"))
    scope = activity.ChannelScope.of(channels)
    totals = activity.totals(scope)
    content = _record(scope, totals, query.limit)
    names = {channel: f"{channel.network.name}/{channel.name}" for channel in channels}
    ranking = rank_channels(channels, totals.used.channels)[: query.limit]
    content["channels"] = [{"name": names[channel], "said": said} for channel, said in ranking]
    return json_response(request, content)


@router.get(
    "/networks/{network:network}/channels/{channel:channel}/stats", response={200: Stats}, url_name="channel_stats"
)
def channel_stats(
    request: HttpRequest,
    path: Path[ChannelPath],
    query: Query[StatsQuery],
) -> HttpResponse:
    """Statistics of one channel."""
    channel = get_channel_or_404(request, path)
    scope = activity.ChannelScope.of([channel])
    return json_response(request, _record(scope, activity.totals(scope), query.limit))


def _record(scope: activity.ChannelScope, totals: activity.Totals, limit: int) -> dict[str, Any]:
    extent, used, silence = totals
    # The same weeks as the calendar of the statistics page.
    first = archive.today() - timedelta(weeks=WEEKS)
    by_day = activity.by_day(scope, first)
    speakers = activity.top_speakers(scope, limit)
    return {
        "lines": extent.lines if extent else 0,
        "said": extent.said if extent else 0,
        "days": extent.days if extent else 0,
        "first_day": extent.first if extent else None,
        "last_day": extent.last if extent else None,
        "people": activity.count_nicks(scope),
        "by_day": {f"{day}": by_day[day] for day in sorted(by_day)},
        "by_year": {f"{year}": used.years[year] for year in sorted(used.years)},
        "by_hour": used.hours,
        "speakers": [{"name": speaker.nick, "said": speaker.said} for speaker in speakers],
        "channels": None,
        "longest_silence": _silence(silence),
    }


def _silence(silence: activity.Silence | None) -> dict[str, Any] | None:
    if silence is None:
        return None
    return {"start": silence.start, "end": silence.end, "seconds": round(silence.length.total_seconds())}
