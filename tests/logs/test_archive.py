from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logs import archive
from logs.models import Channel, Gap
from logs.models.line import Reason
from tests.conftest import Say

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 29)
START = datetime(2026, 3, 29, tzinfo=UTC)


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "PART_LINES", 3)
    monkeypatch.setattr(archive, "LINES_BEFORE_LINKED", 1)


def texts(lines: list[archive.DayLine]) -> list[str]:
    return [line.text for line in lines]


@pytest.fixture
def ten(channel: Channel, say: Say) -> Channel:
    """Lines 1 to 10, two a minute, so that times are equal in pairs; and one on each side of the day."""
    say(channel, "ann", "before", at=START - timedelta(microseconds=1))
    for number in range(1, 11):
        say(channel, "ann", str(number), at=START + timedelta(minutes=(number - 1) // 2))
    say(channel, "ann", "after", at=START + timedelta(days=1))
    return channel


def test_a_day_begins_and_ends_at_midnight_utc(ten: Channel) -> None:
    assert texts(archive.fetch_day_part(ten, DAY).lines) == [str(n) for n in range(1, 11)]


def test_lines_are_in_order_of_time_and_then_of_id(channel: Channel, say: Say) -> None:
    for text, minutes in (("c", 5), ("a", 1), ("d", 5), ("b", 1)):
        say(channel, "ann", text, at=START + timedelta(minutes=minutes))
    assert texts(archive.fetch_day_part(channel, DAY).lines) == ["a", "b", "c", "d"]


def test_lines_of_other_channels_stay_away(ten: Channel) -> None:
    other = Channel.objects.create(network=ten.network, name="#other")
    assert archive.fetch_day_part(other, DAY).lines == []
    assert archive.last_id(other) == 0


@pytest.mark.usefixtures("small_parts")
def test_a_long_day_is_read_in_parts_forth_and_back(ten: Channel) -> None:
    part = archive.fetch_day_part(ten, DAY)
    seen = [texts(part.lines)]
    while part.later:
        part = archive.fetch_day_part(ten, DAY, part.later)
        seen.append(texts(part.lines))
    assert seen == [["1", "2", "3"], ["4", "5", "6"], ["7", "8", "9"], ["10"]]
    back = []
    while part.earlier:
        part = archive.fetch_day_part(ten, DAY, part.earlier)
        back.append(texts(part.lines))
    assert back == [["7", "8", "9"], ["4", "5", "6"], ["1", "2", "3"]]


@pytest.mark.usefixtures("small_parts")
def test_the_newest_part_ends_with_the_last_line(ten: Channel) -> None:
    part = archive.fetch_day_part(ten, DAY, newest=True)
    assert texts(part.lines) == ["8", "9", "10"]
    assert part.later is None
    assert part.earlier
    assert texts(archive.fetch_day_part(ten, DAY, part.earlier).lines) == ["5", "6", "7"]


def test_a_part_cannot_begin_with_a_line_of_another_day(ten: Channel) -> None:
    with pytest.raises(KeyError):
        archive.fetch_day_part(ten, DAY, 1)


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("newest", [False, True])
def test_every_line_is_in_the_part_that_its_permalink_leads_to(ten: Channel, newest: bool) -> None:
    for number in range(2, 12):
        line = archive.fetch_line(ten, number)
        assert line is not None
        start = archive.find_part_start(ten, line, newest=newest)
        assert line in archive.fetch_day_part(ten, DAY, start, newest=newest).lines


@pytest.mark.usefixtures("small_parts")
def test_a_linked_line_further_on_stands_after_those_before_it(ten: Channel) -> None:
    line = archive.fetch_line(ten, 8)
    assert line is not None
    assert line.text == "7"
    assert texts(archive.fetch_day_part(ten, DAY, archive.find_part_start(ten, line)).lines) == ["6", "7", "8"]


@pytest.mark.parametrize("size", [1, 2, 3, 10, 100])
def test_a_whole_day_comes_in_lists(ten: Channel, size: int) -> None:
    lists = list(archive.iterate_day_lines(ten, DAY, size))
    assert sum(map(texts, lists), []) == [str(n) for n in range(1, 11)]  # noqa: RUF017
    assert all(len(lines) <= size for lines in lists)


@pytest.mark.parametrize(("minutes", "text"), [(0, "1"), (1, "3"), (1.5, "5"), (4, "9"), (4.1, "10"), (1000, "10")])
def test_the_line_at_a_moment_is_the_next_one_or_the_last_of_the_day(ten: Channel, minutes: float, text: str) -> None:
    line = archive.find_line_at(ten, START + timedelta(minutes=minutes))
    assert line is not None
    assert line.text == text


def test_a_day_without_lines_has_none_at_any_moment(ten: Channel) -> None:
    assert archive.find_line_at(ten, START + timedelta(days=5)) is None


def test_the_last_id_is_that_of_the_last_stored_line(ten: Channel) -> None:
    assert archive.last_id(ten) == 12


def test_the_gaps_of_a_day_are_those_that_touch_it(channel: Channel) -> None:
    hour = timedelta(hours=1)
    noon = START + 12 * hour
    wanted = [
        Gap(from_at=START - hour, to_at=START + hour),
        Gap(from_at=noon, to_at=noon + hour),
        Gap(from_at=noon + 2 * hour, to_at=None),
    ]
    others = [Gap(from_at=START - 2 * hour, to_at=START), Gap(from_at=START + 24 * hour, to_at=START + 25 * hour)]
    for gap in [*reversed(wanted), *others]:
        gap.channel, gap.reason = channel, Reason.CONNECTION
        gap.save()
    assert archive.fetch_gaps(channel, DAY) == wanted


@given(st.text(st.sampled_from("0123456789-")) | st.dates().map(str))
def test_a_day_is_read_from_an_address_or_refused(text: str) -> None:
    day = archive.parse_day(text)
    assert day is None or (str(day) == text and day - timedelta(days=1) < day < day + timedelta(days=1))


@pytest.mark.parametrize("text", ["2026-02-30", "0000-01-01", "0001-01-01", "9999-12-31", "2026-13-01", "20260101"])
def test_days_that_do_not_exist_are_refused(text: str) -> None:
    assert archive.parse_day(text) is None
