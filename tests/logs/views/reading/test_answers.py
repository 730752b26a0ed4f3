"""Who answers whom, and questions without an answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.db import transaction
from django.test import Client

from logs.conversations.answer_statistics import AnsweringPair, fetch_answer_statistics, fetch_unanswered
from logs.conversations.reply_store import Reply, mark_days_changed, write_replies
from logs.ingest.channel_state import remove_lines
from logs.ingest.entry import Entry
from logs.ingest.store import store_lines
from logs.models import Channel, Kind, OptOut
from tests.conftest import Say

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 1, 9, tzinfo=UTC)
SAID = [
    ("ann", "How do I install it?", 0, 0),
    ("bob", "with the package manager", 1, 90),
    ("ann", "thanks", 2, 80),
    ("carl", "Does anybody know why it stops?", 0, 0),  # 4: nobody answers
    ("carl", "after a minute or so", 4, 95),
    ("dora", "where is the manual", 0, 0),  # 6: answered by name, much later
    ("eve", "is the <b>second</b> page lost?", 0, 0),  # 7: nobody answers
    ("bob", "Bob says https://example.org/?page=2", 0, 0),  # no question
    ("ann", "!help what is this?", 0, 0),  # for a bot
    ("ann", "hm, what now?", 7, 30),  # 10: perhaps an answer
    ("bob", "Dora: at the usual place", 0, 0),
    ("carl", "bob: ok", 11, 70),
]


@pytest.fixture
def talk(channel: Channel) -> Channel:
    """The lines of SAID, a minute apart, and one of two days later."""
    lines = [Entry(channel.pk, AT + timedelta(minutes=n), Kind.MESSAGE, *row[:2]) for n, row in enumerate(SAID)]
    lines.append(Entry(channel.pk, AT + timedelta(days=2), Kind.MESSAGE, "ann", "good morning"))
    with transaction.atomic():
        store_lines(lines)
        write_replies({channel.pk: {n: Reply(*row[2:]) for n, row in enumerate(SAID, 1)} | {13: Reply(0, 99)}})
    return channel


def questions(channel: Channel) -> list[int]:
    statistics = fetch_answer_statistics(channel)
    assert statistics
    return [line.id for line in fetch_unanswered(channel, statistics)]


def readable(channel: Channel) -> Channel:
    return Channel.objects.select_related("network").get(pk=channel.pk)


def test_who_answers_whom_and_how_soon(talk: Channel) -> None:
    found = fetch_answer_statistics(readable(talk))
    assert found
    assert found.pairs == [
        AnsweringPair("ann", "bob", 1),
        AnsweringPair("bob", "ann", 1),
        AnsweringPair("carl", "bob", 1),
    ]
    assert (found.first, found.last) == (AT.date(), AT.date() + timedelta(days=2))
    assert (found.conversations, found.answered) == (8, 4)
    assert found.typical_wait == timedelta(minutes=2)  # of 1, 1, 3 and 5


def test_questions_that_nobody_else_answered(talk: Channel) -> None:
    assert questions(readable(talk)) == [4]


def test_a_question_waits_a_day_before_it_counts(talk: Channel, say: Say) -> None:
    say(talk, "fred", "and who asks late?", at=AT + timedelta(days=2))
    write_replies({talk.pk: {14: Reply(0, 99)}})
    assert questions(readable(talk)) == [4]
    say(talk, "ann", "good night", at=AT + timedelta(days=4))
    assert questions(readable(talk)) == [14, 4]


def test_a_removed_question_and_one_by_a_person_who_opted_out_disappear(talk: Channel) -> None:
    fetch_answer_statistics(readable(talk))
    OptOut.objects.create(network=talk.network, nick="BOB")
    found = fetch_answer_statistics(readable(talk))
    assert found
    assert found.pairs == []
    OptOut.objects.create(network=talk.network, nick="carl")
    assert questions(readable(talk)) == []
    OptOut.objects.all().delete()
    with transaction.atomic():
        remove_lines(talk, [4])
    assert questions(readable(talk)) == []


def test_people_behind_a_bridge_are_distinguished(channel: Channel) -> None:
    Channel.objects.filter(pk=channel.pk).update(bridges="relay")
    lines = [
        Entry(channel.pk, AT + timedelta(minutes=n), Kind.MESSAGE, "relay", text)
        for n, text in enumerate(["<ann> what is it?", "<bob> a log"])
    ]
    with transaction.atomic():
        store_lines(lines)
        write_replies({channel.pk: {1: Reply(0, 99), 2: Reply(1, 90)}})
    found = fetch_answer_statistics(readable(channel))
    assert found
    assert found.pairs == [AnsweringPair("bob", "ann", 1)]


def test_the_pages_show_the_answers(talk: Channel, client: Client) -> None:
    page = client.get("/testnet/garden/answers/").content.decode()
    assert "8 conversations began" in page
    assert "4 of them got an answer from somebody else, half of these within 2 minutes" in page
    assert "<title>bob answered ann 1 time</title>" in page
    assert 'href="/testnet/garden/search/?q=nick%3Abob"' in page
    page = client.get("/testnet/garden/unanswered/").content.decode()
    assert "why it stops" in page
    assert '<h2 class="day"><time datetime="2026-03-01">Sunday 1 March 2026</time></h2>' in page
    assert "second" not in page
    assert "/testnet/garden/answers/" in client.get("/testnet/garden/stats/").content.decode()


@pytest.mark.parametrize("form", ["atom", "json"])
def test_the_feed_lists_unanswered_questions(talk: Channel, client: Client, form: str) -> None:
    response = client.get(f"/testnet/garden/unanswered/feed.{form}")
    assert "carl: Does anybody know why it stops?" in unescape(response.content.decode())
    assert "/testnet/garden/at/4/" in response.content.decode()
    assert (
        client.get(f"/testnet/garden/unanswered/feed.{form}", headers={"If-None-Match": response["ETag"]}).status_code
        == 304
    )


def test_channels_without_lines_or_conversations(channel: Channel, client: Client) -> None:
    for page in ("answers/", "unanswered/"):
        assert "There is no day yet" in client.get(f"/testnet/garden/{page}").content.decode()
    Channel.objects.filter(pk=channel.pk).update(conversations=False)
    for page in ("answers/", "unanswered/", "unanswered/feed.atom"):
        response = client.get(f"/testnet/garden/{page}")
        assert response.status_code == 404
        assert "does not show which line answers which" in response.content.decode()
    assert "answers/" not in client.get("/testnet/garden/stats/").content.decode()


def test_a_changed_answer_changes_the_statistics(talk: Channel) -> None:
    fetch_answer_statistics(readable(talk))
    write_replies({talk.pk: {5: Reply(0, 99), 10: Reply(4, 90)}})
    mark_days_changed(talk.pk, [AT.date()])
    assert questions(readable(talk)) == [7]
