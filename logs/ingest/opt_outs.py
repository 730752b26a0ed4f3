"""Opt-outs: the pseudonyms of people, the nicks of accounts that opted out, and who usually uses a nick.

A pseudonym is the same for all lines of one person in a channel, and another one in the next channel.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.utils import OperationalError

from logs.ingest.entry import Entry
from logs.models import Channel, Identity, Kind, OptOut
from logs.text.names import core_nick, fold, fold_account, fold_account_sql


def pseudonym(channel: int, account: str, nick: str) -> str:
    words = f"{channel}\0{account}\0{nick}"
    digest = hmac.new(settings.SECRET_KEY.encode(), words.encode("utf-8", "replace"), hashlib.sha256).digest()
    return f"anon-{int.from_bytes(digest[:5]) % 36**6:06x}"


def with_pseudonym(entry: Entry, account: str, nick: str) -> Entry:
    """An account's lines are all its own; of a nick's, those that others said keep their speaker."""
    name = pseudonym(entry.channel, account, nick)
    own = bool(account) or fold(entry.nick) == fold(nick)
    named = entry.target is not None and (entry.kind == Kind.NICK or fold(entry.target) == fold(nick))
    return replace(entry, nick=name if own else entry.nick, account=None, target=name if named else entry.target)


def with_copy_pseudonym(entry: Entry, name: str) -> Entry:
    """Return a copy of an account's line under the pseudonym; the copy itself names no account."""
    return replace(entry, nick=name, account=None, target=name if entry.kind == Kind.NICK else entry.target)


class OptedOutNicks:
    """The nicks that a channel's log shows with some accounts (folded), and with no other account.

    An entry is in it if it was said by one of the nicks, or is about one.
    """

    def __init__(self, cursor: Any, channel: Channel, accounts: Collection[str]) -> None:
        self._casemapping = channel.network.casemapping
        self._nicks: set[str] = set()
        if not accounts:
            return
        is_theirs = f"{fold_account_sql('account')} = ANY(%s)"
        cursor.execute(
            f"SELECT nick, bool_and({is_theirs}) FROM logs_line"  # noqa: S608  (names are parameters)
            " WHERE channel_id = %s AND account IS NOT NULL AND nick <> '' GROUP BY nick",
            [sorted(accounts), channel.pk],
        )
        others: set[str] = set()
        for nick, is_only_theirs in cursor.fetchall():
            (self._nicks if is_only_theirs else others).add(fold(nick, self._casemapping))
        self._nicks -= others

    def __contains__(self, entry: Entry) -> bool:
        if not self._nicks:
            return False
        return any(fold(name, self._casemapping) in self._nicks for name in (entry.nick, entry.target) if name)


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
