"""Names in place of names: the same for all lines of one person in a channel, another one in the next."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace

from django.conf import settings

from logs.ingest.entry import Entry
from logs.models import Kind
from logs.text.names import fold


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
