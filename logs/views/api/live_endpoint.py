"""Live streams with JSON records of lines instead of their markup: of one channel, and of many in one."""

from __future__ import annotations

from collections import defaultdict
from typing import Annotated, Any, NamedTuple
from urllib.parse import unquote

from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from ninja import Header, Path, Query, Router

from logs import archive
from logs.live.backplane import FollowedChannel
from logs.live.combined import MAX_CHANNELS, encode_position, parse_position
from logs.live.response import StreamOptions
from logs.live.sse import RECORD
from logs.models import Channel
from logs.models.channel import ChannelQuerySet, match_names
from logs.text.names import CASEMAPPINGS, fold, segment_to_channel
from logs.views.api.openapi import describe_failure
from logs.views.api.params import (
    MAX_ID,
    POSITIONS_PATTERN,
    ChannelPath,
    CombinedLiveQuery,
    LiveQuery,
    PositionQuery,
)
from logs.views.api.responses import ProblemError, get_channel_or_404, json_response
from logs.views.api.schemas import Position
from logs.views.live.live_responses import (
    open_combined,
    open_stream,
    parse_options,
    redirect_combined,
    refuse_method_or_type,
)
from logs.views.people.visitor import visitor_of

router = Router(tags=["live"])

_SERVED_ELSEWHERE = {"307": {"description": "Streams are served elsewhere: follow the Location."}}


def _describe(event: str, **more: Any) -> dict[str, Any]:
    words = "Server-sent events that end only when the reader leaves; docs/live-protocol.md lists them. "
    content = {"text/event-stream": {"schema": {"$ref": f"#/components/schemas/{event}"}}}
    return {
        "200": {"description": f"{words}The data of each is one line of JSON.", "content": content},
        "406": describe_failure("Accept refuses text/event-stream."),
    } | more


@router.get(
    "/networks/{network:network}/channels/{channel:channel}/live",
    url_name="live",
    openapi_extra={"responses": _describe("Event", **_SERVED_ELSEWHERE)},
)
def live(
    request: HttpRequest,
    path: Path[ChannelPath],
    query: Query[LiveQuery],  # noqa: ARG001  (live_responses.py reads it from the request)
    last_event_id: Annotated[
        int | None,
        Header(alias="Last-Event-ID", ge=0, le=MAX_ID, description="Like `after`, which it overrides."),
    ] = None,
) -> HttpResponseBase:
    """New lines as they are stored, and removals."""
    # The middleware turned HEAD into GET; here it must not start a stream.
    request.method = request.META["REQUEST_METHOD"]
    if refusal := refuse_method_or_type(request):
        return refusal
    row = get_channel_or_404(request, path)
    _parse_options(request)
    followed = FollowedChannel(row.pk, row.get_absolute_url(), row.audience)
    last = None if last_event_id is None else str(last_event_id)
    return open_stream(request, followed, last, lambda: archive.last_id(row), RECORD)


@router.get(
    "/live", url_name="combined_live", openapi_extra={"responses": _describe("CombinedEvent", **_SERVED_ELSEWHERE)}
)
def combined_live(
    request: HttpRequest,
    query: Query[CombinedLiveQuery],
    last_event_id: Annotated[
        str | None,
        Header(alias="Last-Event-ID", pattern=POSITIONS_PATTERN, description="Like `after`, which it overrides."),
    ] = None,
) -> HttpResponseBase:
    """New lines of several channels in one stream, or of all that you may read."""
    request.method = request.META["REQUEST_METHOD"]
    if refusal := refuse_method_or_type(request):
        return refusal
    options = _parse_options(request)
    selection = select_channels(request, query.channel)
    places = find_places(selection.channels, last_event_id or query.after)
    if settings.REALTIME_URL and settings.REDIS_URL:
        given = {"wait": query.wait, "q": query.q, "html": query.html}
        return redirect_combined(places, selection.missing, {name: value for name, value in given.items() if value})
    return open_combined(request, places, selection.missing, options._replace(with_html=query.html is not None))


