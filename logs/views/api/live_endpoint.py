"""The live stream of a channel, with JSON records of lines instead of their markup."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from ninja import Header, Path, Query, Router

from logs import archive
from logs.live.backplane import FollowedChannel
from logs.live.sse import RECORD
from logs.views.api.openapi import describe_failure
from logs.views.api.params import MAX_ID, ChannelPath, LiveQuery
from logs.views.api.responses import get_channel_or_404
from logs.views.live.live_responses import open_stream, refuse_method_or_type

router = Router(tags=["live"])

_STREAM = {
    "200": {
        "description": "Server-sent events that end only when the reader leaves; docs/live-protocol.md lists them. "
        "The data of a `line` event is one line of JSON, a SourcedLine.",
        "content": {"text/event-stream": {"schema": {"$ref": "#/components/schemas/Event"}}},
    },
    "307": {"description": "Streams are served elsewhere: follow the Location."},
    "406": describe_failure("Accept refuses text/event-stream."),
}


@router.get(
    "/networks/{network:network}/channels/{channel:channel}/live", url_name="live", openapi_extra={"responses": _STREAM}
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
    followed = FollowedChannel(row.pk, row.get_absolute_url(), row.audience)
    last = None if last_event_id is None else str(last_event_id)
    return open_stream(request, followed, last, lambda: archive.last_id(row), RECORD)
