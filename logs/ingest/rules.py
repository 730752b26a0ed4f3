"""Which lines may become rows, and when: opt-outs, erasures, blocks, pauses, delays, floods, on all ways into the log.

`apply_rules` is for entries on their way from a journal, logs.ingest.staged_rules for the rows of a bulk load. Both
decide by `ChannelRules`, so that an import cannot bring in what the bot would not store.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection
from django.db.models import F, Q
from django.utils import timezone

from logs.greenlets import with_yields
from logs.ingest.entry import Entry
from logs.ingest.erased_copies import (
    COPY_TOLERANCE,
    copies_of_lines,
    copies_of_nicks,
    find_copies,
)
from logs.ingest.opt_outs import pseudonym, with_copy_pseudonym, with_pseudonym
from logs.models import Block, ErasedCopy, Forgotten, Gap, HeldLine, Kind, OptOut
from logs.models.channel_choices import OptedOutLines
from logs.models.line import SAID, HoldReason, Reason
from logs.models.network import BlockKind
from logs.text.irc_formatting import strip_formatting
from logs.text.names import fold
from logs.text.privacy_rules import LineNames, Person, is_restricted

MAX_BLOCKS = 1000
"""Blocks that are applied, the newest first: each line is compared with all of them."""


class _Rule(NamedTuple):
    """`pattern` is folded as what it is compared with."""

    number: int
    pattern: str
    since: datetime
    until: datetime | None

    def is_in_force(self, at: datetime) -> bool:
        return self.since <= at and (self.until is None or at < self.until)


class Blocks:
    """The blocks of some networks, given with their casemappings; of none without a query.

    `refused` counts the lines by the block's id.
    """

    def __init__(self, casemappings: Mapping[int, str]) -> None:
        self.refused: Counter[int] = Counter()
        self._casemappings = casemappings
        # By network; those of all networks come first.
        self._texts: dict[int, list[_Rule]] = {network: [] for network in casemappings}
        self._nicks: dict[int, list[_Rule]] = {network: [] for network in casemappings}
        rows = _fetch_blocks(casemappings) if casemappings else []
        self._is_empty = not rows
        for kind, wanted, number, pattern, *times in sorted(rows, key=lambda row: row[1] is not None):
            for network in casemappings if wanted is None else [wanted]:
                if kind == BlockKind.TEXT:
                    self._texts[network].append(_Rule(number, pattern.casefold(), *times))
                else:
                    self._nicks[network].append(_Rule(number, fold(pattern, casemappings[network]), *times))

    def __bool__(self) -> bool:
        return not self._is_empty

    def refuse(self, entry: Entry, network: int) -> bool:
        """Return whether a line of a network is refused, and count it."""
        rule = self._find(entry, network) if self else None
        if rule is not None:
            self.refused[rule.number] += 1
        return rule is not None

    def store_counts(self) -> None:
        """Add what was refused to the blocks' rows, in the caller's transaction."""
        # In one order, as everywhere, against deadlocks.
        for number, count in sorted(self.refused.items()):
            Block.objects.filter(pk=number).update(refused=F("refused") + count, refused_at=timezone.now())
        self.refused.clear()

    def _find(self, entry: Entry, network: int) -> _Rule | None:
        casemapping = self._casemappings[network]
        names = {fold(entry.nick, casemapping), fold(entry.target or "", casemapping)}
        for rule in self._nicks[network]:
            if rule.pattern in names and rule.is_in_force(entry.at):
                return rule
        texts = self._texts[network] if entry.text else []
        folded_text = strip_formatting(entry.text).casefold() if texts else ""
        for rule in texts:
            if rule.pattern in folded_text and rule.is_in_force(entry.at):
                return rule
        return None


def _fetch_blocks(networks: Iterable[int]) -> list[tuple[Any, ...]]:
    blocks = Block.objects.filter(Q(network=None) | Q(network__in=networks)).order_by("-pk")
    columns = ("kind", "network_id", "pk", "pattern", "created_at", "expires_at")
    return list(blocks.values_list(*columns)[:MAX_BLOCKS])


@dataclass(slots=True)
class FilteredEntries:
    """Entries to store now, lines that are held back, and how many entries must not be stored at all.

    `erased_copies` are to be stored with them: other copies of what was dropped or renamed may still come.
    """

    accepted: list[Entry] = field(default_factory=list)
    held: list[HeldLine] = field(default_factory=list)
    dropped: int = 0
    erased_copies: list[ErasedCopy] = field(default_factory=list)


def apply_rules(entries: Sequence[Entry]) -> FilteredEntries:
    """Accept, hold back or drop each entry by the rules of its channel; accepted ones keep their order."""
    filtered = FilteredEntries()
    rules = ChannelRules({entry.channel for entry in entries})
    erased = rules.find_erased(entries)
    copies = rules.find_copies(entries)
    for place, entry in enumerate(with_yields(entries)):
        if entry.channel not in rules.channels:
            filtered.accepted.append(entry)  # an unknown channel: the store reports it
            continue
        is_erased = erased and (digest_of(entry) in erased or (entry.channel, entry.msgid) in erased)
        is_refused = is_erased or rules.blocks.refuse(entry, rules.channels[entry.channel]["network_id"])
        remaining = None if is_refused else rules.filter_entry(entry, copies.get(place))
        if remaining is None:
            filtered.dropped += 1
        elif held := rules.hold_entry(remaining):
            filtered.held.append(held)
        else:
            filtered.accepted.append(remaining)
    filtered.erased_copies = rules.erased_copies
    rules.blocks.store_counts()
    return filtered


def digest_of(entry: Entry) -> str:
    """Return a keyed digest of a line's words: it recognises a copy of the line and reveals nothing else."""
    # Not every log tells that something was said to operators only.
    target = "" if entry.kind in SAID else entry.target or ""
    words = f"{entry.channel}\0{entry.nick}\0{entry.text}\0{target}"
    return hmac.new(settings.SECRET_KEY.encode(), words.encode("utf-8", "replace"), hashlib.sha256).hexdigest()


