"""Which lines may become rows, and when: opt-outs, what was erased, delays and floods are settled here, for all."""
# MERGED: What logs.ingest.rules is for the lines of a bulk load: it takes out what must not be kept, or not yet.

from __future__ import annotations

import hashlib
import hmac
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Q
from django.utils import timezone

from logs.imports.pseudonyms import renamed
from logs.ingest.entry import Entry
from logs.models import Channel, Forgotten, Gap, HeldLine, Kind, OptOut
from logs.models.channel import OptedOut
from logs.models.line import SAID, Held, Reason
from logs.text.names import fold
from logs.text.privacy_rules import Person, is_off_record

ROUND = timedelta(seconds=2)
"""How far the times of two copies of one line may differ."""


@dataclass(slots=True)
class Admitted:
    """Lines to be stored now, those that are held back, and how many must not be kept at all."""

    now: list[Entry] = field(default_factory=list)
    held: list[HeldLine] = field(default_factory=list)
    unwanted: int = 0


def admit(entries: Sequence[Entry]) -> Admitted:
    """Sorts lines by what their channels' owners, their speakers and earlier erasures ask for."""
    admitted = Admitted()
    rules = Rules({entry.channel for entry in entries})
    gone = rules.gone_lines(entries)
    for entry in entries:
        if entry.channel not in rules.channels:
            admitted.now.append(entry)  # unknown: for the store to refuse
            continue
        erased = gone and (digest_of(entry) in gone or (entry.channel, entry.msgid) in gone)
        kept = None if erased else rules.kept(entry)
        if kept is None:
            admitted.unwanted += 1
        elif held := rules.held(kept):
            admitted.held.append(held)
        else:
            admitted.now.append(kept)
    return admitted


def digest_of(entry: Entry) -> str:
    """A keyed digest of a line's words: tells a copy of it, and nothing else."""
    words = f"{entry.channel}\0{entry.nick}\0{entry.text}\0{entry.target or ''}"
    return hmac.new(settings.SECRET_KEY.encode(), words.encode("utf-8", "replace"), hashlib.sha256).hexdigest()


class Rules:
    """What holds for some channels, read in a few queries whatever the number of lines."""

    def __init__(self, channels: set[int]) -> None:
        rows: Iterable[Any] = Channel.objects.filter(pk__in=channels).values(
            "pk", "network_id", "network__casemapping", "delay", "opted_out", "holds_spam"
        )
        self.channels: dict[int, dict[str, Any]] = {row["pk"]: row for row in rows}
        networks = {row["network_id"] for row in self.channels.values()}
        columns = ("network_id", "channel_id", "account", "nick")
        self._opted: dict[int, list[Person]] = {}
        for network, *person in OptOut.objects.filter(network__in=networks).values_list(*columns):
            self._opted.setdefault(network, []).append(Person(*person))
        self._erased: dict[int, list[tuple[datetime, bool, Person]]] = {}
        erased = Forgotten.objects.filter(network__in=networks, msgid="", digest="")
        for until, is_renamed, network, *person in erased.values_list("until", "renamed", *columns).order_by("renamed"):
            self._erased.setdefault(network, []).append((until, is_renamed, Person(*person)))

        paused = Gap.objects.filter(channel__in=self.channels, reason=Reason.PAUSED)
        self._paused = list(paused.values_list("channel_id", "from_at", "to_at"))
        self._keep_all = not (self._opted or self._erased or self._paused)

    @property
    def pass_all(self) -> bool:
        """Whether they have nothing against any line; single lines that were erased are another matter."""
        return self._keep_all and not any(row["delay"] for row in self.channels.values())

    def gone_lines(self, entries: Sequence[Entry]) -> set[object]:
        """The digests, and (channel, message id), of single lines that were erased."""
        single = Forgotten.objects.filter(channel__in=self.channels).exclude(msgid="", digest="")
        touched = set(single.values_list("channel", flat=True).distinct())
        asked = [entry for entry in entries if entry.channel in touched]
        if not asked:
            return set()
        by_digest = {digest_of(entry): entry for entry in asked}
        msgids = [entry.msgid for entry in asked if entry.msgid]
        gone: set[object] = set()
        rows = single.filter(Q(msgid__in=msgids) | Q(digest__in=list(by_digest)))
        for channel, msgid, digest, until in rows.values_list("channel_id", "msgid", "digest", "until"):
            if msgid:
                gone.add((channel, msgid))
            elif abs(by_digest[digest].at - until) <= ROUND:
                gone.add(digest)
        return gone

    def kept(self, entry: Entry) -> Entry | None:
        """What may be kept of a line: all, all under a pseudonym, a nameless placeholder, or nothing."""
        if self._keep_all:
            return entry
        row = self.channels[entry.channel]
        if entry.replayed and any(
            entry.channel == of and since < entry.at and (not to or entry.at < to) for of, since, to in self._paused
        ):
            return None
        account, nick, target = (
            fold(name or "", row["network__casemapping"]) for name in (entry.account, entry.nick, entry.target)
        )
        for until, is_renamed, person in self._erased.get(row["network_id"], ()):
            if entry.at <= until and _is_of(person, entry.channel, account, nick):
                return renamed(entry, person.account, person.nick) if is_renamed else None
        for person in self._opted.get(row["network_id"], ()):
            if person.said(entry.channel, account, nick) or (target and person.said(entry.channel, "", target)):
                return _placeholder(entry) if row["opted_out"] == OptedOut.PLACEHOLDER else None
        return entry

    def held(self, entry: Entry) -> HeldLine | None:
        row = self.channels[entry.channel]
        if entry.held and row["holds_spam"]:
            return _held(entry, Held(entry.held), None)
        if not row["delay"]:
            return None
        due = entry.at + timedelta(minutes=row["delay"])
        return _held(entry, Held.DELAY, due) if due > timezone.now() else None


