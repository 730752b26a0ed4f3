"""A day of a channel as a page, as text and as JSON; and the channel's own page, which is today, live.

The views come first, then the rendering of pages, then text and JSON, which are streamed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, time
from functools import partial

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe
from markupsafe import Markup

from logs import archive
from logs.conversations.conversation import fetch_shown_replies
from logs.counts import day_index
from logs.greenlets import with_pauses
from logs.highlights import mark_line
from logs.line_grouping import HIDEABLE, iterate_blocks, iterate_html
from logs.logging_state import fetch_logging_state, has_watched_files
from logs.models import Channel, Gap
from logs.render import line_json, line_text
from logs.search.highlight import highlight, highlight_pattern, with_forms
from logs.search.query_parser import parse
from logs.text.irc_formatting import has_colours
from logs.views.http.channel_lookup import (
    build_channel_context,
    day_not_found,
    day_or_404,
    day_url,
    parse_id,
    parse_marked,
    parse_names,
    with_channel,
)
from logs.views.http.http_cache import cache_closed_day, has_no_session
from logs.views.http.streaming import release_connection_before_each, stream_page
from logs.views.moderate.line_menu import marked_lines_url, may_moderate
from logs.views.people.highlights_page import MARKS_PARAMETER, find_marks
from logs.views.reading import shared_parts
from logs.views.reading.permalinks import line_url
from logs.views.reading.share_preview import preview_channel, preview_day, preview_lines

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

Batches = Iterator[list[archive.DayLine]]

MAX_SEARCHED = 50
"""Up to this many marked lines, the words of a search are highlighted in them."""

MAX_WHOLE_LINES = 500
"""A today with more lines is sent in parts, the first while the others are rendered."""

MAX_ROWS = 50
"""Lines that are rendered before the markup of any of them is made."""


@require_safe
@with_channel
def show_channel(request: HttpRequest, channel: Channel) -> HttpResponseBase:
    """Today, live; the last day of a channel that is not logged any more.

    With `?day=` and `?time=` a redirect to that day or moment.
    """
    if not (wanted := request.GET.get("day")):
        return render_day(request, channel, _front_day(channel), is_front=True)
    day = day_or_404(channel, wanted)
    clock = _parse_time(request.GET.get("time", ""))
    line = archive.find_line_at(channel, datetime.combine(day, clock, UTC)) if clock else None
    return redirect(line_url(channel, line) if line else day_url(channel, day))


@require_safe
@cache_closed_day
@with_channel
def show_day(request: HttpRequest, channel: Channel, day: str) -> HttpResponseBase:
    return render_day(request, channel, day_or_404(channel, day))


@require_safe
@cache_closed_day
@with_channel
def show_day_text(request: HttpRequest, channel: Channel, day: str) -> StreamingHttpResponse:  # noqa: ARG001
    """The day as text, in UTC. A day without lines is an empty text."""
    return _stream(channel, day_or_404(channel, day), _write_text, "text/plain; charset=utf-8")


@require_safe
@cache_closed_day
@with_channel
def show_day_json(request: HttpRequest, channel: Channel, day: str) -> StreamingHttpResponse:  # noqa: ARG001
    """The day as JSON: an object with the lines as they are stored."""
    found = day_or_404(channel, day)
    head = json.dumps({"network": channel.network.name, "channel": channel.name, "day": str(found)})
    return _stream(channel, found, partial(_write_json, head), "application/json")


def render_day(request: HttpRequest, channel: Channel, day: date, *, is_front: bool = False) -> HttpResponseBase:
    """Render a day or the part of it that `?from=` names. Today's page is live.

    Today's page exists without lines, and so does every day between days with lines.

    `is_front`: the page is the channel's own, and its preview describes the channel instead of the day.
    """
    is_today = day == archive.today()
    # Read before the lines: a line stored in between is then sent live once more, and the page ignores it.
    last_id, said = archive.fetch_counter(channel) if is_today else (0, 0)
    try:
        part = archive.fetch_day_part(channel, day, parse_id(request.GET.get("from", "")), newest=is_today)
    except KeyError:
        return redirect(day_url(channel, day))
    neighbours = day_index.day_neighbours(channel, day)
    if not part.lines and not is_today and not _is_silent(channel, day, neighbours):
        sentence = gettext("%(channel)s has no lines on %(day)s.") % {"channel": channel.name, "day": day}
        raise day_not_found(channel, sentence, day_index.nearest_day(channel, day))
    url = channel.get_absolute_url()
    hidden = parse_names(request.GET.getlist("hide"), HIDEABLE)
    gaps, fills = archive.fetch_gaps(channel, day), archive.fetch_fills(channel, part.lines)
    replies = fetch_shown_replies(channel, part.lines)
    ids = parse_marked(request.GET.get("mark", ""))
    if ids and (marked := [line for line in part.lines if line.id in ids]):
        shared = preview_lines(channel, marked)
    else:
        shared = preview_channel(channel, day) if is_front else preview_day(channel, day, neighbours.lines, part.lines)
    is_moderated = may_moderate(request, channel)
    marks = find_marks(request, channel)
    context = build_channel_context(channel) | {
        "messages": [str(message) for message in messages.get_messages(request)] if is_moderated else [],
        "is_moderated": is_moderated,
        "moderate_url": marked_lines_url(channel, ids) if is_moderated and ids else "",
        "day": day,
        "today": is_today,
        "live": is_today and part.later is None,
        "live_query": f"?{MARKS_PARAMETER}=1" if marks else "",
        "last_id": last_id,
        "said": said,
        "why_not_logged": fetch_logging_state(channel).why_not if is_today else None,
        "archive_until": day if part.lines and not neighbours.next and _ends_archive(channel, day) else None,
        "hidden": hidden,
        "hide_query": f"hide={','.join(hidden)}" if hidden else "",
        "part": part,
        # A live page may get such lines at any moment.
        "has_colours": is_today
        or any(has_colours(text) for text in (channel.topic, *(line.text for line in part.lines))),
        "shared": shared,
        "previous_day": neighbours.previous,
        "next_day": neighbours.next,
    }
    highlighter = _highlighter(request, channel) if 0 < len(ids) <= MAX_SEARCHED else None

    def render_lines(
        lines: Sequence[archive.DayLine], gaps: Sequence[Gap], speaker: str | None = None
    ) -> Iterator[str]:
        blocks = iterate_blocks(
            lines,
            gaps,
            channel.bridge_nicks,
            fills,
            replies,
            bots=channel.bot_nicks,
            hidden=hidden,
            max_rows=MAX_ROWS,
            mark=partial(mark_line, marks) if marks else None,
            speaker=speaker,
        )
        return iterate_html(blocks, url, ids, highlighter, moderated=is_moderated)

    def pieces() -> Iterator[str]:
        # Only what strangers may read is kept, and the page of nobody in particular.
        if not is_today or not has_no_session(request) or hidden or marks or ids or is_moderated:
            return render_lines(part.lines, gaps)
        shown = shared_parts.Day(url, part.lines, gaps, channel.bridge_nicks, channel.bot_nicks, fills, replies)
        return shared_parts.render_shared(shown, render_lines)

    # Past days are rendered whole, for caches.
    if is_today and len(part.lines) > MAX_WHOLE_LINES:
        return stream_page(request, "channel/day.html", context, "lines", pieces)
    context["lines"] = Markup("\n".join(pieces()))  # noqa: S704  (its parts are escaped)
    return render(request, "channel/day.html", context)


def _front_day(channel: Channel) -> date:
    """Return today, or the last day with lines of an archive."""
    latest = None if channel.wanted else day_index.latest_day(channel)
    return latest if latest and _ends_archive(channel, latest) else archive.today()


def _is_silent(channel: Channel, day: date, neighbours: day_index.DayNeighbours) -> bool:
    """Whether a day without lines is one on which the channel was logged, as far as its neighbours tell."""
    before, after = neighbours.previous, neighbours.next
    return bool(before and day < archive.today() and (after or not _ends_archive(channel, before)))


def _ends_archive(channel: Channel, last_day: date) -> bool:
    """Whether a channel whose last day with lines this is has ceased to be logged."""
    is_old = not channel.wanted and last_day < archive.today() - archive.ENDS_AFTER
    return is_old and not has_watched_files(channel)


def _highlighter(request: HttpRequest, channel: Channel) -> Callable[[Markup], Markup] | None:
    """Return what highlights the words of the search that led here, if one did (`?find=`)."""
    if not (text := request.GET.get("find", "")):
        return None
    query = with_forms(parse(text)) if channel.stemming else parse(text)
    pattern = highlight_pattern(query.marked)
    return partial(highlight, pattern=pattern) if pattern else None


def _parse_time(text: str) -> time | None:
    """Parse a time of day in UTC. Anything else counts as absent."""
    try:
        return time.fromisoformat(text).replace(tzinfo=None) if text else None
    except ValueError:
        return None


def _stream(
    channel: Channel, day: date, write: Callable[[Batches], Iterator[str]], content_type: str
) -> StreamingHttpResponse:
    """Stream another form of a day's page, with a Link header that makes search engines list the page instead."""
    chunks = release_connection_before_each(write(archive.iterate_day_lines(channel, day)))
    headers = {"Link": f'<{settings.SITE_URL}{day_url(channel, day)}>; rel="canonical"'}
    return StreamingHttpResponse(chunks, content_type=content_type, headers=headers)


def _write_text(batches: Batches) -> Iterator[str]:
    for lines in batches:
        yield "".join(f"{line_text(line)}\n" for line in with_pauses(lines))


def _write_json(head: str, batches: Batches) -> Iterator[str]:
    """Yield the object with each line on a line of its own, so that clients can parse it as it arrives."""
    yield f'{head[:-1]}, "lines": ['
    before = "\n"
    for lines in batches:
        yield before + ",\n".join(_encode(line_json(line)) for line in with_pauses(lines))
        before = ",\n"
    yield "\n]}\n"
