"""Decisions about conversations, which replace what the model found: a line answers nothing, or another line.

An owner decides, or the sender's program by a tag (https://ircv3.net/specs/client-tags/reply).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC

from django.db import connection, transaction
from django.utils.translation import gettext, gettext_noop

from logs import archive
from logs.archive import DayLine
from logs.conversations.linker import LinkedLine, linker_before
from logs.conversations.reply_store import Reply, decided_reply, lock_channel, mark_days_changed, write_replies
from logs.ingest.entry import Entry
from logs.ingest.store import integer_array, shorten_msgid, text_array
from logs.models import Channel, audit_log
from logs.models.line import SAID, ReplyOverride


class DecisionError(Exception):
    """The decision is impossible; the message is a sentence for the person who wanted it."""


def cut_line(channel: Channel, number: int, by: str) -> None:
    """Record that a line answers nothing: it begins a conversation, with the lines that answer it."""
    with transaction.atomic():
        line = _said_line(channel, number)
        _decide(channel, line, None, by)
        audit_log.record_act(channel, by, f"decided that line {number} answers nothing")


def join_line(channel: Channel, number: int, answered: int, by: str) -> None:
    """Record that a line answers an earlier one. DecisionError if that line is not an earlier one."""
    with transaction.atomic():
        line, earlier = _said_line(channel, number), _said_line(channel, answered)
        if (earlier.at, earlier.id) >= (line.at, line.id):
            sentence = gettext("Line %(answered)s was not said before line %(line)s: an answer comes after it.")
            raise DecisionError(sentence % {"answered": answered, "line": number})
        _decide(channel, line, answered, by)
        audit_log.record_act(channel, by, f"decided that line {number} answers line {answered}")


def undo_decision(channel: Channel, number: int, by: str) -> None:
    """Forget the decision about a line, which gets the answer that the model finds."""
    with transaction.atomic():
        line = _said_line(channel, number)
        lock_channel(channel.pk)
        if not ReplyOverride.objects.filter(channel=channel, line=number).delete()[0]:
            raise DecisionError(gettext("Nothing was decided about line %(line)s.") % {"line": number})
        linker = linker_before(channel.pk, line.at, line.id)
        _write(channel, line, linker.decide(LinkedLine(line.id, line.at, line.nick, line.text)))
        audit_log.record_act(channel, by, f"left the answer of line {number} to the program again")


def decided_lines(channel: Channel, numbers: list[int]) -> list[ReplyOverride]:
    """Return the decisions about these lines, in the order of the lines."""
    return list(ReplyOverride.objects.filter(channel=channel, line__in=numbers).order_by("line"))


def _said_line(channel: Channel, number: int) -> DayLine:
    line = archive.fetch_said_line(channel, number)
    if line is None:
        sentence = gettext("%(channel)s has no line %(line)s that somebody said.")
        raise DecisionError(sentence % {"channel": channel.name, "line": number})
    return line


def _decide(channel: Channel, line: DayLine, reply_to: int | None, by: str) -> None:
    lock_channel(channel.pk)
    ReplyOverride.objects.update_or_create(
        channel=channel, line=line.id, defaults={"reply_to": reply_to, "by": by[:200]}
    )
    _write(channel, line, decided_reply(reply_to))


def _write(channel: Channel, line: DayLine, reply: Reply) -> None:
    write_replies({channel.pk: {line.id: reply}})
    mark_days_changed(channel.pk, [line.at.astimezone(UTC).date()])


SENDER = gettext_noop("its sender")
"""Stands as the one who decided."""


def store_sender_decisions(stored: Sequence[tuple[int, Entry]]) -> dict[tuple[int, int], Reply]:
    """Record which of the lines stored just now name the line that they answer; return them by channel and line.

    In the caller's transaction. A tag that names no said line of the channel, or one of a channel without
    conversations, is ignored.
    """
    tagged = [(line, entry) for line, entry in stored if entry.reply_msgid and entry.kind in SAID]
    if not tagged:
        return {}
    ids = _find_lines({(entry.channel, msgid) for _, entry in tagged if (msgid := shorten_msgid(entry.reply_msgid))})
    enabled = set(
        Channel.objects.filter(pk__in={entry.channel for _, entry in tagged}, conversations=True).values_list(
            "pk", flat=True
        )
    )
    overrides = [
        ReplyOverride(channel_id=entry.channel, line=line, reply_to=answered, by=SENDER)
        for line, entry in tagged
        if entry.channel in enabled and (answered := ids.get((entry.channel, shorten_msgid(entry.reply_msgid)))) != line
        if answered
    ]
    # An import of a line that an owner has decided about already keeps the owner's decision.
    ReplyOverride.objects.bulk_create(overrides, ignore_conflicts=True)
    return {(row.channel_id, row.line): decided_reply(row.reply_to) for row in overrides}


def _find_lines(pairs: set[tuple[int, str]]) -> dict[tuple[int, str | None], int]:
    """Return the ids of said lines by channel and message id; of several with one message id, the first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT channel_id, msgid, min(logs_line.id)"
            " FROM logs_line JOIN unnest(%s::integer[], %s::text[]) AS wanted(channel, message)"
            " ON channel_id = wanted.channel AND msgid = wanted.message"
            " WHERE kind = ANY(%s) GROUP BY channel_id, msgid",
            [
                integer_array(channel for channel, _ in pairs),
                text_array(msgid for _, msgid in pairs),
                [int(kind) for kind in SAID],
            ],
        )
        return {(channel, msgid): line for channel, msgid, line in cursor.fetchall()}