class _Erasure(NamedTuple):
    """An erasure of all lines of a person until a moment; `is_renamed`: they get a pseudonym instead.

    `person` has the names as they were given: the pseudonym was derived from these.
    """

    until: datetime
    is_renamed: bool
    person: Person
    folded: Person


_CHANNELS = """
    SELECT channel.id AS pk, network_id, casemapping, delay, opted_out, holds_spam, keeps_restricted,
        EXISTS (SELECT FROM logs_erasedcopy copy WHERE copy.channel_id = channel.id) AS has_copies,
        EXISTS (SELECT FROM logs_optout rule WHERE rule.network_id = network.id) AS has_opt_outs,
        EXISTS (SELECT FROM logs_forgotten rule WHERE rule.network_id = network.id AND msgid = '' AND digest = '')
            AS has_erasures,
        EXISTS (SELECT FROM logs_gap gap WHERE gap.channel_id = channel.id AND reason = 'paused') AS has_pauses,
        EXISTS (SELECT FROM logs_block rule WHERE rule.network_id IS NULL OR rule.network_id = network.id)
            AS has_blocks,
        EXISTS (SELECT FROM logs_forgotten rule WHERE rule.channel_id = channel.id
            AND NOT (msgid = '' AND digest = '')) AS has_single_erasures
    FROM logs_channel channel JOIN logs_network network ON network.id = channel.network_id
    WHERE channel.id = ANY(%s)
"""


