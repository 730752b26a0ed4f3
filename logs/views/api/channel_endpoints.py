"""Networks and channels, with their activity, their last lines and their statistics."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple
from urllib.parse import quote

from django.conf import settings
from django.db import connection
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from ninja import Path, Query, Router

from logs import archive
from logs.counts import activity
from logs.counts.activity import ChannelScope
from logs.counts.day_index import with_counts
from logs.logging_state import fetch_logged
from logs.models import Channel, Network
from logs.models.closed_period import readable_line_sql
from logs.render import line_record
from logs.text.irc_formatting import strip_formatting
from logs.text.names import channel_to_segment, fold, segment_to_channel
from logs.views.api.params import ChannelListQuery, ChannelPath, NetworkPath, StatsQuery
from logs.views.api.responses import get_channel_or_404, json_response
from logs.views.api.schemas import Channel as ChannelShape
from logs.views.api.schemas import Channels, Networks, Stats
from logs.views.http.channel_lookup import network_or_404
from logs.views.people.visitor import visitor_of
from logs.views.reading.charts import WEEKS
from logs.views.reading.stats import rank_channels

router = Router(tags=["channels"])


@router.get("/networks", response={200: Networks}, url_name="networks")
def networks(request: HttpRequest) -> HttpResponse:
    """The networks with at least one channel that you may read."""
    visible = Q(channels__in=Channel.objects.visible_to(visitor_of(request)))
    rows = Network.objects.filter(visible).annotate(count=Count("channels")).order_by("name")
    records = [
        {"name": network.name, "channels": network.count, "url": _absolute_url(reverse("network", args=[network.name]))}
        for network in rows
    ]
    return json_response(request, {"networks": records})


@router.get("/channels", response={200: Channels}, url_name="channels")
def channels(
    request: HttpRequest,
    query: Query[ChannelListQuery],
) -> HttpResponse:
    """All channels that you may read."""
    return _list_channels(request, Channel.objects.visible_to(visitor_of(request)), query)


@router.get("/networks/{network:network}/channels", response={200: Channels}, url_name="network_channels")
def network_channels(
    request: HttpRequest,
    path: Path[NetworkPath],
    query: Query[ChannelListQuery],
) -> HttpResponse:
    """The channels of a network that you may read."""
    visitor = visitor_of(request)
    network = network_or_404(visitor, path.network)
    return _list_channels(request, Channel.objects.visible_to(visitor).filter(network=network), query)


@router.get("/networks/{network:network}/channels/{channel:channel}", response={200: ChannelShape}, url_name="channel")
def channel(
    request: HttpRequest,
    path: Path[ChannelPath],
) -> HttpResponse:
    """One channel."""
    return json_response(request, _records([get_channel_or_404(request, path)])[0])


def _list_channels(request: HttpRequest, visible: QuerySet[Channel], query: ChannelListQuery) -> HttpResponse:
    selected = visible.select_related("network")
    if query.after is not None:
        selected = selected.filter(_after_position(query.after))
    # One row more than the page shows whether there is another page.
    rows = list(selected.order_by("network__name", "folded")[: query.limit + 1])
    last = rows[query.limit - 1] if len(rows) > query.limit else None
    later = f"{last.network.name}/{channel_to_segment(last.name)}" if last else None
    links = {"next": {"after": later}} if later else {}
    return json_response(request, {"channels": _records(rows[: query.limit]), "later": later}, links)


def _after_position(position: str) -> Q:
    """Match the channels after a position, "network/channel", also if that channel no longer exists."""
    network, _, segment = position.replace("\0", "").partition("/")
    row = Network.objects.filter(name=network).first()
    name = fold(segment_to_channel(segment), row.casemapping if row else "rfc1459") if segment else ""
    return Q(network__name__gt=network) | Q(network__name=network, folded__gt=name)


class _Totals(NamedTuple):
    """The counts of a channel, the id of its last line, and the last id that was given out in it."""

    channel: int
    lines: int
    first_day: date | None
    last_day: date | None
    today: int
    week: int
    month: int
    last: int | None
    position: int


_TOTALS_SQL = """
    SELECT channel.id, {lines},
        (SELECT min(day) FROM {days} AS counts WHERE channel_id = channel.id AND lines > 0),
        (SELECT max(day) FROM {days} AS counts WHERE channel_id = channel.id AND lines > 0),
        recent.today, recent.week, recent.month,
        (SELECT id FROM logs_line WHERE channel_id = channel.id {readable} ORDER BY at DESC, id DESC LIMIT 1),
        coalesce(counter.last_id, 0)
    FROM unnest(%(channels)s::integer[]) AS channel (id)
    LEFT JOIN logs_linecounter AS counter ON counter.channel_id = channel.id
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(said) FILTER (WHERE day = %(today)s), 0) AS today,
            coalesce(sum(said) FILTER (WHERE day > %(week)s), 0) AS week, coalesce(sum(said), 0) AS month
        FROM {days} AS counts WHERE channel_id = channel.id AND lines > 0 AND day > %(month)s AND day <= %(today)s
    ) AS recent
