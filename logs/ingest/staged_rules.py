"""Which lines of a bulk load may become rows: the rules of logs.ingest.rules, applied to the table `staged_line`."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import connection

from logs.ingest.entry import Entry
from logs.ingest.erased_copies import COPY_TOLERANCE, MINUTE, store_copies
from logs.ingest.opt_outs import OptedOutNicks
from logs.ingest.rules import ChannelRules, digest_of
from logs.models import Channel, Forgotten, Kind
from logs.models.line import PRESENCE_KINDS, SAID
from logs.text.privacy_rules import OFF_RECORD_CHARACTERS, is_off_record, is_restricted, off_record_patterns

FETCH_ROWS = 2000


def apply_rules_to_staged(cursor: Any, channel: int) -> Counter[int]:
    """Apply the rules to the table `staged_line` of a bulk load; return how many lines were dropped, by file number.

    Dropped lines are deleted, others lose their names in place. A line that is published only later is dropped too: it
    can be imported then.
    """
    channel_row = Channel.objects.filter(pk=channel).select_related("network").first()
    if channel_row is None:
        return Counter()
    dropped = _drop_by_settings(cursor, channel_row)
    rules, erased = ChannelRules({channel}), ErasedLines(channel)
    if rules.accepts_everything and not erased:
        # The usual case: the rows need not leave the database.
        return dropped
    dropped_rows: list[int] = []
    nameless_rows: list[int] = []
    renamed_rows: list[tuple[int, str, str | None]] = []
    # Where a log names accounts, a line without one is by somebody without one; else its nick has to decide.
    cursor.execute("SELECT DISTINCT file FROM staged_line WHERE account IS NOT NULL")
    files_with_accounts = {file for (file,) in cursor.fetchall()}
    opted_out_nicks = OptedOutNicks(cursor, channel_row, rules.find_opted_out_accounts(channel))
    for numbers, files, entries in _staged_batches(channel):
        copies = rules.find_copies(entries, [file not in files_with_accounts for file in files])
        for place, (n, entry) in enumerate(zip(numbers, entries, strict=True)):
            is_refused = entry in erased or rules.blocks.refuse(entry, channel_row.network_id)
            remaining = None if is_refused else rules.filter_entry(entry, copies.get(place))
            if remaining and files[place] not in files_with_accounts and entry in opted_out_nicks:
                remaining = rules.hide_opted_out(entry)
            if remaining is None or rules.hold_entry(remaining):
                dropped_rows.append(n)
            elif remaining.kind == Kind.UNLOGGED:
                nameless_rows.append(n)
            elif remaining is not entry:
                renamed_rows.append((n, remaining.nick, remaining.target))
    store_copies(rules.erased_copies)
    rules.blocks.store_counts()
    cursor.execute(
        "UPDATE staged_line SET kind = %s, nick = '', text = '', account = NULL, target = NULL WHERE n = ANY(%s)",
        [Kind.UNLOGGED, nameless_rows],
    )
    if renamed_rows:
        cursor.execute(
            "UPDATE staged_line SET nick = new.nick, account = NULL, target = new.target"
            " FROM unnest(%s::integer[], %s::text[], %s::text[]) AS new(n, nick, target) WHERE staged_line.n = new.n",
            [list(column) for column in zip(*renamed_rows, strict=True)],
        )
    return dropped + _drop(cursor, dropped_rows)


class ErasedLines:
    """Single lines of a channel that were erased, all of them in memory."""

    def __init__(self, channel: int) -> None:
        self._msgids: set[str] = set()
        self._times: defaultdict[str, list[datetime]] = defaultdict(list)
        single = Forgotten.objects.filter(channel=channel).exclude(msgid="", digest="")
        for msgid, digest, at in single.values_list("msgid", "digest", "until"):
            if msgid:
                self._msgids.add(msgid)
            else:
                self._times[digest].append(at)

    def __bool__(self) -> bool:
        return bool(self._msgids or self._times)

    def __contains__(self, entry: Entry) -> bool:
        if entry.msgid in self._msgids:
            return True
        if not self._times:
            return False
        # A log that has only minutes gives a line the beginning of its minute.
        return any(entry.at - COPY_TOLERANCE <= at < entry.at + MINUTE for at in self._times.get(digest_of(entry), ()))


def _drop_by_settings(cursor: Any, channel: Channel) -> Counter[int]:
    """Delete staged lines that the settings of the channel's owners exclude."""
    rows: list[int] = []
    prefixes = channel.off_record.split()
    if prefixes:
        # LIKE finds the few lines that contain a prefix near their start; Python decides whether they begin with it.
        # A line of ASCII is its own normal form.
        cursor.execute(
            "SELECT n, text FROM staged_line WHERE kind = ANY(%s) AND (left(text, %s) LIKE ANY(%s)"
            " OR octet_length(text) <> char_length(text) AND normalize(left(text, %s), NFKC) LIKE ANY(%s))",
            [
                [int(kind) for kind in SAID],
                OFF_RECORD_CHARACTERS,
                patterns := off_record_patterns(prefixes),
                OFF_RECORD_CHARACTERS,
                patterns,
            ],
        )
        rows = [n for n, text in cursor.fetchall() if is_off_record(text, prefixes, channel.network.nick)]
    if channel.retention:
        cursor.execute("SELECT n FROM staged_line WHERE at < now() - %s * interval '1 day'", [channel.retention])
        rows += [n for (n,) in cursor.fetchall()]
    if not channel.keeps_joins:
        cursor.execute("SELECT n FROM staged_line WHERE kind = ANY(%s)", [[int(kind) for kind in PRESENCE_KINDS]])
        rows += [n for (n,) in cursor.fetchall()]
    if not channel.keeps_restricted:
        message_kinds = [int(kind) for kind in SAID]
        cursor.execute(
            "SELECT n, target FROM staged_line WHERE kind = ANY(%s) AND length(target) < 10", [message_kinds]
        )
        rows += [n for n, target in cursor.fetchall() if is_restricted(target)]
    return _drop(cursor, rows)


def _drop(cursor: Any, rows: list[int]) -> Counter[int]:
    if not rows:
        return Counter()
    cursor.execute("DELETE FROM staged_line WHERE n = ANY(%s) RETURNING file", [rows])
    return Counter(file for (file,) in cursor.fetchall())


def _staged_batches(channel: int) -> Iterator[tuple[list[int], list[int], list[Entry]]]:
    """Yield the staged rows in batches: their numbers, the numbers of their files, and the rows as entries."""
    # A server-side cursor: a load can have millions of rows.
    with connection.chunked_cursor() as cursor:
        cursor.execute(
            "SELECT n, file, at, kind, nick, text, account, msgid, target, '' AS held, true AS replayed"
            " FROM staged_line ORDER BY n"
        )
        while rows := cursor.fetchmany(FETCH_ROWS):
            entries = [Entry(channel, *fields) for _, _, *fields in rows]
            yield [row[0] for row in rows], [row[1] for row in rows], entries