class ChannelRules:
    """The rules of some channels, read in a few queries whatever the number of lines.

    `erased_copies` collects the digests of those entries that were erased or renamed by their account.
    """

    def __init__(self, channels: set[int]) -> None:
        # One query tells also of which kinds of rule there are any: mostly of none, and this is all that a commit asks.
        with connection.cursor() as cursor:
            cursor.execute(_CHANNELS, [sorted(channels)])
            names = [column.name for column in cursor.description or ()]
            rows: list[dict[str, Any]] = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        self.channels: dict[int, dict[str, Any]] = {row["pk"]: row for row in rows}
        self.erased_copies: list[ErasedCopy] = []
        casemappings = {row["network_id"]: row["casemapping"] for row in rows}
        columns = ("network_id", "channel_id", "account", "nick")
        self.blocks = Blocks(casemappings if any(row["has_blocks"] for row in rows) else {})

        self._opted_out: defaultdict[int, list[Person]] = defaultdict(list)
        networks = [row["network_id"] for row in rows if row["has_opt_outs"]]
        # Queries that find nothing are not even built, which would take longer than all other checks of a commit.
        for network, *who in OptOut.objects.filter(network__in=networks).values_list(*columns) if networks else ():
            self._opted_out[network].append(Person(*who).folded(casemappings[network]))

        # Rules that erase come before rules that rename: an erasure of lines that have a pseudonym must win.
        self._erasures: defaultdict[int, list[_Erasure]] = defaultdict(list)
        networks = [row["network_id"] for row in rows if row["has_erasures"]]
        for until, is_renamed, network, *who in _fetch_erasures(networks, columns) if networks else ():
            person = Person(*who)
            self._erasures[network].append(_Erasure(until, is_renamed, person, person.folded(casemappings[network])))

        paused = [row["pk"] for row in rows if row["has_pauses"]]
        self._pauses = _fetch_pauses(paused) if paused else []
        self._filters_nothing = not (self._opted_out or self._erasures or self._pauses)

    @property
    def accepts_everything(self) -> bool:
        """Whether no line would be dropped or held back, apart from single lines that were erased."""
        filters_nothing = self._filters_nothing and not self.blocks
        return filters_nothing and not any(row["delay"] or row["has_copies"] for row in self.channels.values())

    def find_opted_out_accounts(self, channel: int) -> set[str]:
        """Return the accounts (folded) that opted out of a channel."""
        people = self._opted_out.get(self.channels[channel]["network_id"], ())
        return {person.account for person in people if person.account and person.channel in {None, channel}}

    def find_copies(self, entries: Sequence[Entry], nick_decides: Sequence[bool] = ()) -> dict[int, str]:
        """Return the places of copies of erased lines, with their pseudonyms; see logs.ingest.erased_copies."""
        # A digest for every line would cost more than the rest of the store; most channels have no erased line.
        if not any(row["has_copies"] for row in self.channels.values()):
            return {}
        return find_copies(entries, nick_decides)

    def find_erased(self, entries: Sequence[Entry]) -> set[object]:
        """Return the digests, and the (channel, message id) pairs, of those entries that were erased one by one."""
        # A digest for every line would cost more than the rest of the store; most channels have no erased line.
        channels = {number for number, row in self.channels.items() if row["has_single_erasures"]}
        candidates = [entry for entry in entries if entry.channel in channels]
        if not candidates:
            return set()
        by_digest = {digest_of(entry): entry for entry in candidates}
        msgids = [entry.msgid for entry in candidates if entry.msgid]
        erased: set[object] = set()
        single = Forgotten.objects.filter(channel__in=channels).exclude(msgid="", digest="")
        rows = single.filter(Q(msgid__in=msgids) | Q(digest__in=list(by_digest)))
        for channel, msgid, digest, until in rows.values_list("channel_id", "msgid", "digest", "until"):
            if msgid:
                erased.add((channel, msgid))
            elif abs(by_digest[digest].at - until) <= COPY_TOLERANCE:
                # The same words said at another time are another line.
                erased.add(digest)
        return erased

    def filter_entry(self, entry: Entry, copy_pseudonym: str | None = None) -> Entry | None:
        """Return what may be stored of an entry: all of it, a pseudonymous or a nameless version, or None.

        `copy_pseudonym`: the pseudonym of a copy ("": of an erased line), None for other entries.
        """
        if copy_pseudonym == "" or (entry.target and not self._may_keep_target(entry)):
            return None
        remaining = entry if self._filters_nothing else self._filter_by_names(entry)
        if remaining is None or remaining.kind == Kind.UNLOGGED or copy_pseudonym is None:
            return remaining
        return with_copy_pseudonym(remaining, copy_pseudonym)

    def _may_keep_target(self, entry: Entry) -> bool:
        """Whether a line is for all in its channel, or its owners want what is said to operators alone."""
        is_said_to_some = entry.kind in SAID and is_restricted(entry.target)
        return not is_said_to_some or bool(self.channels[entry.channel]["keeps_restricted"])

    def _filter_by_names(self, entry: Entry) -> Entry | None:
        row = self.channels[entry.channel]
        if entry.replayed and self._is_in_pause(entry):
            return None
        names = LineNames.folded(entry.account, entry.nick, entry.target, row["casemapping"])
        for erasure in self._erasures.get(row["network_id"], ()):
            if entry.at <= erasure.until and _is_erased(erasure.folded, entry.channel, names):
                return self._erase(entry, erasure)
        for person in self._opted_out.get(row["network_id"], ()):
            if person.is_in_line(entry.channel, names):
                return self.hide_opted_out(entry)
        return entry

    def hide_opted_out(self, entry: Entry) -> Entry | None:
        """Return what may be stored of a line of somebody who opted out."""
        is_replaced = self.channels[entry.channel]["opted_out"] == OptedOutLines.PLACEHOLDER
        return make_placeholder(entry) if is_replaced else None

    def _erase(self, entry: Entry, erasure: _Erasure) -> Entry | None:
        """Return the pseudonymous version of an entry, or None; remember its digest if it was found by its account."""
        account, nick = erasure.person.account, erasure.person.nick
        name = pseudonym(entry.channel, account, nick) if erasure.is_renamed else ""
        if account and entry.account:
            self.erased_copies += copies_of_lines([entry], name)
            self.erased_copies += copies_of_nicks([entry], erasure.until, name)
        return with_pseudonym(entry, account, nick) if erasure.is_renamed else None

    def hold_entry(self, entry: Entry) -> HeldLine | None:
        """Return the held line that an entry becomes; None if it is stored at once."""
        row = self.channels[entry.channel]
        if entry.held and row["holds_spam"]:
            return make_held_line(entry, HoldReason(entry.held))
        if not row["delay"]:
            return None
        due = entry.at + timedelta(minutes=row["delay"])
        return make_held_line(entry, HoldReason.DELAY, due) if due > timezone.now() else None

    def _is_in_pause(self, entry: Entry) -> bool:
        """Whether an entry was said in a pause. Both ends belong to the lines around it, which the bot heard live."""
        return any(
            entry.channel == channel and start < entry.at and (end is None or entry.at < end)
            for channel, start, end in self._pauses
        )


