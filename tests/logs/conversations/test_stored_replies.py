"""Answers in the database: found as lines are stored, found later for imports, and changed by removals."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import gevent
import pytest
from django.core.management import call_command
from django.db import connection, transaction

from logs import privacy
from logs.conversations import backlog, new_lines
from logs.conversations.linker import LinkedLine, ReplyLinker
from logs.conversations.new_lines import NewLineLinker
from logs.conversations.reply_store import Reply, fetch_progress, fetch_replies, write_replies
from logs.ingest.entry import Entry
from logs.ingest.store import store_lines
from logs.models import Channel, DayCount, Kind, Line, ReplyBlock, ReplyOverride
from logs.models.line import BLOCK_LINES

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 1, 9, tzinfo=UTC)
TALK = [
    ("ann", "hello, how do I install nvidia drivers on ubuntu?"),
    ("carl", "anyone know why apache gives a 403 for every directory?"),
    ("bob", "ann: use the restricted drivers manager"),
    ("dora", "carl: check the permissions of the directory"),
    ("ann", "bob: thanks, where do I find that?"),
    ("carl", "dora: they are 755"),
]
ANSWERED = {1: 0, 2: 0, 3: 1, 4: 2, 5: 3, 6: 4}


def entries(channel: Channel, messages: list[tuple[str, str]], at: datetime = AT) -> list[Entry]:
    return [
        Entry(channel.pk, at + timedelta(seconds=20 * index), Kind.MESSAGE, nick, text)
        for index, (nick, text) in enumerate(messages)
    ]


def store(lines: list[Entry], linker: NewLineLinker | None = None) -> list[int]:
    with transaction.atomic():
        result = store_lines(lines)
        if linker:
            linker.link(result.inserted)
    return [line_id for line_id, _ in result.inserted]


def answered(channel: Channel, ids: range = range(1, 200)) -> dict[int, int]:
    return {line: reply.to for line, reply in sorted(fetch_replies(channel.pk, ids).items())}


def test_answers_are_stored_with_the_lines(channel: Channel) -> None:
    linker = NewLineLinker()
    for entry in entries(channel, TALK):
        store([entry], linker)
    assert answered(channel) == ANSWERED
    assert fetch_progress([channel.pk]) == {channel.pk: 6}


def test_received_lines_are_journaled_while_answers_are_sought(
    channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Finding answers is computation: the greenlet that reads the connection gets its turn after each line."""
    steps: list[str] = []
    decide = ReplyLinker.decide

    def note_and_decide(linker: ReplyLinker, line: LinkedLine, decided: Reply | None = None) -> Reply:
        steps.append("decided")
        gevent.spawn(steps.append, "read")
        return decide(linker, line, decided)

    monkeypatch.setattr(ReplyLinker, "decide", note_and_decide)
    store(entries(channel, TALK), NewLineLinker())
    assert steps == ["decided", "read"] * len(TALK)


def test_a_linker_that_begins_anew_goes_on_alike(channel: Channel) -> None:
    """After a restart of the bot the window comes from the archive."""
    for entry in entries(channel, TALK):
        store([entry], NewLineLinker())
    assert answered(channel) == ANSWERED


def test_lines_that_another_process_stored_in_between_are_noticed(channel: Channel) -> None:
    first, second = NewLineLinker(), NewLineLinker()
    for index, entry in enumerate(entries(channel, TALK)):
        store([entry], (first, second)[index % 2])
    assert answered(channel) == ANSWERED


def test_lines_that_were_stored_without_answers_get_them_later(channel: Channel) -> None:
    store(entries(channel, TALK))
    assert answered(channel) == {}
    before = DayCount.objects.get(channel=channel).revision
    call_command("findreplies", verbosity=0)
    assert answered(channel) == ANSWERED
    # Pages of the day that caches hold have no marks.
    assert DayCount.objects.get(channel=channel).revision > before
    assert backlog.find_channels_behind() == []


def test_new_lines_wait_for_the_answers_of_earlier_ones(channel: Channel) -> None:
    """New lines wait for the answers of the lines before them."""
    lines = entries(channel, TALK)
    store(lines[:2])
    store(lines[2:], NewLineLinker())
    assert answered(channel) == {}
    assert backlog.find_replies(channel.pk) == 0
    assert answered(channel) == ANSWERED


def test_an_import_between_stored_lines_is_read_in_its_place(channel: Channel) -> None:
    lines = entries(channel, TALK)
    store([lines[0], lines[3]])
    store([lines[1], lines[2]], NewLineLinker())
    while backlog.find_replies(channel.pk):
        pass
    # Ids 3 and 4 were said between ids 1 and 2.
    assert answered(channel)[4] == 1
    assert answered(channel)[3] == 0


def test_an_archive_is_worked_off_in_steps_that_may_be_interrupted(
    channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backlog, "BATCH_IDS", 2)
    store(entries(channel, TALK))
    assert backlog.find_replies(channel.pk) == 4
    assert answered(channel) == {1: 0, 2: 0}
    assert not backlog.work_for(60, lambda: None)
    assert answered(channel) == ANSWERED
    backlog.begin_again(channel.pk)
    assert not backlog.work_for(60, lambda: None)
    assert answered(channel) == ANSWERED


