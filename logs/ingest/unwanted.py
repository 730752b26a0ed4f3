"""Lines of an import that must not come back: what was erased, and what people said after they had opted out.

The same rules as logs/ingest/admit.py, for lines that wait in the table `staged_line`.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from logs.ingest.admit import ROUND, digest_of
from logs.ingest.entry import Entry

_HAS_RULES = """
    SELECT EXISTS (SELECT FROM logs_forgotten rule WHERE rule.network_id = channel.network_id)
        OR EXISTS (SELECT FROM logs_optout rule WHERE rule.network_id = channel.network_id)
      FROM logs_channel channel WHERE channel.id = %(channel)s
"""

_THEIRS = """(
    CASE WHEN rule.account <> '' AND coalesce(line.account, '') <> ''
         THEN logs_nick(line.account) = logs_nick(rule.account)
         ELSE rule.nick <> '' AND logs_nick(line.nick) = logs_nick(rule.nick) END
)"""

_OF_CHANNEL = """
    channel.id = %(channel)s AND rule.network_id = channel.network_id
    AND (rule.channel_id IS NULL OR rule.channel_id = channel.id)
"""

_DROP_ERASED = f"""
    DELETE FROM staged_line line USING logs_forgotten rule, logs_channel channel
     WHERE {_OF_CHANNEL} AND rule.msgid = '' AND rule.digest = '' AND line.at <= rule.until
       AND ((rule.account = '' AND rule.nick = '') OR {_THEIRS})
    RETURNING line.file
"""  # noqa: S608  (our own text)

_DROP_OPTED_OUT = f"""
    DELETE FROM staged_line line USING logs_optout rule, logs_channel channel
     WHERE {_OF_CHANNEL} AND line.at >= rule.created_at AND {_THEIRS}
    RETURNING line.file
"""  # noqa: S608

_DROP_REMOVED = """
    DELETE FROM staged_line line USING logs_forgotten rule
     WHERE rule.channel_id = %(channel)s AND rule.msgid <> '' AND rule.msgid = line.msgid
    RETURNING line.file
"""

_ALIKE = """
    SELECT line.n, line.file, rule.digest, line.at, line.kind, line.nick, line.text, line.target
      FROM logs_forgotten rule JOIN staged_line line
        ON line.at BETWEEN rule.until - %(round)s AND rule.until + %(round)s
     WHERE rule.channel_id = %(channel)s AND rule.digest <> ''
"""


def drop_unwanted(cursor: Any, channel: int) -> Counter[int]:
    """How many lines of each file go."""
    given = {"channel": channel, "round": ROUND}
    dropped: Counter[int] = Counter()
    cursor.execute(_HAS_RULES, given)
    if cursor.fetchone() != (True,):
        return dropped
    for statement in (_DROP_ERASED, _DROP_OPTED_OUT, _DROP_REMOVED):
        cursor.execute(statement, given)
        dropped.update(file for (file,) in cursor.fetchall())
    cursor.execute(_ALIKE, given)
    removed = {
        number: file
        for number, file, digest, at, kind, nick, text, target in cursor.fetchall()
        if digest_of(Entry(channel, at, kind, nick, text, target=target)) == digest
    }
    cursor.execute("DELETE FROM staged_line WHERE n = ANY(%s)", [list(removed)])
    dropped.update(removed.values())
    return dropped
