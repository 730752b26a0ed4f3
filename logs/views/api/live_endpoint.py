"""Live streams with JSON records of lines instead of their markup: of one channel, and of many in one."""

from __future__ import annotations

from typing import Annotated, Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from ninja import Header, Path, Query, Router

from logs import archive
from logs.live.backplane import FollowedChannel
from logs.live.positions import encode_position
from logs.live.response import StreamOptions
from logs.live.sse import RECORD
from logs.views.api.channel_selection import find_places, select_channels
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
