"""The nicks of accounts that opted out, by which their lines are recognised in logs that name no accounts."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from logs.ingest.entry import Entry
from logs.models import Channel
from logs.text.names import fold, fold_account_sql


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
