"""The page of a conversation, and the marks of answers on the page of a day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django.test import Client

from logs.conversations.conversation import MAX_LINES_WITHOUT_ANSWER
from logs.conversations.reply_store import Reply, write_replies
from logs.ingest.entry import Entry
from logs.ingest.store import store_lines
from logs.models import Channel, Kind

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 1, 9, tzinfo=UTC)
PAGE = "/testnet/garden/conversation/{}/"


@pytest.fixture
def talk(channel: Channel) -> Channel:
    """Lines 1, 3 and 6 are a conversation, 2 and 4 another one; 5 is a join."""
    said = [("ann", "question one"), ("bob", "question two"), ("carl", "answer <one>"), ("dora", "answer two")]
    lines = [Entry(channel.pk, AT + timedelta(minutes=n), Kind.MESSAGE, *words) for n, words in enumerate(said)]
    lines.append(Entry(channel.pk, AT + timedelta(minutes=5), Kind.JOIN, "eve"))
    lines.append(Entry(channel.pk, AT + timedelta(minutes=6), Kind.MESSAGE, "ann", "thanks"))
    with transaction.atomic():
        store_lines(lines)
        write_replies(
            {channel.pk: {1: Reply(0, 99), 2: Reply(0, 95), 3: Reply(1, 90), 4: Reply(2, 60), 6: Reply(3, 80)}}
        )
    return channel


def test_marks_lead_to_the_answered_line(talk: Channel, client: Client) -> None:
    page = client.get("/testnet/garden/2026-03-01/").content.decode()
    assert 'data-reply="1"' in page
    assert '<a class="reply" href="/testnet/garden/at/1/"' in page
    assert '<a class="reply faint" href="/testnet/garden/at/2/"' in page
    assert page.count('class="reply') == 3
    assert "js/conversations" in page


def test_a_channel_can_do_without_marks(talk: Channel, client: Client) -> None:
    etag = client.get("/testnet/garden/2026-03-01/")["ETag"]
    Channel.objects.filter(pk=talk.pk).update(conversations=False)
    response = client.get("/testnet/garden/2026-03-01/", headers={"If-None-Match": etag})
    assert response.status_code == 200
    assert b"data-reply" not in response.content
    assert b"js/conversations" not in response.content


@pytest.mark.parametrize("line", [1, 3, 6])
def test_a_conversation_is_found_from_each_of_its_lines(talk: Channel, client: Client, line: int) -> None:
    page = client.get(PAGE.format(line)).content.decode()
    assert "3 lines by ann, carl" in page
    assert "answer &lt;one&gt;" in page
    # What was said in between can be unfolded.
    assert page.index("question one") < page.index("1 line between") < page.index("question two")
    assert f'marked" id="l{line}"' in page


def test_it_can_be_had_as_text_and_json(talk: Channel, client: Client) -> None:
    text = client.get("/testnet/garden/conversation/3.txt").content.decode()
    assert text.splitlines() == [
        "[09:00:00] <ann> question one",
        "[09:02:00] <carl> answer <one>",
        "[09:06:00] <ann> thanks",
    ]
    answer = client.get("/testnet/garden/conversation/3.json").json()
    assert [(line["id"], line["reply_to"], line["reply_confidence"]) for line in answer["lines"]] == [
        (1, None, None),
        (3, 1, 90),
        (6, 3, 80),
    ]
    assert not answer["is_cut"]


def test_a_line_without_answers_stands_alone(channel: Channel, client: Client) -> None:
    with transaction.atomic():
        store_lines([Entry(channel.pk, AT, Kind.MESSAGE, "ann", "hello?")])
    page = client.get(PAGE.format(1)).content.decode()
    assert "Nothing is known to answer this line" in page


@pytest.mark.parametrize("line", [5, 7, 999_999])
def test_what_nobody_said_has_no_conversation(talk: Channel, client: Client, line: int) -> None:
    response = client.get(PAGE.format(line))
    assert response.status_code == 404
    assert f"has no line {line}".encode() in response.content


def test_a_circle_of_decisions_ends(talk: Channel, client: Client) -> None:
    with transaction.atomic():
        write_replies({talk.pk: {1: Reply(6, 100), 3: Reply(1, 100), 6: Reply(3, 100)}})
    for line in (1, 3, 6):
        assert client.get(PAGE.format(line)).status_code == 200


def test_a_conversation_ends_when_nobody_answers_for_long(talk: Channel, client: Client) -> None:
    more = [
        Entry(talk.pk, AT + timedelta(hours=1, seconds=n), Kind.MESSAGE, "eve", "else")
        for n in range(MAX_LINES_WITHOUT_ANSWER + 2)
    ]
    with transaction.atomic():
        last = store_lines([*more, Entry(talk.pk, AT + timedelta(hours=2), Kind.MESSAGE, "ann", "late")]).inserted[-1][
            0
        ]
        write_replies({talk.pk: {last: Reply(6, 100)}})
    assert "late" not in client.get(PAGE.format(1)).content.decode()