"""
# Only where something is hidden from the visitor the lines of all days are added up.
_ALL_LINES = "coalesce(counter.lines, 0)"
_READABLE_LINES = "(SELECT coalesce(sum(lines), 0) FROM {days} AS counts WHERE channel_id = channel.id)"


def _records(channels: Sequence[Channel]) -> list[dict[str, Any]]:
    """Return the channels' records in their order, at three queries for all of them."""
    today = archive.today()
    scope = ChannelScope.of(channels)
    values = scope.values(today=today, week=today - timedelta(days=7), month=today - timedelta(days=30))
    statement = _TOTALS_SQL.replace("{readable}", readable_line_sql(scope.hidden_periods, "logs_line"))
    statement = statement.replace("{lines}", _READABLE_LINES if scope.hidden_periods else _ALL_LINES)
    with connection.cursor() as cursor:
        cursor.execute(with_counts(statement, scope.hidden_periods), values)
        totals = {row[0]: _Totals._make(row) for row in cursor.fetchall()}
    last_lines = archive.fetch_lines_by_channel(
        {each.channel: each.last for each in totals.values() if each.last is not None}
    )
    logged = fetch_logged(totals)
    return [
        _record(channel, totals[channel.pk], last_lines.get(channel.pk), is_logged=channel.pk in logged)
        for channel in channels
    ]


def _record(channel: Channel, totals: _Totals, last: archive.DayLine | None, *, is_logged: bool) -> dict[str, Any]:
    return {
        "network": channel.network.name,
        "name": channel.name,
        "path": quote(channel_to_segment(channel.name), safe=""),
        "topic": strip_formatting(channel.topic),
        "url": _absolute_url(channel.get_absolute_url()),
        "public": channel.is_public,
        "recording": is_logged,
        "lines": int(totals.lines),
        "first_day": totals.first_day,
        "last_day": totals.last_day,
        "position": totals.position,
        "activity": {"today": int(totals.today), "week": int(totals.week), "month": int(totals.month)},
        "last_line": line_record(last, channel.get_absolute_url()) if last else None,
    }


def _absolute_url(path: str) -> str:
    return f"{settings.SITE_URL}{path}"


stats_router = Router(tags=["statistics"])


@stats_router.get("/stats", response={200: Stats}, url_name="stats")
def stats(request: HttpRequest, query: Query[StatsQuery]) -> HttpResponse:
    """Statistics of all channels that you may read."""
    channels = list(Channel.objects.visible_to(visitor_of(request)).select_related("network"))
    scope = activity.ChannelScope.of(channels)
    totals = activity.totals(scope)
    content = _format_record(scope, totals, query.limit)
    names = {channel: f"{channel.network.name}/{channel.name}" for channel in channels}
    ranking = rank_channels(channels, totals.used.channels)[: query.limit]
    content["channels"] = [{"name": names[channel], "said": said} for channel, said in ranking]
    return json_response(request, content)


@stats_router.get(
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
    return json_response(request, _format_record(scope, activity.totals(scope), query.limit))


def _format_record(scope: activity.ChannelScope, totals: activity.Totals, limit: int) -> dict[str, Any]:
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
