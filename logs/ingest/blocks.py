"""Blocked nicks and texts: which lines they keep out of the archive, and how many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import F, Q
from django.utils import timezone

from logs.ingest.entry import Entry
from logs.models import Block
from logs.models.block import BlockKind
from logs.text.irc_formatting import strip_formatting
from logs.text.names import fold

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
