"""Who answers whom in a channel, as a graph too, and its questions without an answer: pages, and a feed of these."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from itertools import groupby
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.decorators.http import require_safe
from markupsafe import Markup, escape

from logs.conversations.answer_statistics import AnsweringPair, fetch_answer_statistics, fetch_unanswered
from logs.line_grouping import blocks_html, group_lines
from logs.localize import count_of
from logs.models import Channel
from logs.render import line_summary
from logs.text.irc_formatting import strip_formatting
from logs.views.feeds.channel_feed import make_line_entry
from logs.views.feeds.feed_format import Feed, render_feed
from logs.views.http.channel_lookup import build_channel_context, suggest_today, with_channel
from logs.views.http.cross_origin import allow_any_origin
from logs.views.http.errors import PageNotFound
from logs.views.http.http_cache import conditional_page


@require_safe
@conditional_page
@with_channel
def show_answers(request: HttpRequest, channel: Channel) -> HttpResponse:
    """The graph and the table of who answers whom, and how soon."""
    context = _build_context(channel)
    statistics = context["statistics"]
    search_url = reverse("channel_search", args=[channel.network.name, channel.name])
    context["graph"] = draw_answers(statistics.pairs, search_url) if statistics else ""
    return render(request, "channel/answers.html", context)


@require_safe
@conditional_page
@with_channel
def show_unanswered(request: HttpRequest, channel: Channel) -> HttpResponse:
    """The questions that nobody answered within a day, the newest first."""
    context = _build_context(channel)
    lines = fetch_unanswered(channel, context["statistics"]) if context["statistics"] else []
    context["days"] = [
        (day, blocks_html(group_lines(list(asked), bridges=channel.bridge_nicks), channel.get_absolute_url(), range(0)))
        for day, asked in groupby(lines, lambda line: line.day)
    ]
    return render(request, "channel/unanswered.html", context)


@allow_any_origin
@require_safe
@conditional_page
@with_channel
def show_unanswered_feed(request: HttpRequest, channel: Channel, form: str) -> HttpResponse:  # noqa: ARG001
    """The same questions for feed readers, each a day after it was asked."""
    _require_conversations(channel)
    names = [channel.network.name, channel.name]
    feed_name = "unanswered_feed" if form == "atom" else "unanswered_feed_json"
    address, page = (settings.SITE_URL + reverse(name, args=names) for name in (feed_name, "unanswered"))
    feed = Feed(f"Unanswered in {channel.name} on {channel.network.name}", address, page, channel.created_at)
    statistics = fetch_answer_statistics(channel)
    page_url = settings.SITE_URL + channel.get_absolute_url()
    for line in fetch_unanswered(channel, statistics) if statistics else []:
        feed.entries.append(make_line_entry(line, f"{page_url}at/{line.id}/", line_summary(line, channel.bridge_nicks)))
    return render_feed(feed, form)


def _build_context(channel: Channel) -> dict[str, Any]:
    _require_conversations(channel)
    statistics = fetch_answer_statistics(channel)
    wait = statistics.typical_wait if statistics else None
    return build_channel_context(channel) | {
        "statistics": statistics,
        "wait": _format_wait(wait) if wait is not None else "",
    }


def _require_conversations(channel: Channel) -> None:
    """Raise a 404 for channels that do without conversations."""
    if not channel.conversations:
        sentence = gettext("%(channel)s does not show which line answers which.") % {"channel": channel.name}
        raise PageNotFound(sentence, [suggest_today(channel)])


def _format_wait(wait: timedelta) -> str:
    """Format a short time with one unit, for example 40 seconds or 12 minutes."""
    for unit, noun in ((timedelta(days=1), "day"), (timedelta(hours=1), "hour"), (timedelta(minutes=1), "minute")):
        if wait >= 2 * unit:
            return count_of(round(wait / unit), noun)
    return count_of(max(1, round(wait.total_seconds())), "second")


GRAPH_SIZE = 742
CENTRE = GRAPH_SIZE / 2
RADIUS = 245
MAX_WIDTH = 9.0
MIN_WIDTH = 0.8
MAX_LABEL_CHARACTERS = 16


def draw_answers(pairs: Sequence[AnsweringPair], search_url: str) -> Markup:
    """Draw the pairs, whose most frequent comes first; nicks lead to a search for their lines.

    A line is bent to the right as seen from the person who answers, so that two who answer each other have two lines.
    """
    if not pairs:
        return Markup()
    activity: Counter[str] = Counter()
    for pair in pairs:
        activity.update({pair.nick: pair.times})
        activity.update({pair.answered: pair.times})
    people = [nick for nick, _ in activity.most_common()]
    angles = {nick: 2 * math.pi * number / len(people) - math.pi / 2 for number, nick in enumerate(people)}
    # The thinnest lines are drawn first and end under the others.
    parts = [_line(pair, angles, pairs[0].times) for pair in reversed(pairs)]
    parts += [_person(nick, angles[nick], activity[nick], search_url) for nick in people]
    return Markup("\n".join(parts))  # noqa: S704  (numbers, and texts that are escaped)


def _point(angle: float, radius: float) -> tuple[float, float]:
    return CENTRE + radius * math.cos(angle), CENTRE + radius * math.sin(angle)


def _line(pair: AnsweringPair, angles: dict[str, float], max_count: int) -> str:
    x1, y1 = _point(angles[pair.nick], RADIUS)
    x2, y2 = _point(angles[pair.answered], RADIUS)
    # Bent towards the centre, and to one side of the straight line between the two.
    bend_x = CENTRE + 0.35 * ((x1 + x2) / 2 - CENTRE) + 0.08 * (y2 - y1)
    bend_y = CENTRE + 0.35 * ((y1 + y2) / 2 - CENTRE) - 0.08 * (x2 - x1)
    width = max(MIN_WIDTH, MAX_WIDTH * math.sqrt(pair.times / max_count))
    times = f"{pair.times:,} time{'s' if pair.times != 1 else ''}"
    words = f"{_plain(pair.nick)} answered {_plain(pair.answered)} {times}"
    return (
        f'<path class="answer-line" d="M{x1:.1f} {y1:.1f}Q{bend_x:.1f} {bend_y:.1f} {x2:.1f} {y2:.1f}"'
        f' stroke-width="{width:.1f}"><title>{words}</title></path>'
    )


def _person(nick: str, angle: float, times: int, search_url: str) -> str:
    x, y = _point(angle, RADIUS)
    label_x, label_y = _point(angle, RADIUS + 14)
    # Labels stand along the radius; those on the left are turned round to be readable.
    degrees = math.degrees(angle)
    is_left = math.cos(angle) < -1e-9
    anchor, turn = ("end", degrees + 180) if is_left else ("start", degrees)
    address = escape(f"{search_url}?{urlencode({'q': f'nick:{nick}'})}")
    size = 3 + 5 * min(1.0, math.sqrt(times / 500))
    return (
        f'<a href="{address}"><circle class="answer-person" cx="{x:.1f}" cy="{y:.1f}" r="{size:.1f}"/>'
        f'<text x="{label_x:.1f}" y="{label_y:.1f}" text-anchor="{anchor}" dominant-baseline="middle"'
        f' transform="rotate({turn:.1f} {label_x:.1f} {label_y:.1f})">{_plain(nick, MAX_LABEL_CHARACTERS)}</text>'
        f"<title>{_plain(nick)}</title></a>"
    )


def _plain(nick: str, limit: int = 200) -> str:
    text = strip_formatting(nick)
    return str(escape(text if len(text) <= limit else f"{text[: limit - 1]}…"))
