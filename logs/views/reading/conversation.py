"""The conversation that a line belongs to, as a page, as text and as JSON."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from logs import archive
from logs.conversations import decisions
from logs.conversations.conversation import Conversation, fetch_conversation
from logs.counts import day_index
from logs.line_grouping import blocks_html, group_lines
from logs.models import Channel
from logs.render import line_record, line_text, reply_record
from logs.views.http.channel_lookup import build_channel_context, day_not_found, day_url, with_channel
from logs.views.people.visitor import visitor_of
from logs.views.reading.share_preview import preview_lines

MAX_BETWEEN = 60
"""Lines between two lines of a conversation that can be unfolded; for more there is the page of the day."""


@require_safe
@with_channel
def show_conversation(request: HttpRequest, channel: Channel, number: int) -> HttpResponse:
    """The conversation alone; what was said in between can be unfolded."""
    line, conversation = _find_or_404(channel, number)
    url = channel.get_absolute_url()
    pieces = []
    for place, (own, between) in enumerate(zip(conversation.lines, conversation.between, strict=True)):
        # The nick is shown once for lines of one speaker that follow each other directly.
        speaker_continues = not between and place > 0 and conversation.lines[place - 1].nick == own.nick
        pieces.append(
            {
                "line": _lines_html(channel, [own], url, conversation, number, continues=speaker_continues),
                "count": len(between),
                "between": _lines_html(channel, between, url, conversation, 0) if len(between) <= MAX_BETWEEN else "",
                "day": own.day,
            }
        )
    visitor = visitor_of(request)
    may_correct = visitor.is_privileged and Channel.objects.managed_by(visitor).filter(pk=channel.pk).exists()
    context = build_channel_context(channel) | {
        "may_correct": may_correct,
        "number": number,
        "conversation": conversation,
        "pieces": pieces,
        "first_day": conversation.lines[0].day,
        "last_day": conversation.lines[-1].day,
        "started_at": conversation.lines[0].at.astimezone(UTC),
        "ended_at": conversation.lines[-1].at.astimezone(UTC),
        "line_url": reverse("line", args=[channel.network.name, channel.name, line.id]),
        "shared": preview_lines(channel, conversation.lines),
    }
    if may_correct:
        context |= {
            "decisions": decisions.decided_lines(channel, [own.id for own in conversation.lines]),
            "messages": [str(message) for message in messages.get_messages(request)],
        }
    return render(request, "channel/conversation.html", context)


@require_safe
@with_channel
def show_conversation_text(request: HttpRequest, channel: Channel, number: int) -> HttpResponse:  # noqa: ARG001
    """The lines of the conversation as text, in UTC."""
    _, conversation = _find_or_404(channel, number)
    text = "".join(f"{line_text(line)}\n" for line in conversation.lines)
    return _canonical(HttpResponse(text, content_type="text/plain; charset=utf-8"), channel, conversation)


@require_safe
@with_channel
def show_conversation_json(request: HttpRequest, channel: Channel, number: int) -> HttpResponse:  # noqa: ARG001
    """The lines of the conversation, each with the line that it answers."""
    _, conversation = _find_or_404(channel, number)
    answer = {
        "network": channel.network.name,
        "channel": channel.name,
        "is_cut": conversation.is_cut,
        "lines": [_record(line, channel.get_absolute_url(), conversation) for line in conversation.lines],
    }
    return _canonical(JsonResponse(answer, json_dumps_params={"ensure_ascii": False}), channel, conversation)


def _find_or_404(channel: Channel, number: int) -> tuple[archive.DayLine, Conversation]:
    line = archive.fetch_said_line(channel, number)
    if line is None:
        sentence = gettext("%(channel)s has no line %(line)s that somebody said.")
        sentence %= {"channel": channel.name, "line": number}
        raise day_not_found(channel, sentence, day_index.latest_day(channel))
    return line, fetch_conversation(channel, line)


def _lines_html(
    channel: Channel,
    lines: list[archive.DayLine],
    url: str,
    conversation: Conversation,
    marked: int,
    *,
    continues: bool = False,
) -> str:
    blocks = group_lines(lines, bridges=channel.bridge_nicks, replies=conversation.replies, bots=channel.bot_nicks)
    for block in blocks:
        block.rows = [(rendered, same or continues) for rendered, same in block.rows]
    return blocks_html(blocks, url, range(marked, marked + 1) if marked else range(0))


def _record(line: archive.DayLine, url: str, conversation: Conversation) -> dict[str, Any]:
    return line_record(line, url) | reply_record(conversation.replies.get(line.id))


def _canonical(response: HttpResponse, channel: Channel, conversation: Conversation) -> HttpResponse:
    address = day_url(channel, conversation.lines[0].day)
    response["Link"] = f'<{settings.SITE_URL}{address}>; rel="canonical"'
    return response
