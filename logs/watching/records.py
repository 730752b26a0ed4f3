"""From the lines of a watched file to what is stored of them: the rules that the bot applies before its journal.

The store applies the others, as to everything. Where a log names no accounts, nicks decide, as for imports.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from time import monotonic

from django.db import connection

from logs.ingest.entry import Entry, FloodDetected, GapClosed, Record, TopicKnown
from logs.ingest.flood import FloodDetector
from logs.ingest.opt_outs import OptedOutNicks
from logs.ingest.rules import ChannelRules
from logs.models import Channel, Gap, Kind
from logs.models.line import PRESENCE_KINDS, SAID
from logs.text.privacy_rules import is_off_record
from logs.text.restricted import is_restricted
from logs.watching.tail import Batch, TailLine

LIVE_WINDOW = timedelta(minutes=2)
"""A line without seconds that is not older was written just now, so that the clock tells how fast lines come."""

NICKS_VALID_SECONDS = 600.0
"""How long the nicks of accounts that opted out are cached: the query reads all accounts of the channel."""


class RecordMaker:
    """Makes the records of one network's files; remembers recent lines for the flood detector."""

    def __init__(self) -> None:
        self._flood_detector = FloodDetector()
        self._nicks: dict[int, tuple[float, frozenset[str], OptedOutNicks]] = {}

    def make(self, channel: Channel, batch: Batch, now: datetime) -> list[Record]:
        """Return what has to be stored of a batch, in order; `channel` is fetched with its network."""
        entries = [_entry(channel, line) for line in drop_unwanted(channel, batch.lines)]
        records: list[Record] = []
        if entries and not channel.paused and Gap.objects.filter(channel=channel, to_at=None).exists():
            # The bot logged the channel before and has left it.
            records.append(GapClosed(channel.pk, min(entry.at for entry in entries)))
        for entry in self._apply_nick_rules(channel, entries):
            checked, earlier = self._check_flood(entry, batch, now)
            records += [*earlier, checked]
            if entry.kind == Kind.TOPIC:
                records.append(TopicKnown(channel.pk, entry.text))
        return records

    def _apply_nick_rules(self, channel: Channel, entries: list[Entry]) -> Iterator[Entry]:
        rules = ChannelRules({channel.pk})
        if rules.accepts_everything or not entries or channel.pk not in rules.channels:
            yield from entries
            return
        nicks = self._opted_out_nicks(channel, frozenset(rules.find_opted_out_accounts(channel.pk)))
        copies = rules.find_copies(entries, [entry.account is None for entry in entries])
        for position, entry in enumerate(entries):
            remaining = rules.filter_entry(entry, copies.get(position))
            if remaining and entry.account is None and entry in nicks:
                remaining = rules.hide_opted_out(entry)
            if remaining:
                yield remaining

    def _opted_out_nicks(self, channel: Channel, accounts: frozenset[str]) -> OptedOutNicks:
        known = self._nicks.get(channel.pk)
        if known and known[1] == accounts and monotonic() - known[0] < NICKS_VALID_SECONDS:
            return known[2]
        with connection.cursor() as cursor:
            nicks = OptedOutNicks(cursor, channel, accounts)
        self._nicks[channel.pk] = (monotonic(), accounts, nicks)
        return nicks

    def _check_flood(self, entry: Entry, batch: Batch, now: datetime) -> tuple[Entry, list[FloodDetected]]:
        if not batch.has_minutes_only:
            return self._flood_detector.check(entry)
        if not entry.at <= now <= entry.at + LIVE_WINDOW:
            # A minute of somebody's lines is no flood, and more the times do not say.
            return entry, []
        checked, earlier = self._flood_detector.check(replace(entry, at=now))
        minute = timedelta(minutes=1)
        floods = [replace(flood, at=flood.at.replace(second=0, microsecond=0) - minute) for flood in earlier]
        return replace(checked, at=entry.at), floods


def drop_unwanted(channel: Channel, lines: Iterable[TailLine]) -> Iterator[TailLine]:
    """Yield the new lines that the channel's settings let pass."""
    prefixes = channel.off_record.split()
    is_hidden = False
    for each in lines:
        line = each.line
        # A further line of a message has no sign of its own.
        if not (each.continues and is_hidden):
            is_hidden = line.kind in SAID and is_off_record(line.text, prefixes, channel.network.nick)
        is_left_out = line.kind in PRESENCE_KINDS and not channel.keeps_joins
        if line.kind in SAID and is_restricted(line.target):
            is_left_out = not channel.keeps_restricted
        is_unwanted = is_hidden or is_left_out or channel.paused
        if each.is_new and not is_unwanted:
            yield each


def _entry(channel: Channel, each: TailLine) -> Entry:
    line = each.line
    # As a server's history: nobody has seen when it was said whether it could be stored then.
    return Entry(
        channel.pk, line.at, line.kind, line.nick, line.text, line.account, line.msgid, line.target, replayed=True
    )
