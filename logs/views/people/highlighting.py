"""The highlights of whoever makes a request: what marks lines for them, and what the lists of channels count."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import NamedTuple

from django.http import HttpRequest
from django.utils import timezone

from logs import highlights
from logs.live.marks import Marks
from logs.models import Channel, Highlights
from logs.render import format_moment
from logs.views.people.visitor import is_signed_in, visitor_of

MARKS_PARAMETER = "marks"
"""In the address of a live stream: the words of the person whose session it is are marked."""

COUNTED_FOR = timedelta(days=7)
COUNTED_LINES = 100
"""The newest lines with somebody's words that a list of channels knows of, within COUNTED_FOR."""

COUNT_SECONDS = 0.3
"""How long a list of channels waits for them; it comes without the others."""


class HighlightedLine(NamedTuple):
    """A line to be counted as long as the reader was not there; `at` as pages have it."""

    id: int
    at: str


def find_own_highlights(request: HttpRequest) -> Highlights | None:
    """Return what the visitor chose, if anything. A request without a session costs no query, others one."""
    if not is_signed_in(request):
        return None
    known: list[Highlights | None] | None = getattr(request, "_highlights", None)
    if known is None:
        identity = visitor_of(request).identity
        known = [highlights.find_highlights(identity) if identity else None]
        request._highlights = known  # type: ignore[attr-defined]
    return known[0]


def find_marks(request: HttpRequest, channel: Channel) -> Marks | None:
    """Return what marks lines of a channel for the visitor; None for nearly everybody."""
    own = find_own_highlights(request)
    return highlights.make_marks(own, channel) if own else None


def count_highlights(own: Highlights, channels: Collection[Channel]) -> dict[int, list[HighlightedLine]]:
    """Return the newest lines with somebody's words in each of these channels, the newest first; none in most.

    The channels are those that the person may read. To be called within a search's turn.
    """
    by_key = {channel.pk: channel for channel in channels}
    page = highlights.find_lines(
        own,
        by_key,
        all_channels=False,
        size=COUNTED_LINES,
        since=timezone.now() - COUNTED_FOR,
        seconds=COUNT_SECONDS,
    )
    found: dict[int, list[HighlightedLine]] = {}
    for line in page.lines:
        if not highlights.is_own(line, by_key[line.channel_id], own.identity):
            found.setdefault(line.channel_id, []).append(HighlightedLine(line.id, format_moment(line.at)))
    return found
