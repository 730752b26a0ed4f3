"""Lines into the table: ids, message ids, odd text, and what the transaction leaves behind."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import gevent
import psycopg2
import pytest
from django.db import connection, transaction
from django.utils import timezone
from gevent.event import Event
from hypothesis import given
from hypothesis import strategies as st

from logs.ingest.entry import Entry
from logs.ingest.store import (
    CUT_MARK,
    MAX_MSGID_BYTES,
    MAX_NAME_BYTES,
    MAX_TEXT_BYTES,
    StoreResult,
    clean_text,
    shorten_text,
    store_lines,
)
from logs.models import Channel, Kind, Line, LineCounter
from logs.models.line_counts import lock_counters
from logs.models.postgres import LINES_CHANNEL
from tests.processes import database_url, is_waiting_for_a_lock, wait_for

AT = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)


def entry(channel: Channel | int, text: str = "hi", nick: str = "ada", **more: object) -> Entry:
    number = channel if isinstance(channel, int) else channel.pk
    return Entry(number, AT, Kind.MESSAGE, nick, text, **more)  # type: ignore[arg-type]


def store(*entries: Entry) -> StoreResult:
    with transaction.atomic():
        return store_lines(entries)


def store_in_vain(*entries: Entry) -> None:
    with transaction.atomic():
        store_lines(entries)
        raise ZeroDivisionError


def rows(channel: Channel) -> list[tuple[int, str]]:
    return list(Line.objects.filter(channel=channel).order_by("id").values_list("id", "text"))


def test_times_of_any_zone_and_precision_are_stored(channel: Channel) -> None:
    half_past = datetime(2026, 1, 1, 12, 0, 0, 1, tzinfo=ZoneInfo("Asia/Kolkata"))
    times = [datetime(1988, 8, 1, tzinfo=UTC), half_past]
    store(*(replace(entry(channel), at=at) for at in times))
    assert list(Line.objects.filter(channel=channel).order_by("id").values_list("at", flat=True)) == times


@pytest.fixture
def other(channel: Channel) -> Channel:
    return Channel.objects.create(network=channel.network, name="#other")


def test_hosts_of_events_are_not_stored_and_make_no_other_line(channel: Channel) -> None:
    """A journal or the archive may have lines from before hosts were hidden."""
    mode = replace(entry(channel, "+b *!*@host.example", msgid="x"), kind=Kind.MODE)
    Line.objects.create(id=1, channel=channel, at=AT, kind=mode.kind, nick=mode.nick, text=mode.text, msgid=mode.msgid)
    assert store(replace(mode, text="+b *!*@*")).duplicates == 1
    store(replace(mode, msgid="y"), entry(channel, mode.text))
    assert list(Line.objects.exclude(id=1).order_by("id").values_list("text", flat=True)) == ["+b *!*@*", mode.text]


def test_ids_count_from_one_in_each_channel_in_the_order_given(channel: Channel, other: Channel) -> None:
    assert store(entry(channel, "a"), entry(other, "x"), entry(channel, "b")).stored == 3
    assert store(entry(other, "y")).stored == 1
    assert rows(channel) == [(1, "a"), (2, "b")]
    assert rows(other) == [(1, "x"), (2, "y")]
    assert dict(LineCounter.objects.values_list("channel", "last_id")) == {channel.pk: 2, other.pk: 2}


def test_every_field_is_stored(channel: Channel) -> None:
    store(Entry(channel.pk, AT, Kind.KICK, "op", "why", "account", "id-1", "victim"))
    line = Line.objects.get()
    assert (line.at, line.kind, line.nick, line.text) == (AT, Kind.KICK, "op", "why")
    assert (line.account, line.msgid, line.target) == ("account", "id-1", "victim")


def test_storing_no_entries_returns_an_empty_result(db: None) -> None:
    assert store() == StoreResult()


def test_lines_of_a_channel_that_is_gone_come_back(channel: Channel) -> None:
    orphan = entry(999_999)
    stored = store(entry(channel, "a"), orphan, entry(channel, "b"))
    assert stored.unknown_channel == [orphan]
    assert rows(channel) == [(1, "a"), (2, "b")]


def test_a_message_is_stored_once_under_its_id(channel: Channel, other: Channel) -> None:
    assert store(entry(channel, "a", msgid="x"), entry(channel, "a", msgid="x")).duplicates == 1
    assert (
        store(entry(channel, "a", msgid="x"), entry(channel, "d", msgid="y"), entry(other, "a", msgid="x")).duplicates
        == 1
    )
    assert rows(channel) == [(1, "a"), (2, "d")]
    assert rows(other) == [(1, "a")]


def test_lines_with_one_message_id_differ_in_kind_target_or_text(channel: Channel) -> None:
    """Servers give one id to all that a command caused."""
    said = [
        entry(channel, "a", msgid="x"),
        entry(channel, "b", msgid="x"),
        replace(entry(channel, "a", msgid="x"), kind=Kind.ACTION),
        *(replace(entry(channel, "a", msgid="x"), kind=Kind.KICK, target=target) for target in ("bob", "eve")),
    ]
    assert store(*said).stored == len(said)
    assert store(*said).duplicates == len(said)


@pytest.mark.parametrize("is_one_batch", [True, False])
@pytest.mark.parametrize("kind", [Kind.JOIN, Kind.PART, Kind.QUIT, Kind.NICK])
def test_people_who_come_and_go_with_one_message_id_are_all_stored(
    channel: Channel, kind: Kind, is_one_batch: bool
) -> None:
    target = "new" if kind == Kind.NICK else None
    said = [Entry(channel.pk, AT, kind, nick, msgid="x", target=target) for nick in ("ann", "bob", "eve", "ann")]
    batches = [said] if is_one_batch else [[one] for one in said]
    assert sum(store(*batch).stored for batch in batches) == 3
    assert store(*reversed(said)).duplicates == 4
    assert list(Line.objects.order_by("id").values_list("nick", flat=True)) == ["ann", "bob", "eve"]


@pytest.mark.parametrize("is_placeholder_first", [True, False])
def test_a_placeholder_stands_for_any_message_with_its_id(channel: Channel, is_placeholder_first: bool) -> None:
    said, placeholder = entry(channel, "a", msgid="x"), Entry(channel.pk, AT, Kind.UNLOGGED, "", msgid="x")
    order = [placeholder, said] if is_placeholder_first else [said, placeholder]
    assert [store(one).stored for one in order] == [1, 0]


def test_no_message_id_and_an_empty_one_are_the_same(channel: Channel) -> None:
    assert store(entry(channel, msgid=""), entry(channel, msgid=None), entry(channel, msgid="\0")).stored == 3
    assert set(Line.objects.values_list("msgid", flat=True)) == {None}


def test_message_ids_of_any_length_tell_lines_apart(channel: Channel) -> None:
    long = "ü" * MAX_MSGID_BYTES
    assert store(entry(channel, msgid=long), entry(channel, msgid=long + "1"), entry(channel, msgid=long)).stored == 2
    assert store(entry(channel, msgid=long)).stored == 0


@given(st.text(st.characters(), max_size=30))
def test_any_text_can_be_stored(channel: Channel, text: str) -> None:
    assert store(entry(channel, text, nick=text, account=text, msgid=text, target=text)).stored <= 1
    stored = store(entry(channel, text))
    assert stored.stored == 1
    assert Line.objects.filter(channel=channel).latest("id").text == clean_text(text)


def test_nul_goes_and_half_a_surrogate_is_replaced() -> None:
    assert clean_text("a\0b") == "ab"
    assert clean_text("a\ud800b") == "a?b"
    assert clean_text("a\U0001f600b") == "a\U0001f600b"


def test_a_rollback_takes_the_ids_back(channel: Channel) -> None:
    with pytest.raises(ZeroDivisionError):
        store_in_vain(entry(channel))
    store(entry(channel, "a"))
    assert rows(channel) == [(1, "a")]


def test_listeners_hear_of_a_commit_and_of_nothing_else(transactional_db: None, channel: Channel) -> None:
    with closing(psycopg2.connect(database_url())) as listener, listener.cursor() as cursor:
        listener.autocommit = True
        cursor.execute(f'LISTEN "{LINES_CHANNEL}"')
        store(entry(channel), entry(channel))
        with pytest.raises(ZeroDivisionError):
            store_in_vain(entry(channel))
        store(entry(channel))
        cursor.execute("SELECT 1")
        assert [notify.payload for notify in listener.notifies] == [f"{channel.pk} 2", f"{channel.pk} 3"]


def test_ids_increase_in_the_order_of_commits(transactional_db: None, channel: Channel) -> None:
    """A transaction that began earlier and commits later does not hold lower ids than what readers have seen."""

    is_stored, may_commit = Event(), Event()

    def slowly() -> None:
        with transaction.atomic():
            store_lines([entry(channel, "slow")])
            is_stored.set()
            may_commit.wait()
        connection.close()

    def quickly() -> None:
        is_stored.wait()
        store(entry(channel, "quick"))
        connection.close()

    greenlets = [gevent.spawn(slowly), gevent.spawn(quickly)]
    wait_for(lambda: greenlets[1].ready() or is_waiting_for_a_lock())
    assert rows(channel) == []
    may_commit.set()
    gevent.joinall(greenlets, raise_error=True)
    assert rows(channel) == [(1, "slow"), (2, "quick")]


def test_writers_of_the_same_channels_do_not_deadlock(transactional_db: None, channel: Channel, other: Channel) -> None:
    def write(first: Channel, second: Channel) -> None:
        for _ in range(30):
            store(entry(first), entry(second))
        connection.close()

    gevent.joinall([gevent.spawn(write, *pair) for pair in ((channel, other), (other, channel))], raise_error=True)
    assert [number for number, _ in rows(channel)] == list(range(1, 61))
    assert [number for number, _ in rows(other)] == list(range(1, 61))


def test_counters_of_unknown_channels_are_not_made(channel: Channel) -> None:
    with transaction.atomic():
        assert lock_counters({channel.pk, 999_999}) == {channel.pk: 0}


@pytest.mark.parametrize("character", ["x", "é", "€", "\U0001f600"])
def test_a_text_is_cut_at_a_character_and_says_so(channel: Channel, character: str) -> None:
    size = len(character.encode())
    longest = character * (MAX_TEXT_BYTES // size)
    assert shorten_text(longest) == longest
    shortened = shorten_text(longest + character)
    assert shortened == character * ((MAX_TEXT_BYTES - len(CUT_MARK.encode())) // size) + CUT_MARK
    assert len(shortened.encode()) <= MAX_TEXT_BYTES
    assert shorten_text(shortened) == shortened
    entry = Entry(channel.pk, timezone.now(), Kind.MESSAGE, "n" * 600, longest + " the end", account="a" * 70_000)
    with transaction.atomic():
        store_lines([entry])
    line = Line.objects.get()
    assert line.text == shorten_text(longest + " the end")
    assert line.text.endswith(CUT_MARK)
    assert (len(line.nick.encode()), len((line.account or "").encode())) == (MAX_NAME_BYTES, MAX_NAME_BYTES)