@router.get("/position", response={200: Position}, url_name="position")
def position(request: HttpRequest, query: Query[PositionQuery]) -> HttpResponse:
    """Where live is now, in several channels or in all that you may read: what to give `/live` as `after`."""
    selection = select_channels(request, query.channel)
    last_ids = archive.last_ids(selection.channels)
    channels = [
        {"network": row.network.name, "channel": row.name, "position": last_ids[row.pk]} for row in selection.channels
    ]
    channels.sort(key=lambda each: (each["network"], each["channel"]))
    content = {"position": encode_position(last_ids), "channels": channels, "missing": selection.missing}
    return json_response(request, content)


def _parse_options(request: HttpRequest) -> StreamOptions:
    try:
        return parse_options(request, RECORD)
    except ValueError as error:
        raise ProblemError(422, str(error)) from None


INVALID_POSITION = "Last-Event-ID and after are the id of an event of this stream, or the position of some channels."


class Selection(NamedTuple):
    """Channels that the caller may read, and the names of requested ones that are not there, or not for the caller."""

    channels: list[Channel]
    missing: list[dict[str, str]]


def select_channels(request: HttpRequest, names: list[str]) -> Selection:
    """Return the channels with these names (network/channel), or all. A problem if there are none, or too many."""
    visible = Channel.objects.visible_to(visitor_of(request)).select_related("network")
    if not names:
        channels = list(visible.order_by("pk")[: MAX_CHANNELS + 1])
        if len(channels) > MAX_CHANNELS:
            raise ProblemError(422, f"You may read more than {MAX_CHANNELS} channels: name those to follow.")
        return Selection(channels, [])
    # Paths are percent-encoded once; a value that was written without that means the same but for few names.
    wanted = [
        (network, segment_to_channel(unquote(path))) for network, _, path in (name.partition("/") for name in names)
    ]
    if any("\0" in name for _, name in wanted):
        raise ProblemError(422, "channel: no channel has a NUL in its name.")
    found = _find(visible, wanted)
    missing = [{"network": each[0], "channel": each[1]} for each in wanted if each not in found]
    if not found:
        raise ProblemError(404, "There are no such channels, or you may not read them.")
    return Selection(list({channel.pk: channel for channel in found.values()}.values()), missing)


def _find(visible: ChannelQuerySet, wanted: list[tuple[str, str]]) -> dict[tuple[str, str], Channel]:
    """Return channels by the names under which they were requested, in any case, or under a former name."""
    by_network: defaultdict[str, list[str]] = defaultdict(list)
    for network, name in wanted:
        by_network[network].append(name)
    condition = Q(pk__in=())
    for network, names in by_network.items():
        folded = {fold(name, casemapping) for name in names for casemapping in CASEMAPPINGS}
        named = match_names(names) | Q(former_names__folded__in=folded)
        condition |= Q(network__name__iexact=network) & named
    rows = list(visible.filter(condition).distinct().prefetch_related("former_names"))
    # Of several, those come first whose network is spelt so, then those whose present name it is.
    found: dict[tuple[str, str], Channel] = {}
    for network, name in wanted:
        ranked = [(rank, row.pk, row) for row in rows if (rank := _rank(row, network, name)) is not None]
        if ranked:
            found[network, name] = min(ranked, key=lambda each: each[:2])[2]
    return found


def _rank(channel: Channel, network: str, name: str) -> tuple[bool, bool] | None:
    """How far a channel is from these names; None if it has others."""
    if channel.network.name.lower() != network.lower():
        return None
    folded = fold(name, channel.network.casemapping)
    is_former = channel.folded != folded
    if is_former and not any(former.folded == folded for former in channel.former_names.all()):
        return None
    return is_former, channel.network.name != network


def find_places(channels: list[Channel], position: str | None) -> list[tuple[FollowedChannel, int]]:
    """Return each channel with the id after which to follow it: that of the position, else the last one."""
    try:
        known = parse_position(position) if position else {}
    except ValueError:
        raise ProblemError(422, INVALID_POSITION) from None
    last_ids = archive.last_ids(channels)
    return [
        (FollowedChannel(row.pk, row.get_absolute_url(), row.audience), known.get(row.pk, last_ids[row.pk]))
        for row in channels
    ]