def _fetch_erasures(networks: Sequence[int], columns: Sequence[str]) -> Iterable[tuple[Any, ...]]:
    erasures = Forgotten.objects.filter(network__in=networks, msgid="", digest="").order_by("renamed")
    return erasures.values_list("until", "renamed", *columns)


def _fetch_pauses(channels: Sequence[int]) -> list[tuple[int, datetime, datetime | None]]:
    pauses = Gap.objects.filter(channel__in=channels, reason=Reason.PAUSED)
    return list(pauses.values_list("channel_id", "from_at", "to_at"))


def _is_erased(person: Person, channel: int, names: LineNames) -> bool:
    """Whether an erasure covers a line; one that names nobody covers everybody."""
    if not person.account and not person.nick:
        return person.channel in {None, channel}
    return person.is_in_line(channel, names)


def make_placeholder(entry: Entry) -> Entry | None:
    """The nameless line that stands for a message; None for joins and the like, which would reveal who it is."""
    if entry.kind not in SAID:
        return None
    return replace(entry, kind=Kind.UNLOGGED, nick="", text="", account=None, target=None, reply_msgid=None)


def make_held_line(entry: Entry, why: HoldReason, due: datetime | None = None) -> HeldLine:
    """Return the row of a line that is held back, until a time or (None) until somebody decides."""
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
