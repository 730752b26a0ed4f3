"""A file that is read while it grows gives the lines that it gives as a whole, however it is cut."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from logs.formats.log_format import ACTION, JOIN, MESSAGE, LogLine, ParseContext, UnparsedLine, WriteOptions
from logs.formats.log_items import UNKNOWN_DAY
from logs.formats.registry import FORMATS
from logs.watching import tail
from logs.watching.tail import Batch, ChangedError, FilePosition, Reading, find_channel, find_end, read_batch

BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2025, 10, 25, 18, tzinfo=UTC)
"""Two days on, Berlin has an hour twice."""
NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Growing:
    """A file that grows piece by piece and is followed from one place to the next."""

    def __init__(self, path: Path, reading: Reading) -> None:
        self.path = path
        self.reading = reading
        self.position = FilePosition()
        self.lines: list[LogLine] = []
        self.unparsed: list[UnparsedLine] = []
        path.touch()

    def append(self, data: bytes) -> None:
        with self.path.open("ab") as file:
            file.write(data)
        self.read()

    def read(self) -> None:
        with self.path.open("rb") as file:
            while batch := read_batch(file, self.position, self.reading, NOW):
                self.take(batch)

    def take(self, batch: Batch) -> None:
        assert batch.position.offset > self.position.offset
        self.position = batch.position
        self.lines += [line.line for line in batch.lines if line.is_new]
        self.unparsed += batch.unparsed


@pytest.fixture
def growing(tmp_path: Path) -> Callable[..., Growing]:
    def make(name: str, zone: object = BERLIN, **more: object) -> Growing:
        return Growing(tmp_path / "log", Reading(FORMATS[name], zone, **more))  # type: ignore[arg-type]

    return make


@pytest.fixture(autouse=True)
def short_context(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tail, "CONTEXT_LINES", 3)


def chat(step: timedelta, count: int) -> list[LogLine]:
    dice = random.Random(7)
    nicks = ["ann", "bob", "carl"]
    lines = [LogLine(START + timedelta(minutes=number), JOIN, nick) for number, nick in enumerate(nicks)]
    for number in range(3, count):
        kind = dice.choice((MESSAGE, MESSAGE, ACTION))
        lines.append(LogLine(START + number * step, kind, dice.choice(nicks), f"line {number} ü"))
    return lines


def written(name: str, zone: object = BERLIN) -> str:
    write = FORMATS[name].write
    assert write is not None
    return "\n".join(write(chat(timedelta(minutes=7), 500), WriteOptions("#c", zone))) + "\n"  # type: ignore[arg-type]


def mirc() -> Iterator[str]:
    yield "Session Start: Sat Oct 25 20:00:00 2025\nSession Ident: #c\n"
    for line in chat(timedelta(minutes=7), 300):
        at = line.at.astimezone(BERLIN)
        if at.hour == 9 and at.minute < 7:
            yield f"\nSession Start: {at:%a %b %d %H:%M:%S %Y}\nSession Ident: #c\n"
        yield f"[{at:%H:%M:%S}] <{line.nick}> {line.text}\n"


def hexchat() -> Iterator[str]:
    yield "**** BEGIN LOGGING AT Sat Oct 25 20:00:00 2025\n\n"
    for line in chat(timedelta(hours=7), 400):
        at = line.at.astimezone(BERLIN)
        start = f"{at:%b %d %H:%M:%S}"
        yield (
            f"{start} *\t{line.nick} {line.text}\n"
            if line.kind == ACTION
            else (
                f"{start} *\t{line.nick} (a@b.example) has joined\n"
                if line.kind == JOIN
                else f"{start} <{line.nick}>\t{line.text}\n"
            )
        )


TEXTS: dict[str, Callable[[], str]] = {
    "irssi": lambda: written("irssi"),
    "weechat": lambda: written("weechat"),
    "mirc": lambda: "".join(mirc()),
    "hexchat": lambda: "".join(hexchat()),
}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", TEXTS)
def test_it_is_understood_as_a_whole_file_is(growing: Callable[..., Growing], name: str, seed: int) -> None:
    text = TEXTS[name]()
    context = ParseContext(BERLIN)
    whole = [item for item in FORMATS[name].parse(enumerate(text.splitlines(), 1), context) if type(item) is LogLine]
    whole = [line for line in whole if line.at <= NOW]
    assert len(whole) > 60
    file = growing(name, speakers=lambda: {"ann", "bob", "carl"})
    data, dice, at = text.encode(), random.Random(seed), 0
    while at < len(data):
        length = dice.choice((1, 10, 40, 80, 500))
        file.append(data[at : at + length])
        at += length
    assert file.lines == whole


@pytest.mark.parametrize("name", ["znc", "raku"])
def test_the_day_in_the_path_stays_that_of_the_file(growing: Callable[..., Growing], name: str) -> None:
    """Also where the format is in UTC and the zone, which is not asked for, says another day."""
    template = "[{0:02}:{1:02}:00] <ann> {0} {1}\n" if name == "znc" else "[{0:02}:{1:02}] <ann> {0} {1}\n"
    texts = [template.format(hour, minute) for hour in range(24) for minute in range(0, 60, 7)]
    day = date(2025, 6, 1)
    context = ParseContext(BERLIN, day)
    whole = list(FORMATS[name].parse(enumerate("".join(texts).split("\n"), 1), context))
    file = growing(name, day=day)
    for text in texts:
        file.append(text.encode())
    assert file.lines == [item for item in whole if isinstance(item, LogLine)]
    assert len(file.lines) == len(texts)


def test_a_half_line_waits_for_its_other_half(growing: Callable[..., Growing]) -> None:
    file = growing("weechat", UTC)
    file.append(b"2025-11-01 10:00:00\tann\thel")
    assert (file.lines, file.position) == ([], FilePosition())
    file.append(b"lo\n2025-11-01 10:00:01\tbob\tn\xc3")
    assert [line.text for line in file.lines] == ["hello"]
    file.append(b"\xbc\n")
    assert [line.text for line in file.lines] == ["hello", "nü"]
    assert not file.unparsed


def test_after_a_day_that_cannot_be_read_nothing_is_taken_until_a_certain_one(growing: Callable[..., Growing]) -> None:
    file = growing("irssi", UTC)
    file.append(b"--- Log opened Fri Feb 28 12:00:00 2025\n12:00 < ann> certain\n")
    file.append(b"--- Day changed Sat Feb 30 2025\n")
    for number in range(20):
        file.append(b"12:01 < ann> %d\n" % number)
    assert [line.text for line in file.lines] == ["certain"]
    assert [each.reason for each in file.unparsed] == [UNKNOWN_DAY] * 21
    file.append(b"--- Day changed Sat Mar 01 2025\n")
    file.append(b"12:02 < ann> again\n")
    assert [line.text for line in file.lines] == ["certain", "again"]
    assert file.lines[-1].at.date() == date(2025, 3, 1)


def test_a_file_without_any_day_is_reported_until_it_has_one(growing: Callable[..., Growing]) -> None:
    file = growing("irssi", UTC)
    file.append(b"12:00 < ann> when?\n12:01 < ann> when?\n--- Day changed Sat Mar 01 2025\n12:02 < ann> then\n")
    assert [each.reason for each in file.unparsed] == [UNKNOWN_DAY] * 2
    assert [line.text for line in file.lines] == ["then"]


def test_garbage_for_longer_than_the_context_loses_the_day(
    growing: Callable[..., Growing], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tail, "MAX_CONTEXT_BYTES", 500)
    file = growing("irssi", UTC)
    file.append(b"--- Log opened Fri Feb 28 12:00:00 2025\n12:00 < ann> certain\n")
    for _ in range(30):
        file.append(b"no line of any log\n")
    file.append(b"12:01 < ann> perhaps\n")
    assert [line.text for line in file.lines] == ["certain"]
    assert file.unparsed[-1].reason == UNKNOWN_DAY
    file.append(b"--- Day changed Sat Mar 01 2025\n12:02 < ann> then\n")
    assert file.lines[-1].text == "then"


def test_what_has_not_been_said_yet_and_what_was_said_before_irc_is_reported(growing: Callable[..., Growing]) -> None:
    file = growing("weechat", UTC)
    file.append(b"2026-01-01 03:00:00\tann\ttomorrow\n")
    file.append(b"1970-01-01 00:00:00\tann\tlong ago\n2025-01-01 00:00:00\tann\tx\n")
    assert [each.reason for each in file.unparsed] == [tail.FUTURE, tail.BEFORE_IRC]
    assert [line.text for line in file.lines] == ["x"]


def test_a_line_that_never_ends_is_left_out_and_what_follows_it_is_read(growing: Callable[..., Growing]) -> None:
    file = growing("weechat", UTC)
    file.append(b"2025-01-01 00:00:00\tann\tfirst\n")
    for _ in range(8):
        file.append(b"x" * 50_000)
    file.append(b"xx\n2025-01-01 00:00:01\tann\tlast\n")
    assert [line.text for line in file.lines] == ["first", "last"]
    assert file.unparsed
    assert {each.reason for each in file.unparsed} == {tail.TOO_LONG}


def test_lines_in_a_doubtful_encoding_are_reported_unless_it_is_named(growing: Callable[..., Growing]) -> None:
    line = "2025-01-01 00:00:00\tann\tпривет, как дела сегодня\n"
    file = growing("weechat", UTC)
    file.append(line.encode("koi8-r"))
    file.append(line.encode())
    assert [each.reason for each in file.unparsed] == [tail.DOUBTFUL_ENCODING]
    assert [each.text for each in file.lines] == ["привет, как дела сегодня"]
    file.path.unlink()
    named = growing("weechat", UTC, encoding="koi8_r")
    named.append(line.encode("koi8-r"))
    assert [each.text for each in named.lines] == ["привет, как дела сегодня"]


def test_another_line_of_the_same_message_is_marked(growing: Callable[..., Growing]) -> None:
    file = growing("weechat", UTC)
    file.append(b"2025-01-01 00:00:00\tann\t[off] one\n")
    with file.path.open("ab") as log:
        log.write(b"two\n2025-01-01 00:00:01\tann\tthree\n")
    with file.path.open("rb") as log:
        batch = read_batch(log, file.position, file.reading, NOW)
    assert batch is not None
    seen = [(line.line.text, line.is_new, line.continues) for line in batch.lines]
    assert seen == [("[off] one", False, False), ("two", True, True), ("three", True, False)]


def test_an_action_is_one_if_its_nick_was_seen_in_the_channel(growing: Callable[..., Growing]) -> None:
    text = b"**** BEGIN LOGGING AT Sat Oct 25 20:00:00 2025\n\nOct 25 20:00:01 *\tdora waves\n"
    stranger = growing("hexchat", UTC)
    stranger.append(text)
    assert (stranger.lines, len(stranger.unparsed)) == ([], 1)
    stranger.path.unlink()
    known = growing("hexchat", UTC, speakers=lambda: {"dora"})
    known.append(text)
    assert [line.nick for line in known.lines] == ["dora"]


def test_another_channel_in_the_file_is_not_taken_for_this_one(growing: Callable[..., Growing]) -> None:
    start = "Session Start: Sat Oct 25 {} 2025\nSession Ident: {}\n"
    file = growing("mirc", UTC)
    file.append(start.format("20:00:00", "#c").encode())
    with file.path.open("rb") as log:
        file.reading = replace(file.reading, channel=find_channel(log, file.reading))
    for number in range(20):
        file.append(b"[20:00:%02d] <ann> here\n" % number)
    file.append(start.format("21:00:00", "#other").encode())
    for number in range(20):
        file.append(b"[21:00:%02d] <ann> there\n" % number)
    file.append(start.format("22:00:00", "#c").encode())
    file.append(b"[22:00:00] <ann> back\n")
    assert [line.text for line in file.lines] == ["here"] * 20 + ["back"]


def test_a_file_that_was_changed_before_the_place_is_not_read_on(growing: Callable[..., Growing]) -> None:
    file = growing("weechat", UTC)
    for second in range(10):
        file.append(b"2025-01-01 00:00:%02d\tann\tx\n" % second)
    data = file.path.read_bytes()
    for changed in (data[:-1] + b"y\n", data[:-4], data.replace(b"ann", b"eve"), b""):
        file.path.write_bytes(changed)
        with pytest.raises(ChangedError):
            file.read()


@pytest.mark.parametrize("name", TEXTS)
def test_the_end_is_found_without_keeping_anything(growing: Callable[..., Growing], name: str) -> None:
    data = TEXTS[name]().encode()
    half = data.index(b"\n", len(data) // 2) + 1
    once, later = (growing(name, speakers=lambda: {"ann", "bob", "carl"}) for _ in range(2))
    once.append(data[:half])
    before = len(once.lines)
    with later.path.open("rb") as file:
        later.position = find_end(file, later.reading, NOW)
    assert later.position.offset == half
    once.append(data[half:])
    later.read()
    assert later.lines == once.lines[before:]
    assert later.lines
