"""Who answers whom in a channel, and its questions without an answer: pages, and a feed of the questions."""

from __future__ import annotations

from datetime import timedelta
from itertools import groupby
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from logs.conversations.answer_statistics import fetch_answer_statistics, fetch_unanswered
from logs.line_grouping import blocks_html, group_lines
from logs.localize import count_of
from logs.models import Channel
from logs.render import line_summary
from logs.views.feeds.channel_feed import make_line_entry
from logs.views.feeds.feed_format import Feed, render_feed
from logs.views.http.channel_lookup import PageNotFound, suggest_today, with_channel
from logs.views.http.cross_origin import allow_any_origin
from logs.views.http.http_cache import conditional_page
from logs.views.reading.answer_graph import draw_answers
from logs.views.reading.channel_context import build_channel_context


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