def test_a_burst_is_left_for_later_and_a_failure_costs_no_line(
    channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(new_lines, "MAX_LINES", 3)
    linker = NewLineLinker()
    store(entries(channel, TALK), linker)
    assert answered(channel) == {}
    backlog.find_replies(channel.pk)

    def fail(*args: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1/0")

    monkeypatch.setattr(new_lines, "write_replies", fail)
    store(entries(channel, TALK[:1], AT + timedelta(hours=1)), linker)
    assert linker.failures == 1
    assert Line.objects.filter(channel=channel).count() == 7


def test_a_channel_can_switch_conversations_off(channel: Channel) -> None:
    Channel.objects.filter(pk=channel.pk).update(conversations=False)
    store(entries(channel, TALK), NewLineLinker())
    assert backlog.find_channels_behind() == []
    assert answered(channel) == {}


def test_events_advance_and_are_not_answers(channel: Channel) -> None:
    linker = NewLineLinker()
    store([Entry(channel.pk, AT, Kind.JOIN, "ann")], linker)
    store(entries(channel, TALK[:1], AT + timedelta(minutes=1)), linker)
    assert answered(channel) == {2: 0}


def test_answers_of_a_removed_line_are_joined_with_what_it_answered(channel: Channel) -> None:
    linker = NewLineLinker()
    for entry in entries(channel, TALK):
        store([entry], linker)
    privacy.redact(channel, [3], "ann")
    known = answered(channel)
    assert 3 not in known
    assert known[5] == 1


def test_a_chain_of_removed_lines_is_followed_to_the_line_that_stays(channel: Channel) -> None:
    store(entries(channel, TALK[:1] * 8))
    with transaction.atomic():
        write_replies({channel.pk: {n: Reply(n - 1, 90 - n) for n in range(1, 9)}})
    privacy.redact(channel, [2, 3, 4], "ann")
    assert fetch_replies(channel.pk, [5, 6]) == {5: Reply(1, 85), 6: Reply(5, 84)}
    privacy.redact(channel, [1], "ann")
    assert fetch_replies(channel.pk, [5])[5].to == 0


def test_what_owners_decided_wins(channel: Channel) -> None:
    store(entries(channel, TALK))
    ReplyOverride.objects.create(channel=channel, line=5, reply_to=2, by="ann")
    backlog.find_replies(channel.pk)
    assert fetch_replies(channel.pk, [5]) == {5: Reply(2, 100)}


def test_blocks_are_small_and_their_edges_hold(channel: Channel) -> None:
    replies = {n: Reply(n - 1, n % 100) for n in range(1, 3 * BLOCK_LINES)}
    with transaction.atomic():
        write_replies({channel.pk: replies})
        write_replies({channel.pk: {BLOCK_LINES: Reply(7, 77), BLOCK_LINES - 1: None}})
    expected = replies | {BLOCK_LINES: Reply(7, 77)}
    del expected[BLOCK_LINES - 1]
    assert fetch_replies(channel.pk, range(4 * BLOCK_LINES)) == expected
    assert ReplyBlock.objects.count() == 3
    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(pg_column_size(logs_replyblock.*)) FROM logs_replyblock")
        assert cursor.fetchone()[0] < 8 * 3 * BLOCK_LINES


def test_a_sender_who_names_the_answered_line_decides(channel: Channel) -> None:
    """At once, in a burst that is left for later, and when all answers are found again."""
    linker = NewLineLinker()
    lines = entries(channel, TALK)
    for number, entry in enumerate(lines, 1):
        entry.msgid = f"m{number}"
    lines[3].reply_msgid = "m1"
    lines[4].reply_msgid = "unknown"
    lines[5].reply_msgid = "m6"  # itself
    for entry in lines[:5]:
        store([entry], linker)
    assert answered(channel) == {line: to for line, to in ANSWERED.items() if line < 6} | {4: 1}
    assert fetch_replies(channel.pk, [4]) == {4: Reply(1, 100)}
    burst = entries(
        channel, [("eve", f"line {number}") for number in range(new_lines.MAX_LINES)], AT + timedelta(hours=1)
    )
    burst[-1].reply_msgid = "m2"
    ids = store([lines[5], *burst], linker)
    assert answered(channel).get(ids[-1]) is None
    backlog.begin_again(channel.pk)
    call_command("findreplies", verbosity=0)
    assert fetch_replies(channel.pk, [4, ids[-1]]) == {4: Reply(1, 100), ids[-1]: Reply(2, 100)}
    assert answered(channel)[6] == ANSWERED[6]
    call_command("findreplies", again=True, verbosity=0)
    assert fetch_replies(channel.pk, [4, ids[-1]]) == {4: Reply(1, 100), ids[-1]: Reply(2, 100)}
