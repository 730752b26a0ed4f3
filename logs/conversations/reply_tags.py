"""Answers that the sender's program names by a tag: they decide instead of the model.

https://ircv3.net/specs/client-tags/reply
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

from logs.conversations.reply_store import Reply, decided_reply
from logs.ingest.entry import Entry
from logs.ingest.store import integer_array, shorten_msgid, text_array
from logs.models import Channel
from logs.models.line import SAID
from logs.models.replies import ReplyOverride

SENDER = "its sender"
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
