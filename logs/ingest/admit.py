"""Which lines may become rows, and when: opt-outs, what was erased, delays and floods are settled here, for all."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from logs.ingest.entry import Entry
from logs.ingest.pseudonyms import renamed
from logs.models import Channel, Forgotten, Gap, HeldLine, Kind, OptOut
from logs.models.channel import OptedOut
from logs.models.gap import Reason
from logs.models.held import Held
from logs.models.line import SAID
from logs.text.consent import Person
from logs.text.names import fold

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
