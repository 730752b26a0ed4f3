"""Lines page by page: in reading order, each once, from any place, both ways, with gaps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from logs import privacy
from logs.conversations.reply_store import Reply, find_beginnings, write_replies
from logs.models import Channel, Fill, Gap, Kind, Line
from logs.models.line import BLOCK_LINES
from tests.conftest import Say
from tests.logs.views.api.conftest import GARDEN, Caller

pytestmark = pytest.mark.django_db
LINES = f"{GARDEN}/lines"
START = datetime(2026, 3, 1, 9, tzinfo=UTC)


@pytest.fixture
def talk(channel: Channel, say: Say) -> Channel:
    """Ten lines, three of the same moment, and the last one stored was said first, as when a gap is filled."""
    for minute in [1, 2, 3, 3, 3, 4, 5, 6, 7, 0]:
        say(channel, "ann", f"line of {minute}", at=START + timedelta(minutes=minute))
    return channel


IN_ORDER = [10, 1, 2, 3, 4, 5, 6, 7, 8, 9]


def ids(page: dict[str, object]) -> list[int]:
    return [line["id"] for line in page["lines"]]  # type: ignore[attr-defined]


def test_a_line_tells_all_that_is_to_be_known(channel: Channel, say: Say, api: Caller) -> None:
    say(channel, "ann", "\x02bold\x02 and \x0304red", at=START + timedelta(microseconds=5))
    say(channel, "op", "bye", at=START + timedelta(minutes=1), kind=Kind.KICK, target="eve")
    page = api.json(LINES)
    assert (page["network"], page["channel"]) == ("testnet", "#garden")
    assert page["lines"][0] == {
        "id": 1,
        "at": "2026-03-01T09:00:00.000005Z",
        "kind": "message",
        "nick": "ann",
        "text": "bold and red",
        "raw": "\x02bold\x02 and \x0304red",
        "target": None,
        "url": f"{settings.SITE_URL}/testnet/garden/at/1/",
        "source": None,
        "reply_to": None,
        "reply_confidence": None,
        "conversation": None,
    }
    assert (page["lines"][1]["kind"], page["lines"][1]["target"]) == ("kick", "eve")
    assert api.json(f"{LINES}/2") == page["lines"][1]


def test_a_line_tells_whose_log_it_is_from(talk: Channel, api: Caller) -> None:
    Fill.objects.create(channel=talk, first=3, last=4, name="ann's log")
    found = {line["id"]: line["source"] for line in api.json(LINES)["lines"]}
    assert {number for number, source in found.items() if source == "ann's log"} == {3, 4}
    assert found[5] is None
    assert api.json(f"{LINES}/4")["source"] == "ann's log"


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 9, 10, 11])
def test_pages_forwards_hold_each_line_once_and_in_order(talk: Channel, api: Caller, limit: int) -> None:
    page = api.json(LINES, since="2026-01-01T00:00:00Z", limit=limit)
    assert page["earlier"] is None
    found = ids(page)
    while page["later"]:
        page = api.json(LINES, after=page["later"], limit=limit)
        assert page["earlier"] is not None
        found += ids(page)
    assert found == IN_ORDER


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 9, 10, 11])
def test_pages_backwards_hold_each_line_once_and_in_order(talk: Channel, api: Caller, limit: int) -> None:
    page = api.json(LINES, limit=limit)
    assert page["later"] is None
    found = ids(page)
    while page["earlier"]:
        page = api.json(LINES, before=page["earlier"], limit=limit)
        assert page["later"] is not None
        found = ids(page) + found
    assert found == IN_ORDER


def test_after_and_before_accept_a_line_id(talk: Channel, api: Caller) -> None:
    assert ids(api.json(LINES, after=4)) == [5, 6, 7, 8, 9]
    assert ids(api.json(LINES, before=4, limit=3)) == [1, 2, 3]
    assert ids(api.json(LINES, after=10, limit=2)) == [1, 2]
    assert ids(api.json(LINES, before=10)) == []
    assert ids(api.json(LINES, after=9)) == []


def test_around_a_line_there_are_as_many_before_it_as_from_it_on(talk: Channel, api: Caller) -> None:
    page = api.json(LINES, around=4, limit=4)
    assert ids(page) == [2, 3, 4, 5]
    assert ids(api.json(LINES, before=page["earlier"], limit=2)) == [10, 1]
    assert ids(api.json(LINES, after=page["later"], limit=2)) == [6, 7]
    assert ids(api.json(LINES, around=10, limit=3)) == [10, 1]


def test_times_bound_all_pages(talk: Channel, api: Caller) -> None:
    span = {"since": "2026-03-01T10:03:00+01:00", "until": "2026-03-01T09:06:00"}
    page = api.json(LINES, limit=3, **span)
    assert (ids(page), page["earlier"].endswith("-3")) == ([3, 4, 5], True)
    page = api.json(LINES, after=page["later"], limit=3, **span)
    assert (ids(page), page["later"]) == ([6, 7], None)
    assert ids(api.json(LINES, until=span["until"], limit=2)) == [6, 7]


def test_places_bound_what_is_between_them(talk: Channel, api: Caller) -> None:
    page = api.json(LINES, after=1, before=7, limit=3)
    assert ids(page) == [2, 3, 4]
    page = api.json(LINES, after=page["later"], before=7, limit=3)
    assert (ids(page), page["later"]) == ([5, 6], None)
    assert ids(api.json(LINES, around=4, after=3, before=6)) == [4, 5]
    assert ids(api.json(LINES, after=7, before=1)) == []


def test_a_removed_line_leaves_its_place(talk: Channel, api: Caller) -> None:
    page = api.json(LINES, since="2026-01-01T00:00:00Z", limit=5)
    privacy.redact(talk, [ids(page)[-1]], "root", "")
    rest = ids(api.json(LINES, after=page["later"]))
    assert [number for number in rest if number < 10] == [5, 6, 7, 8, 9]
    for number in (4, 5):
        rest = ids(api.json(LINES, after=number))
        assert [each for each in rest if each < 10] == [each for each in (5, 6, 7, 8, 9) if each > number]
    privacy.redact(talk, [1, 2, 9], "root", "")
    assert [each for each in ids(api.json(LINES, after=1)) if each < 10] == [3, 5, 6, 7, 8]
    # The neighbours of 9 are the last line in reading order and the first one: rather too many lines than one too few.
    assert [each for each in ids(api.json(LINES, after=9)) if each < 10] == [3, 5, 6, 7, 8]
    assert [each for each in ids(api.json(LINES, before=9)) if each < 10] == [3, 5, 6, 7, 8]
    assert [each for each in ids(api.json(LINES, before=4)) if each < 10] == [3]
    assert api.get(f"{LINES}/4").status_code == 404
    response = api.get(LINES, after=99)
    assert response.status_code == 404
    assert "no line 99 yet" in response.json()["detail"]


def test_a_page_tells_where_to_go_on_even_at_the_end(talk: Channel, say: Say, api: Caller) -> None:
    page = api.json(LINES, after=9)
    assert (page["lines"], page["later"]) == ([], None)
    say(talk, "ann", "new", at=START + timedelta(minutes=9))
    assert ids(api.json(LINES, after=page["resume"])) == [11]
    assert ids(api.json(LINES, after=api.json(LINES, limit=2)["resume"])) == []
    assert ids(api.json(LINES, after=api.json(LINES, after=3, limit=2)["resume"], limit=1)) == [6]


def test_an_empty_log_tells_where_to_go_on(channel: Channel, say: Say, api: Caller) -> None:
    empty, coming = api.json(LINES)["resume"], api.json(LINES, since="2026-03-01T09:01:00Z")["resume"]
    for minute in range(3):
        say(channel, "ann", "new", at=START + timedelta(minutes=minute))
    assert ids(api.json(LINES, after=empty)) == [1, 2, 3]
    assert ids(api.json(LINES, after=coming)) == [2, 3]


@pytest.mark.parametrize("year", ["0001", "1969", "5200", "9999"])
def test_places_of_any_year_can_be_given_back(talk: Channel, say: Say, api: Caller, year: str) -> None:
    """Logs are imported with the years that they have."""
    page = api.json(LINES, since=f"{year}-12-30T00:00:00Z", until=f"{year}-12-31T00:00:00Z")
    assert page["lines"] == api.json(LINES, since=f"{year}-12-30T00:00:00Z", before=page["resume"])["lines"] == []
    line = say(talk, "ann", "odd", at=datetime(int(year), 12, 30, 1, tzinfo=UTC))
    assert ids(api.json(LINES, after=page["resume"], limit=1)) == [line.id]
    alone = api.json(LINES, around=line.id, limit=1)
    assert ids(api.json(LINES, around=alone["resume"], limit=1)) == [line.id]
    for name, other in (("earlier", "before"), ("later", "after")):
        assert alone[name] is None or api.get(LINES, **{other: alone[name]}).status_code == 200


@pytest.mark.parametrize("position", ["999999999999999999-1", "-999999999999999999-2147483648"])
def test_places_of_no_year_are_before_or_behind_all_lines(talk: Channel, api: Caller, position: str) -> None:
    found = ids(api.json(LINES, before=position))
    assert found == ([] if position.startswith("-") else ids(api.json(LINES)))


def test_earlier_lines_than_since_have_a_link(talk: Channel, api: Caller) -> None:
    response = api.get(LINES, since="2026-03-01T09:06:00Z", limit=1)
    assert ids(api.json(LINES, before=response.json()["earlier"], limit=2)) == [6, 7]
    previous = response.headers["Link"].split(">")[0].removeprefix("<http://testserver")
    assert ids(api.json(previous)) == [7]
    after_all = api.json(LINES, since="2026-04-01T00:00:00Z")
    assert (after_all["lines"], ids(api.json(LINES, before=after_all["earlier"], limit=1))) == ([], [9])
    assert api.json(LINES, since="2026-01-01T00:00:00Z")["earlier"] is None


def test_links_lead_to_the_pages_beside(talk: Channel, api: Caller) -> None:
    response = api.get(LINES, around=4, limit=2)
    before, after = response.headers["Link"].split(", ")
    assert before.endswith('; rel="prev"')
    assert ids(api.json(before.split(">")[0].removeprefix("<http://testserver"))) == [1, 2]
    assert ids(api.json(after.split(">")[0].removeprefix("<http://testserver"))) == [5, 6]


def test_gaps_are_shown_where_they_were(talk: Channel, api: Caller) -> None:
    minutes = [(-9, -8), (2.2, 2.5), (2.4, 3.5), (8, None)]
    for start, end in minutes:
        Gap.objects.create(
            channel=talk,
            from_at=START + timedelta(minutes=start),
            to_at=None if end is None else START + timedelta(minutes=end),
            reason="connection",
        )
    page = api.json(LINES)
    assert [gap["start"][11:19] for gap in page["gaps"]] == ["08:51:00", "09:02:12", "09:02:24", "09:08:00"]
    assert page["gaps"][3] == {
        "id": Gap.objects.get(to_at=None).pk,
        "start": "2026-03-01T09:08:00.000000Z",
        "end": None,
        "reason": "connection",
        "words": "connection lost",
    }
    page = api.json(LINES, around=2, limit=1)
    assert [gap["start"][11:19] for gap in page["gaps"]] == ["09:02:12", "09:02:24"]
    page = api.json(LINES, around=6, limit=1)
    assert [gap["start"][11:19] for gap in page["gaps"]] == ["09:02:24"]
    assert api.json(LINES, around=8, limit=1)["gaps"] == []


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"after": "x"}, "after"),
        ({"after": "-1"}, "after"),
        ({"limit": 0}, "limit"),
        ({"limit": 1001}, "limit"),
        ({"limit": "many"}, "limit"),
        ({"since": "yesterday"}, "since"),
        ({"until": "2026-02-30T00:00:00Z"}, "until"),
    ],
)
def test_invalid_parameters_are_named(talk: Channel, api: Caller, query: dict[str, object], words: str) -> None:
    response = api.get(LINES, **query)
    assert response.status_code == 422
    assert response.headers["Content-Type"] == "application/problem+json"
    assert words in response.json()["detail"]


def test_what_nobody_said_is_an_empty_page(channel: Channel, api: Caller) -> None:
    page = api.json(LINES)
    assert (page["lines"], page["gaps"], page["earlier"], page["later"]) == ([], [], None, None)
    assert api.get(LINES, after=1).status_code == 404


@limits(max_examples=20)
@given(
    minutes=st.lists(st.integers(0, 6), max_size=12),
    page_size_and_start=st.tuples(st.integers(1, 5), st.integers(1, 12)),
)
def test_pages_from_any_place_meet(
    channel: Channel, say: Say, api: Caller, minutes: list[int], page_size_and_start: tuple[int, int]
) -> None:
    """Whatever order lines were stored in: what is before a line, the line, and what is after it are all lines."""
    limit, start = page_size_and_start
    Line.objects.filter(channel=channel).delete()
    stored = [say(channel, "ann", "x", at=START + timedelta(minutes=minute)) for minute in minutes]
    wanted = [line.id for line in sorted(stored, key=lambda line: (line.at, line.id))]
    if not wanted:
        return
    middle = wanted[start % len(wanted)]
    found, place = [middle], str(middle)
    while place:
        page = api.json(LINES, before=place, limit=limit)
        found, place = ids(page) + found, page["earlier"]
    place = str(middle)
    while place:
        page = api.json(LINES, after=place, limit=limit)
        found, place = found + ids(page), page["later"]
    assert found == wanted


def test_lines_tell_what_they_answer_and_the_conversation(talk: Channel, api: Caller) -> None:
    write_replies({talk.pk: {1: Reply(0, 90), 2: Reply(1, 55), 3: Reply(0, 70), 4: Reply(2, 80), 9: Reply(3, 40)}})
    lines = {line["id"]: line for line in api.json(LINES)["lines"]}
    found = {number: (line["reply_to"], line["reply_confidence"]) for number, line in lines.items() if line["reply_to"]}
    assert found == {2: (1, 55), 4: (2, 80), 9: (3, 40)}
    assert [lines[number]["conversation"] for number in range(1, 11)] == [1, 1, 3, 1, None, None, None, None, 3, None]
    assert api.json(f"{LINES}/4")["conversation"] == 1
    talk.conversations = False
    talk.save(update_fields=["conversations"])
    off = {line["id"]: line for line in api.json(LINES)["lines"]}
    assert {(line["reply_to"], line["reply_confidence"], line["conversation"]) for line in off.values()} == {
        (None, None, None)
    }


def test_a_conversation_by_any_of_its_lines(talk: Channel, api: Caller) -> None:
    write_replies({talk.pk: {1: Reply(0, 90), 2: Reply(1, 55), 3: Reply(0, 70), 4: Reply(2, 80)}})
    for number in (1, 2, 4):
        found = api.json(f"{GARDEN}/conversations/{number}")
        assert (found["conversation"], found["is_cut"], ids(found)) == (1, False, [1, 2, 4])
        assert found["url"] == f"{settings.SITE_URL}/testnet/garden/conversation/1/"
    assert [line["reply_to"] for line in found["lines"]] == [None, 1, 2]
    assert ids(api.json(f"{GARDEN}/conversations/7")) == [7]
    assert api.get(f"{GARDEN}/conversations/11").status_code == 404


def test_the_beginning_of_a_long_conversation_is_found(channel: Channel) -> None:
    size = BLOCK_LINES * 20
    write_replies({channel.pk: {line: Reply(max(0, line - 40), 90) for line in range(1, size)}})
    assert find_beginnings(channel.pk, [size - 1, 41, size, 3]) == {size - 1: (size - 2) % 40 + 1, 41: 1, 3: 3}
    write_replies({channel.pk: {1: Reply(81, 100), 81: Reply(1, 100)}})  # owners can decide in a circle
    assert find_beginnings(channel.pk, [81])[81] in {1, 41, 81}
