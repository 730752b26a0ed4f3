"""Bulk loads: in order, once, all or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import psycopg2
import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from logs.formats import log_format as kinds
from logs.formats.log_format import LogLine
from logs.formats.numbered_lines import UnreadableError
from logs.imports.bulk_load import LoadedFile, load_files
from logs.ingest.entry import Entry
from logs.ingest.store import MAX_TEXT_BYTES, shorten_text, store_lines
from logs.models import Channel, Gap, Kind, Line, LineCounter, OldNumber
from logs.models.postgres import LINES_CHANNEL
from tests import examples
from tests.processes import database_url

START = datetime(2020, 1, 1, tzinfo=UTC)


def message(minute: int, text: str, nick: str = "ada", **more: object) -> LogLine:
    return LogLine(START + timedelta(minutes=minute), kinds.MESSAGE, nick, text, **more)  # type: ignore[arg-type]


def texts(channel: Channel) -> list[str]:
    return list(Line.objects.filter(channel=channel).order_by("id").values_list("text", flat=True))


def counts(loaded: list[LoadedFile]) -> list[tuple[int, int]]:
    return [(file.summary.lines, file.stored) for file in loaded]


def test_the_kinds_of_formats_are_those_of_the_archive() -> None:
    for name in ("MESSAGE", "ACTION", "NOTICE", "JOIN", "PART", "QUIT", "NICK", "KICK", "MODE", "TOPIC"):
        assert getattr(kinds, name) == Kind[name]


def test_lines_get_ids_in_the_order_of_their_files(channel: Channel) -> None:
    loaded = load_files(channel.pk, [[message(9, "a"), message(9, "b")], [], [message(3, "c")]])
    assert counts(loaded) == [(2, 2), (0, 0), (1, 1)]
    assert texts(channel) == ["a", "b", "c"]
    assert LineCounter.objects.get(channel=channel).last_id == 3


def test_ids_go_on_behind_those_of_the_bot_and_the_bot_goes_on_behind(channel: Channel) -> None:
    for text in ("before", "after"):
        with transaction.atomic():
            store_lines([Entry(channel.pk, START, Kind.MESSAGE, "bot", text)])
        load_files(channel.pk, [[message(1, f"imported {text}")]])
    assert texts(channel) == ["before", "imported before", "after", "imported after"]


def test_every_field_is_stored(channel: Channel) -> None:
    load_files(channel.pk, [[LogLine(START, kinds.KICK, "op", "why", "victim", "account", "id-1")]])
    line = Line.objects.get(channel=channel)
    assert (line.at, line.kind, line.nick, line.text) == (START, Kind.KICK, "op", "why")
    assert (line.target, line.account, line.msgid) == ("victim", "account", "id-1")


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("\\N", "\\N"),
        ("\\.", "\\."),
        ("tab\tback\\slash\\t", "tab\tback\\slash\\t"),
        ("two\nlines\rand\x0b\x85\u2028more", "two\nlines\rand\x0b\x85\u2028more"),
        ("\x02bold\x0f \x0304,05red", "\x02bold\x0f \x0304,05red"),
        ("nul\0nul", "nulnul"),
        ("half \ud83d of a pair", "half ? of a pair"),
        ("\U0010fffd и ☺", "\U0010fffd и ☺"),
        ("", ""),
    ],
)
def test_any_text_survives_the_sandbox(channel: Channel, text: str, stored: str) -> None:
    load_files(channel.pk, [[message(0, text, nick=text)]])
    line = Line.objects.get(channel=channel)
    assert (line.text, line.nick) == (stored, stored)


def test_a_second_load_changes_nothing(channel: Channel) -> None:
    file = [message(1, "a"), message(1, "a"), message(1, "b"), message(2, "a")]
    load_files(channel.pk, [file])
    assert counts(load_files(channel.pk, [file])) == [(4, 0)]
    assert texts(channel) == ["a", "a", "b", "a"]


def test_a_longer_copy_adds_what_is_new(channel: Channel) -> None:
    load_files(channel.pk, [[message(1, "a"), message(1, "a")]])
    assert counts(load_files(channel.pk, [[message(1, "a"), message(1, "a"), message(1, "a"), message(2, "b")]])) == [
        (4, 2)
    ]
    assert texts(channel) == ["a", "a", "a", "b"]


def test_files_that_tell_of_the_same_time_are_copies_of_one_log(channel: Channel) -> None:
    one, two = [message(1, "a"), message(1, "b"), message(2, "c")], [message(1, "a"), message(1, "a"), message(2, "c")]
    assert counts(load_files(channel.pk, [one, two])) == [(3, 3), (3, 1)]
    assert texts(channel) == ["a", "b", "c", "a"]


def test_lines_differ_by_each_of_their_parts(channel: Channel) -> None:
    load_files(channel.pk, [[message(1, "a")]])
    others = [
        message(2, "a"),
        message(1, "A"),
        message(1, "a", nick="Ada"),
        message(1, "a", target="somebody"),
        LogLine(START + timedelta(minutes=1), kinds.ACTION, "ada", "a"),
    ]
    assert counts(load_files(channel.pk, [others])) == [(5, 5)]


def test_a_message_is_loaded_once_under_its_id(channel: Channel) -> None:
    load_files(channel.pk, [[message(1, "a", msgid="x"), message(1, "a", msgid="y"), message(1, "a", msgid="x")]])
    assert texts(channel) == ["a", "a"]
    assert counts(
        load_files(channel.pk, [[message(5, "a", msgid="y"), message(1, "a", msgid="z"), message(1, "a")]])
    ) == [(3, 1)]
    assert counts(
        load_files(channel.pk, [[message(1, "a", msgid="ü" * 5000)], [message(1, "a", msgid="ü" * 5000)]])
    ) == [
        (1, 1),
        (1, 0),
    ]


def test_lines_with_one_message_id_differ_in_kind_target_or_text(channel: Channel) -> None:
    file = [
        *(message(1, text, msgid="x") for text in ("a", "b", "c" * 9000)),
        *(message(1, "a", msgid="x", target=target) for target in ("bob", "eve")),
    ]
    assert counts(load_files(channel.pk, [file])) == [(5, 5)]
    assert counts(load_files(channel.pk, [file])) == [(5, 0)]


def test_a_placeholder_stands_for_any_message_with_its_id(channel: Channel) -> None:
    Line.objects.create(channel=channel, id=1, at=START, kind=kinds.UNLOGGED, nick="", text="", msgid="x")
    assert counts(load_files(channel.pk, [[message(1, "a", msgid="x")]])) == [(1, 0)]


def test_other_channels_do_not_matter(channel: Channel) -> None:
    other = Channel.objects.create(network=channel.network, name="#other")
    file = [message(1, "a", msgid="x"), message(1, "b")]
    load_files(other.pk, [file])
    assert counts(load_files(channel.pk, [file])) == [(2, 2)]


def test_of_an_unreadable_file_nothing_is_stored_and_of_the_others_all(channel: Channel) -> None:
    def torn() -> Iterator[LogLine]:
        yield message(1, "torn")
        raise UnreadableError("It ends too early.")

    loaded = load_files(channel.pk, [[message(0, "a")], torn(), [message(1, "torn"), message(2, "b")]])
    assert [(file.stored, file.summary.error) for file in loaded] == [(1, ""), (0, "It ends too early."), (2, "")]
    assert texts(channel) == ["a", "torn", "b"]


def test_after_a_fault_nothing_is_stored(channel: Channel) -> None:
    def faulty() -> Iterator[LogLine]:
        yield message(1, "b")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        load_files(channel.pk, [[message(0, "a")], faulty()])
    assert texts(channel) == []
    load_files(channel.pk, [[message(0, "a")]])
    assert texts(channel) == ["a"]


def test_a_dry_run_reports_the_same_and_stores_nothing(channel: Channel) -> None:
    load_files(channel.pk, [[message(1, "a")]])
    assert counts(load_files(channel.pk, [[message(1, "a"), message(2, "b")]], dry_run=True)) == [(2, 1)]
    assert counts(load_files(0, [[message(1, "a"), message(2, "b")]], dry_run=True)) == [(2, 2)]
    assert texts(channel) == ["a"]


def test_ids_are_kept_where_they_are_free(channel: Channel) -> None:
    load_files(channel.pk, [[message(1, "a", id=7), message(2, "b", id=3)]])
    assert list(Line.objects.order_by("id").values_list("id", "text")) == [(3, "b"), (7, "a")]
    assert LineCounter.objects.get(channel=channel).last_id == 7
    load_files(channel.pk, [[message(3, "c", id=5)]])
    load_files(channel.pk, [[message(4, "d", id=5), message(5, "e", id=9)]])
    assert list(Line.objects.order_by("id").values_list("id", "text")) == [
        (3, "b"),
        (5, "c"),
        (7, "a"),
        (8, "d"),
        (9, "e"),
    ]


def test_listeners_are_notified(transactional_db: None, channel: Channel) -> None:
    with closing(psycopg2.connect(database_url())) as listener:
        listener.autocommit = True
        with listener.cursor() as cursor:
            cursor.execute(f'LISTEN "{LINES_CHANNEL}"')
            load_files(channel.pk, [[message(1, "a"), message(2, "b")]])
            load_files(channel.pk, [[message(1, "a"), message(2, "b")]])
            cursor.execute("SELECT 1")
    assert [notify.payload for notify in listener.notifies] == [f"{channel.pk} 2"]


entries = st.lists(
    st.builds(message, st.integers(0, 3), st.sampled_from(["a", "b", ""]), nick=st.sampled_from(["ada", "bob"])),
    max_size=12,
)


@settings(max_examples=examples.count(20, nightly=60))
@given(st.lists(st.lists(entries, max_size=3), min_size=1, max_size=3))
def test_the_archive_has_each_line_as_often_as_the_file_that_has_it_most(
    channel: Channel, loads: list[list[list[LogLine]]]
) -> None:
    Line.objects.filter(channel=channel).delete()
    expected: dict[LogLine, int] = {}
    for files in loads:
        before = sum(expected.values())
        for file in files:
            for line in file:
                expected[line] = max(expected.get(line, 0), file.count(line))
        assert sum(file.stored for file in load_files(channel.pk, files)) == sum(expected.values()) - before
    stored = [LogLine(line.at, line.kind, line.nick, line.text) for line in Line.objects.filter(channel=channel)]
    assert {line: stored.count(line) for line in stored} == expected


def at(minute: int) -> datetime:
    return START + timedelta(minutes=minute)


def test_gaps_are_filled_and_nothing_else(channel: Channel) -> None:
    Gap.objects.create(channel=channel, from_at=at(10), to_at=at(20), reason="stopped")
    Gap.objects.create(channel=channel, from_at=at(40), to_at=at(50), reason="stopped")
    load_files(channel.pk, [[message(9, "heard"), message(21, "heard again")]])
    imported = [
        message(5, "before"),
        message(9, "heard"),
        message(9, "in the gap's minute"),
        message(15, "missed"),
        message(15, "missed"),
        message(30, "between"),
        message(45, "missed, too"),
    ]
    assert counts(load_files(channel.pk, [imported], gaps_only=True)) == [(7, 4)]
    expected = ["heard", "heard again", "in the gap's minute", "missed", "missed", "missed, too"]
    assert texts(channel) == expected
    assert counts(load_files(channel.pk, [imported], gaps_only=True)) == [(7, 0)]
    assert texts(channel) == expected


@pytest.mark.parametrize("character", ["x", "é", "€", "\U0001f600"])
@pytest.mark.parametrize("start", ["", "a", "aa", "aaa"])
def test_long_texts_are_cut_and_importing_twice_changes_nothing(channel: Channel, character: str, start: str) -> None:
    long = start + character * (MAX_TEXT_BYTES + 1)
    lines = [
        message(1, long),
        message(1, long),
        message(2, "short"),
        message(3, long[: MAX_TEXT_BYTES // 4], "n" * 60_000),
    ]
    (loaded,) = load_files(channel.pk, [lines])
    assert (loaded.stored, loaded.summary.cut) == (4, 2)
    assert texts(channel) == [shorten_text(long)] * 2 + ["short", long[: MAX_TEXT_BYTES // 4]]
    assert counts(load_files(channel.pk, [lines])) == [(4, 0)]
    # Lines that were stored before texts were cut are the same lines.
    Line.objects.filter(text=shorten_text(long)).update(text=long)
    assert counts(load_files(channel.pk, [lines])) == [(4, 0)]
    Gap.objects.create(channel=channel, from_at=START, to_at=START + timedelta(hours=1), reason="stopped")
    assert counts(load_files(channel.pk, [lines], gaps_only=True)) == [(4, 0)]
    assert counts(load_files(channel.pk, [[message(1, long, old=(7,))]])) == [(1, 0)]
    assert OldNumber.objects.get().line == 1
