"""Programs in a channel that the server marks as bots: a short list of their nicks, which pages dim."""

from __future__ import annotations

from django.db import connection

from logs.models import Channel
from logs.text.names import fold

MAX_SEEN_BOTS = 50
"""Nicks remembered for each channel; the one that was noted first is forgotten."""


def note_bot(channel: int, nick: str) -> None:
    """Add a nick to the bots that were seen in a channel, in the caller's transaction.

    Nothing happens if the channel no longer exists.
    """
    for seen in Channel.objects.select_for_update().filter(pk=channel).values_list("seen_bots", flat=True):
        known, folded = seen.split(), fold(nick)
        if folded not in known:
            Channel.objects.filter(pk=channel).update(seen_bots=" ".join([*known, folded][-MAX_SEEN_BOTS:]))


_FORGET = """
    UPDATE logs_channel SET seen_bots = coalesce((
        SELECT string_agg(nick, ' ' ORDER BY number)
        FROM unnest(string_to_array(seen_bots, ' ')) WITH ORDINALITY AS seen(nick, number)
        WHERE EXISTS (
            SELECT 1 FROM logs_nickcount AS counted WHERE counted.channel_id = logs_channel.id AND counted.year = 0
            AND counted.folded = logs_nick(seen.nick)
        )
    ), '') WHERE id = %s AND seen_bots <> ''
"""


def forget_silent_bots(channel: int) -> None:
    """Forget the bots of which the channel has no message any more: an erasure leaves no trace of a nick."""
    with connection.cursor() as cursor:
        cursor.execute(_FORGET, [channel])