def _is_of(person: Person, channel: int, account: str, nick: str) -> bool:
    """Whether an erasure covers a line; one that names nobody covers everybody."""
    if not person.account and not person.nick:
        return person.channel in {None, channel}
    return person.said(channel, account, nick)


def _placeholder(entry: Entry) -> Entry | None:
    if entry.kind not in SAID:
        return None
    return replace(entry, kind=Kind.UNLOGGED, nick="", text="", account=None, target=None)


def _held(entry: Entry, why: Held, due: datetime | None) -> HeldLine:
    return HeldLine(
        channel_id=entry.channel,
        why=why,
        due_at=due,
        at=entry.at,
        kind=entry.kind,
        nick=entry.nick,
        text=entry.text,
        account=entry.account,
        msgid=entry.msgid,
        target=entry.target,
    )


COMINGS = (Kind.JOIN, Kind.PART, Kind.QUIT)
MINUTE = timedelta(minutes=1)
CHUNK = 2000


def admit_staged(cursor: Any, channel: int) -> Counter[int]:
    """Takes lines out of `staged_line`, in whose place may come nameless ones; how many of each file went.

    A line that may be published only later goes as well: it can be imported then.
    """
    settings = Channel.objects.filter(pk=channel).first()
    if settings is None:
        return Counter()
    dropped = _drop_by_settings(cursor, settings)
    rules, erased = Rules({channel}), _Erased(channel)
    if rules.pass_all and not erased:
        return dropped
    gone: list[int] = []
    nameless: list[int] = []
    renamed: list[tuple[int, str, str | None]] = []
    for n, entry in _staged(channel):
        kept = None if erased.has(entry) else rules.kept(entry)
        if kept is None or rules.held(kept):
            gone.append(n)
        elif kept.kind == Kind.UNLOGGED:
            nameless.append(n)
        elif kept is not entry:
            renamed.append((n, kept.nick, kept.target))
    cursor.execute(
        "UPDATE staged_line SET kind = %s, nick = '', text = '', account = NULL, target = NULL WHERE n = ANY(%s)",
        [Kind.UNLOGGED, nameless],
    )
    if renamed:
        cursor.execute(
            "UPDATE staged_line SET nick = new.nick, account = NULL, target = new.target"
            " FROM unnest(%s::integer[], %s::text[], %s::text[]) AS new(n, nick, target) WHERE staged_line.n = new.n",
            [list(column) for column in zip(*renamed, strict=True)],
        )
    return dropped + _drop(cursor, gone)


class _Erased:
    """Single lines of a channel that were erased. A log that knows only minutes has them at the beginning of theirs."""

    def __init__(self, channel: int) -> None:
        self._msgids: set[str] = set()
        self._digests: defaultdict[str, list[datetime]] = defaultdict(list)
        single = Forgotten.objects.filter(channel=channel).exclude(msgid="", digest="")
        for msgid, digest, until in single.values_list("msgid", "digest", "until"):
            if msgid:
                self._msgids.add(msgid)
            else:
                self._digests[digest].append(until)

    def __bool__(self) -> bool:
        return bool(self._msgids or self._digests)

    def has(self, entry: Entry) -> bool:
        if entry.msgid in self._msgids:
            return True
        if not self._digests:
            return False
        return any(entry.at - ROUND <= until < entry.at + MINUTE for until in self._digests.get(digest_of(entry), ()))


def _drop_by_settings(cursor: Any, channel: Channel) -> Counter[int]:
    """What the channel's owners do not want kept."""
    gone: list[int] = []
    prefixes = channel.off_record.split()
    if prefixes:
        cursor.execute(
            "SELECT n, text FROM staged_line WHERE kind = ANY(%s) AND lower(left(text, 100)) LIKE ANY(%s)",
            [[int(kind) for kind in SAID], [f"%{_literal(prefix.lower())}%" for prefix in prefixes]],
        )
        gone = [n for n, text in cursor.fetchall() if is_off_record(text, prefixes)]
    if channel.retention:
        cursor.execute("SELECT n FROM staged_line WHERE at < now() - %s * interval '1 day'", [channel.retention])
        gone += [n for (n,) in cursor.fetchall()]
    if not channel.keeps_joins:
        cursor.execute("SELECT n FROM staged_line WHERE kind = ANY(%s)", [[int(kind) for kind in COMINGS]])
        gone += [n for (n,) in cursor.fetchall()]
    return _drop(cursor, gone)


def _literal(text: str) -> str:
    """As LIKE takes it for itself."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _drop(cursor: Any, gone: list[int]) -> Counter[int]:
    if not gone:
        return Counter()
    cursor.execute("DELETE FROM staged_line WHERE n = ANY(%s) RETURNING file", [gone])
    return Counter(file for (file,) in cursor.fetchall())


def _staged(channel: int) -> Iterator[tuple[int, Entry]]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(
            "SELECT n, at, kind, nick, text, account, msgid, target, '' AS held, true AS replayed FROM staged_line"
        )
        while rows := cursor.fetchmany(CHUNK):
            for n, *fields in rows:
                yield n, Entry(channel, *fields)
