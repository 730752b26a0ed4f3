"""No regular expression that meets text of other people takes more than linear time, whatever the text is.

The patterns are collected from the modules, so that a new one is tried as well. Each is tried with texts made of its
own parts: what matches the beginning of the pattern, then a piece of it many times, then something that cannot match.
Steps are counted (tests/regex_steps.py), not seconds.
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from types import BuiltinMethodType, FunctionType, ModuleType
from typing import Any

import pytest

import bot
import logs
from logs.formats import told_events
from logs.formats.line_patterns import MAX_EVENT_CHARACTERS
from logs.formats.names_inside import MAX_HEADER_CHARACTERS
from logs.search import highlight, sql
from logs.search.query_parser import MAX_QUERY_CHARACTERS, Term, parse
from tests.regex_steps import SINGLE, UNBOUNDED, Counter, TooManyStepsError, matches_char, op

ROOT = Path(__file__).resolve().parent.parent
LENGTH, FACTOR = 48, 4
MAX_GROWTH = 1.7 * FACTOR
"""Linear growth is FACTOR, quadratic growth FACTOR squared."""

MANY_STEPS = 25 * LENGTH
"""Texts that take fewer steps are not tried in greater length."""

MAX_PIECES, MAX_BEGINNINGS = 12, 10

FOREIGN = [bot, logs]
NOT_FOREIGN = {"logs.migrations", "bot.management", "logs.management"}
"""Patterns for addresses and names that administrators type into commands."""

QUADRATIC: dict[str, int] = {
    # Read by every search of the page, which takes no longer text.
    "logs.search.query_parser._TOKEN": MAX_QUERY_CHARACTERS,
    # Headers of old logs.
    "logs.formats.irssi._HEADER_DAY": MAX_EVENT_CHARACTERS,
    "logs.formats.names_inside._HEADERS": MAX_HEADER_CHARACTERS,
    # Sentences of old logs about joins, quits and the like.
    "._events[": MAX_EVENT_CHARACTERS,
    "._ignored[": MAX_EVENT_CHARACTERS,
}
"""Parts of the names of patterns that see texts of at most this length: their time may grow with its square."""

BUILT_IN_FUNCTIONS = {
    "logs.text.logging_notice": 1,  # for each site's address
    "logs.formats.encodings": 1,  # a repetition of one kind of byte, with a bound
    "logs.formats.file_names": 1,  # a single character
    "logs.formats.month_names": 1,  # two digits
    "logs.formats.told_events": 2,  # of the sentences of clients: `collect` adds them
    "logs.search.highlight": 1,  # for each query
    "logs.live.line_filter": 2,  # for each filter: words of the query, and hosts of links
    "logs.site_checklist": 1,  # for the notice of the site's owner
    "logs.formats.line_patterns": 2,  # for each format, when its module is imported
    "logs.models.network": 3,  # fingerprints that administrators enter
    "logs.search.database": 1,  # statements of this code
}
"""How many patterns a module compiles in its functions. A new one belongs into one of the tests below."""


def modules() -> Iterator[ModuleType]:
    for package in FOREIGN:
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not any(found.name.startswith(name) for name in NOT_FOREIGN) and not found.ispkg:
                yield importlib.import_module(found.name)


def by_room(module: ModuleType) -> bool:
    """A key that sorts the modules of formats first: patterns are named by the module that first has them."""
    return not module.__name__.startswith("logs.formats")


def patterns_in(value: object, name: str, seen: set[int], depth: int = 0) -> Iterator[tuple[str, re.Pattern[Any]]]:
    """The patterns that a value holds: itself, its members, or what a function refers to."""
    if isinstance(value, BuiltinMethodType):
        value = value.__self__  # `pattern.fullmatch`
    if isinstance(value, re.Pattern):
        yield name, value
        return
    if depth > 6 or id(value) in seen:
        return
    seen.add(id(value))
    members: list[tuple[str, object]] = []
    if isinstance(value, list | tuple | set | frozenset):
        members = [(f"{name}[{number}]", member) for number, member in enumerate(value)]
    elif isinstance(value, dict):
        members = [(f"{name}[{key!r}]", member) for key, member in value.items()]
    elif isinstance(value, FunctionType) and value.__closure__:
        cells = zip(value.__code__.co_freevars, value.__closure__, strict=True)
        members = [(f"{name}.{variable}", cell.cell_contents) for variable, cell in cells]
    elif type(value).__module__.startswith(("logs.formats", "logs.text", "bot.")):
        slots = getattr(type(value), "__slots__", ()) or vars(value)
        members = [(f"{name}.{slot}", getattr(value, slot, None)) for slot in slots]
    for member_name, member in members:
        yield from patterns_in(member, member_name, seen, depth + 1)


def collect() -> dict[str, tuple[re.Pattern[Any], bool]]:
    """Every pattern by its name, and whether it is only matched against a whole text, or its beginning."""
    found: dict[str, tuple[re.Pattern[Any], bool]] = {}
    known: set[tuple[object, int]] = set()
    for module in sorted(modules(), key=by_room):
        source = Path(str(module.__file__)).read_text(encoding="utf-8")
        for variable, value in list(vars(module).items()):
            for name, pattern in patterns_in(value, f"{module.__name__}.{variable}", set()):
                if (pattern.pattern, pattern.flags) not in known:
                    known.add((pattern.pattern, pattern.flags))
                    uses = set(re.findall(rf"\b{re.escape(variable)}\.(\w+)", source))
                    # Those of formats in closures and objects are matched against whole lines and sentences.
                    is_member = name != f"{module.__name__}.{variable}"
                    is_whole = not by_room(module) if is_member else bool(uses) and uses <= {"match", "fullmatch"}
                    found[name] = pattern, is_whole
    for number, pattern in enumerate(told_events._departures()):
        found[f"logs.formats.told_events._departures[{number}]"] = pattern, True
    return found


PATTERNS = collect()


def test_patterns_of_all_kinds_are_collected() -> None:
    names = " ".join(PATTERNS)
    for kind in ("logs.text.markup", "logs.formats.irssi", "logs.formats.weechat", "bot.irc.message", "bot.throttle"):
        assert kind in names
    assert len(PATTERNS) > 50


def test_no_pattern_escapes_the_collection() -> None:
    """Patterns compiled in functions are not found by looking at modules; those that exist are tried below."""
    built: dict[str, int] = {}
    for path in [*(ROOT / "logs").rglob("*.py"), *(ROOT / "bot").rglob("*.py")]:
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        if any(name.startswith(excluded) for excluded in NOT_FOREIGN):
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef):
                calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
                count = sum(
                    ast.unparse(call.func).startswith("re.") and "escape" not in ast.unparse(call.func)
                    for call in calls
                )
                if count:
                    built[name] = built.get(name, 0) + count
    assert built == BUILT_IN_FUNCTIONS | {"logs.text.markup": built.get("logs.text.markup", 0)}


def example(nodes: Any, flags: int) -> str:
    """A short text that nodes match, as far as that is easy to tell."""
    return "".join(_example(kind, value, flags) for kind, value in nodes)


def _example(kind: Any, value: Any, flags: int) -> str:
    if kind in SINGLE:
        return next(iter(_chars(kind, value, flags)), "")
    if kind in {op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT}:
        return example(value[2], flags) * max(1, value[0])
    if kind is op.SUBPATTERN:
        return example(value[3], flags)
    if kind is op.ATOMIC_GROUP:
        return example(value, flags)
    return example(value[1][0], flags) if kind is op.BRANCH else ""


CANDIDATES = "a_1 -.:/[<\t\\Z\"'(,!@é\n"


def _chars(kind: Any, value: Any, flags: int) -> list[str]:
    """Up to three characters that a node for one character matches."""
    own = [chr(value)] if kind is op.LITERAL else []
    if kind is op.IN:
        own = [
            chr(one if member is op.LITERAL else one[0]) for member, one in value if member in {op.LITERAL, op.RANGE}
        ]
    return [char for char in [*own, *CANDIDATES] if matches_char(kind, value, char, flags)][:3]


def pieces(nodes: Any, flags: int, found: dict[str, None] | None = None) -> dict[str, None]:
    """What to repeat: characters of the pattern, its literal words, and what its repetitions repeat."""
    found = {} if found is None else found
    word = ""
    for kind, value in nodes:
        word = word + chr(value) if kind is op.LITERAL else ""
        if len(word) > 1:
            found[word] = None
        if kind in SINGLE:
            found |= dict.fromkeys(_chars(kind, value, flags)[:3])
        elif kind in {op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT}:
            found[example(value[2], flags)] = None
            pieces(value[2], flags, found)
        elif kind is op.SUBPATTERN:
            pieces(value[3], flags, found)
        elif kind is op.ATOMIC_GROUP:
            pieces(value, flags, found)
        elif kind is op.BRANCH:
            for branch in value[1]:
                pieces(branch, flags, found)
    return found


def is_unbounded(nodes: Any) -> bool:
    """Whether nodes contain a repetition without a bound."""
    for kind, value in nodes:
        if kind in {op.MAX_REPEAT, op.MIN_REPEAT} and (value[1] is op.MAXREPEAT or value[1] >= UNBOUNDED):
            return True
        inner = {op.SUBPATTERN: lambda value: [value[3]], op.BRANCH: lambda value: value[1]}.get(kind)
        if kind in {op.MAX_REPEAT, op.MIN_REPEAT}:
            inner = lambda value: [value[2]]  # noqa: E731
        if inner and any(is_unbounded(part) for part in inner(value)):
            return True
    return False


def beginnings(nodes: list[Any], flags: int) -> dict[str, int]:
    """Texts that match everything before a repetition without a bound, with the number of its node."""
    found = {"": 0}
    for number, node in enumerate(nodes):
        if is_unbounded([node]):
            start = example(nodes[:number], flags)
            found.setdefault(start, number)
            inner = beginnings(list(node[1][3]), flags) if node[0] is op.SUBPATTERN else {}
            for one in inner:
                found.setdefault(start + one, number)
    return dict(list(found.items())[:MAX_BEGINNINGS])


def adversarial_texts(counter: Counter, length: int) -> Iterator[tuple[str, str]]:
    """Texts of about this length with how they are made, so that the same can be made in another length."""
    nodes = list(counter.tree)
    for start, number in beginnings(nodes, counter.flags).items():
        # Only what follows this beginning can match after it.
        parts = [part for part in pieces(nodes[number:], counter.flags) if part][:MAX_PIECES]
        chars = [part for part in parts if len(part) == 1][:4]
        pairs = [first + second for first in chars for second in chars if first != second]
        for piece in dict.fromkeys([*parts, *pairs]):
            yield f"{start!r} + {piece!r} * n", start + piece * (length // len(piece)) + "\0"


def superlinear(pattern: re.Pattern[Any], *, anchored: bool, max_growth: float = MAX_GROWTH) -> list[str]:
    """Descriptions of up to three texts on which the steps of a pattern grow more than allowed."""
    counter = Counter(pattern)
    if not is_unbounded(list(counter.tree)) and anchored:
        return []
    short = dict(adversarial_texts(counter, LENGTH))
    found = []
    longer: dict[str, str] = {}
    for name, text in short.items():
        if len(found) == 3:
            break
        try:
            steps = counter.count(text, anchored=anchored)
            if steps < MANY_STEPS:
                continue
            longer = longer or dict(adversarial_texts(counter, LENGTH * FACTOR))
            growth = counter.count(longer[name], anchored=anchored) / steps
        except TooManyStepsError:
            growth = float("inf")
        if growth > max_growth:
            found.append(f"{name}: {growth:.1f} times the steps for {FACTOR} times the length")
    return found


@pytest.mark.parametrize("name", sorted(PATTERNS))
def test_a_pattern_takes_linear_time(name: str) -> None:
    pattern, anchored = PATTERNS[name]
    is_bounded = any(bounded in name for bounded in QUADRATIC)
    assert superlinear(pattern, anchored=anchored, max_growth=1.2 * FACTOR**2 if is_bounded else MAX_GROWTH) == []


@pytest.mark.parametrize("pattern", [r"(a+)+$", r"\w+\s*,", r"<[^>]*>", r"(?:a|ab)*c", r"x.*y.*z"])
def test_patterns_that_take_more_are_recognised(pattern: str) -> None:
    assert superlinear(re.compile(pattern), anchored=False)


@pytest.mark.parametrize("pattern", [r"(a+)+$", r"(?: \(.*?\))*? x", r"x.*y.*z"])
def test_patterns_that_may_take_quadratic_time_take_no_more(pattern: str) -> None:
    growth = 1.2 * FACTOR**2
    assert superlinear(re.compile(pattern), anchored=True, max_growth=growth) or pattern == r"x.*y.*z"


@pytest.mark.parametrize(
    "text",
    [
        "apples",
        '"green apples"',
        "app*",
        "a OR b",
        '"a b c" d*',
        "x" * 200,
        '"a -> b"',
        "C++",
        "::",
        "a.b.c*",
        "don't",
        "日本語*",
        "v2.10",
    ],
)
def test_highlighting_takes_linear_time(text: str) -> None:
    patterns = highlight.highlight_pattern(parse(text).marked)
    assert patterns is not None
    for pattern in filter(None, patterns):
        assert superlinear(pattern, anchored=False) == []


def test_patterns_for_postgresql_have_nothing_that_its_automaton_cannot_do_in_linear_time() -> None:
    """PostgreSQL's engine is an automaton, which takes linear time except for back references and lookaround."""
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "logs" / "sql").glob("*.sql")]
    texts.append(sql.pattern(Term("green apples.red", prefix=True)))
    for text in texts:
        without_replacements = re.sub(r"'[^']*', 'g'\)", "", text)
        assert re.search(r"\\[1-9]|\(\?[=!<]", without_replacements) is None
