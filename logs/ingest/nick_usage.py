"""Who uses a nick usually, as the lines of a network tell."""

from __future__ import annotations

from collections import Counter

from django.db import connection, transaction
from django.db.utils import OperationalError

from logs.models import Identity, OptOut
from logs.text.names import core_nick, fold_account

MAX_LINES = 500
"""Lines of the nick that are looked at, the newest ones."""

MAX_CHANNELS, MAX_LINES_OF_CHANNEL = 50, 200
"""Where it is looked up whether the network's lines tell accounts at all."""

TIMEOUT_MS = 2000

_ACCOUNTS_OF_NICK = """
    SELECT account FROM logs_line
    WHERE channel_id = ANY(SELECT id FROM logs_channel WHERE network_id = %s)
    AND logs_keys(channel_id, at, nick, kind, text) && ARRAY[logs_nick_key(%s)] AND logs_nick(nick) = logs_nick(%s)
    AND at < %s ORDER BY at DESC LIMIT %s
"""
_TELLS_ACCOUNTS = """
    SELECT EXISTS (
        SELECT FROM (SELECT id FROM logs_channel WHERE network_id = %s ORDER BY id LIMIT %s) AS channel
        CROSS JOIN LATERAL (
            SELECT account FROM logs_line WHERE channel_id = channel.id ORDER BY at DESC LIMIT %s) AS line
        WHERE account IS NOT NULL)
"""


def is_borrowed(opt_out: OptOut, identity: Identity) -> bool:
    """Whether the account of an opt-out took the nick of a person who used it more often before.

    False where the lines do not say so for certain: an account's own name is never borrowed, and the lack of accounts
    tells something only where others have one. False also if the database cannot say it within TIMEOUT_MS.
    """
    network, nick, owner = opt_out.network_id, identity.nick, fold_account(identity.account)
    if core_nick(nick) == core_nick(opt_out.account):
        return False
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(TIMEOUT_MS)])
            cursor.execute(_ACCOUNTS_OF_NICK, [network, nick, nick, opt_out.created_at, MAX_LINES])
            lines = Counter(fold_account(account or "") for (account,) in cursor.fetchall())
            if not owner and lines[""]:
                cursor.execute(_TELLS_ACCOUNTS, [network, MAX_CHANNELS, MAX_LINES_OF_CHANNEL])
                if not cursor.fetchone()[0]:
                    return False
    except OperationalError:
        return False
    return lines[owner] > lines[fold_account(opt_out.account)]
