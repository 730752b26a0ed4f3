"""What a dry run shows of a log before it counts: examples of each kind of line, first and last day, busiest nicks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from django.utils.translation import gettext

from logs.formats.jsonl import KIND_NAMES
from logs.formats.log_format import LogLine, NumberedLine
from logs.imports.bridges import BridgeCounts
from logs.text.names import fold

EXAMPLES_PER_KIND = 3
BUSIEST_NICKS = 5
MAX_NICKS = 100_000
"""More different nicks are no longer counted, so that a log of any size takes little memory."""


@dataclass(slots=True)
class Digest:
    """What was understood of one or several files: how many lines of each kind, and examples with their source."""

    counts: Counter[int] = field(default_factory=Counter)
    examples: dict[int, list[tuple[str, LogLine]]] = field(default_factory=dict)
    nicks: Counter[str] = field(default_factory=Counter)
    bridges: BridgeCounts = field(default_factory=BridgeCounts)
    first: datetime | None = None
    last: datetime | None = None
    _current: str = ""

    def track(self, lines: Iterator[NumberedLine]) -> Iterator[NumberedLine]:
        """Pass on the lines of a file, remembering the current one as the source of what is parsed next."""
        for line in lines:
            self._current = line[1]
            yield line

    def set_source(self, text: str) -> None:
        """Remember the text from which the next line was parsed; "" where it is not known."""
        self._current = text

    def add(self, line: LogLine) -> None:
        """Count a line that was parsed from the current one."""
        self.counts[line.kind] += 1
        if line.nick in self.nicks or len(self.nicks) < MAX_NICKS:
            self.nicks[line.nick] += 1
        self.bridges.add(line)
        self.first = line.at if self.first is None else min(self.first, line.at)
        self.last = line.at if self.last is None else max(self.last, line.at)
        shown = self.examples.setdefault(line.kind, [])
        # Some formats look ahead: what stands in another line is no example of this one.
        if len(shown) < EXAMPLES_PER_KIND and (not self._current or line.nick in self._current):
            shown.append((self._current, line))

    def merge(self, other: Digest) -> None:
        """Add what another file has."""
        self.counts += other.counts
        self.nicks += other.nicks
        self.bridges.merge(other.bridges)
        for kind, examples in other.examples.items():
            shown = self.examples.setdefault(kind, [])
            shown += examples[: EXAMPLES_PER_KIND - len(shown)]
        moments = [at for at in (self.first, other.first, self.last, other.last) if at is not None]
        self.first, self.last = (min(moments), max(moments)) if moments else (None, None)

    def describe_bridges(self, known: Collection[str]) -> Iterator[tuple[str, str]]:
        """Nicks that are probably bridges, each with a sentence, without those of the folded `known` ones."""
        for nick, count, said in self.bridges.find():
            if fold(nick) not in known:
                yield nick, f"{nick} is probably a bridge: {count:,} of its {said:,} messages begin with another name"

    def describe_days(self) -> str:
        """The first and the last day and the busiest nicks; "" if there is no line."""
        if self.first is None or self.last is None:
            return ""
        busiest = ", ".join(f"{nick} {count:,}" for nick, count in self.nicks.most_common(BUSIEST_NICKS))
        first, last = (f"{at.astimezone(UTC):%Y-%m-%d}" for at in (self.first, self.last))
        words = gettext("from %(first)s to %(last)s (UTC), most lines by %(busiest)s")
        return words % {"first": first, "last": last, "busiest": busiest}

    def list_kinds(self) -> Iterator[tuple[str, int, list[tuple[str, str]]]]:
        """Each kind of line: its name, how many there are, and pairs of a line of the file and what it became."""
        for kind, count in sorted(self.counts.items()):
            examples = [(source[:200], describe_line(line)) for source, line in self.examples.get(kind, ())]
            yield KIND_NAMES[kind], count, examples

    def describe(self) -> Iterator[str]:
        """Lines for a person: the days, the busiest nicks, and the examples of each kind."""
        if days := self.describe_days():
            yield days
        for name, count, examples in self.list_kinds():
            yield f"{name}: {count:,} lines"
            for source, line in examples:
                yield f"    {source!r}" if source else "    (not shown)"
                yield f"    → {line}"


def describe_line(line: LogLine) -> str:
    """A line as it was parsed, in UTC."""
    who = f"{line.nick} → {line.target}" if line.target else line.nick
    return f"{line.at.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z {KIND_NAMES[line.kind]} {who} {line.text[:100]}".rstrip()
