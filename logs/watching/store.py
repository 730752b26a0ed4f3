"""From the lines of a watched file to its rows, which are stored together with how far the file was read.

The rules are those that the bot applies before its journal; the store applies the others, as to everything. Where a log
names no accounts, nicks decide, as for imports.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from time import monotonic

from django.db import connection
from django.db.models import F
from django.db.models.functions import Now

from logs.ingest.entry import Entry, FloodDetected, GapClosed, Record, TopicKnown
from logs.ingest.flood import FloodDetector
from logs.ingest.opt_outs import OptedOutNicks
from logs.ingest.rules import ChannelRules
from logs.models import Channel, Gap, Kind, Line, WatchedFile
from logs.models.line import PRESENCE_KINDS, SAID
from logs.models.watched import WatchState
from logs.recording.apply import LinkLines, RefuseRecord, commit_records
from logs.text.privacy_rules import is_off_record, is_restricted
from logs.watching.tail import Batch, FilePosition, TailLine

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


SPEAKER_LINES = 2000
"""The newest lines of a channel, in which somebody who acts must have been seen."""


class MovedError(Exception):
    """The row or the channel is not as the batch was made for; nothing was stored."""


def position_of(row: WatchedFile) -> FilePosition:
    return FilePosition(row.offset, row.context_offset, row.context_day, row.is_day_lost, row.context_digest)


def set_position(row: WatchedFile, position: FilePosition) -> None:
    for name, value in asdict(position).items():
        setattr(row, name, value)


def fetch_channel(number: int) -> Channel | None:
    return Channel.objects.filter(pk=number).select_related("network").first()


def is_logged_by_bot(channel: Channel) -> bool:
    """Whether the bot is, or should be, in the channel: then each line of a file would be there twice."""
    network = channel.network
    return bool(channel.wanted and not channel.stopped and network.wanted and network.host)


def fetch_speakers(channel: int) -> frozenset[str]:
    """Return the nicks that were seen recently in a channel."""
    recent = Line.objects.filter(channel=channel).exclude(kind__in=[Kind.MODE, Kind.TOPIC]).order_by("-id")
    return frozenset(recent.values_list("nick", flat=True)[:SPEAKER_LINES])


def store_batch(
    row: WatchedFile,
    batch: Batch,
    records: Sequence[Record],
    channel: Channel,
    *,
    head: tuple[str, int],
    detail: str,
    refuse: RefuseRecord,
    link: LinkLines,
) -> int:
    """Store the records of a batch and move the file's place behind it; return how many lines were stored.

    MovedError if another process has moved it, or if the channel's settings have changed since the records were made.
    """
    times = [record.at for record in records if isinstance(record, Entry)]
    changes: dict[str, object] = {
        **asdict(batch.position),
        "state": WatchState.FOLLOWED,
        "detail": detail,
        "head": head[0],
        "head_length": head[1],
    }

    def advance() -> None:
        if _settings_of(fetch_channel(channel.pk)) != _settings_of(channel):
            raise MovedError
        own = WatchedFile.objects.filter(pk=row.pk, identity=row.identity, offset=row.offset, channel=channel)
        last: datetime | None = max(times, default=None)
        is_moved = own.update(
            **changes,
            lines=F("lines") + len(times),
            unparsed=F("unparsed") + len(batch.unparsed),
            updated_at=Now(),
            **({"last_line_at": last} if last else {}),
        )
        if not is_moved:
            raise MovedError

    stored = commit_records(advance, records, refuse, link)
    for name, value in changes.items():
        setattr(row, name, value)
    return stored


def _settings_of(channel: Channel | None) -> tuple[object, ...] | None:
    """What decides on the lines of a channel before the rules of the store do."""
    if channel is None:
        return None
    settings = channel.paused, channel.keeps_joins, channel.keeps_restricted, channel.off_record, channel.opted_out
    return *settings, is_logged_by_bot(channel)


def touch_paths(paths: Sequence[int], *, polls: bool) -> None:
    """Note that the paths are being followed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE logs_watchedpath SET seen_at = now(), polls = %s WHERE id = ANY(%s)", [polls, list(paths)]
        )
