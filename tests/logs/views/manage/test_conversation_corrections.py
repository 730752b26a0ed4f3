"""Owners correct conversations on their page; nobody else does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django.test import Client

from logs.conversations.backlog import begin_again, find_replies
from logs.conversations.reply_store import Reply, fetch_replies, write_replies
from logs.ingest.entry import Entry
from logs.ingest.store import store_lines
from logs.models import Act, Channel, DayCount, Kind, ReplyOverride
from tests.logs.views.test_who_sees_what import visitor

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 1, 9, tzinfo=UTC)
PAGE = "/testnet/garden/conversation/{}/"
CORRECT = "/testnet/garden/conversation/1/correct"


@pytest.fixture
def talk(channel: Channel) -> Channel:
    """Lines 1, 3 and 4 are a conversation, 2 is another; 5 is a join."""
    said = [("ann", "which rake?"), ("bob", "my hose leaks"), ("carl", "the <red> one"), ("ann", "thanks")]
    lines = [Entry(channel.pk, AT + timedelta(minutes=n), Kind.MESSAGE, *words) for n, words in enumerate(said)]
    lines.append(Entry(channel.pk, AT + timedelta(minutes=5), Kind.JOIN, "eve"))
    with transaction.atomic():
        store_lines(lines)
        write_replies({channel.pk: {1: Reply(0, 99), 2: Reply(0, 95), 3: Reply(1, 90), 4: Reply(3, 80)}})
    return channel


@pytest.fixture
def owner(talk: Channel) -> Client:
    return visitor("owner", talk)


def correct(client: Client, act: str, **fields: object) -> str:
    """Send a correction and return the page that follows."""
    page = client.post(CORRECT, {"act": act, **fields}, follow=True)
    assert page.redirect_chain[0][1] == 302
    return page.content.decode()


def test_a_line_that_does_not_belong_is_cut_off(owner: Client, talk: Channel) -> None:
    assert '<option value="3">3: carl: the &lt;red&gt; one</option>' in owner.get(PAGE.format(1)).content.decode()
    revision = DayCount.objects.get().revision
    page = correct(owner, "cut", line=3)
    assert "Line 3 begins a conversation of its own." in page
    assert "2 lines by carl, ann" in page
    assert "line 3 answers nothing, by " in page
    assert "1 line by ann" in owner.get(PAGE.format(1)).content.decode()
    assert Act.objects.filter(what="decided that line 3 answers nothing").exists()
    assert DayCount.objects.get().revision > revision


def test_a_line_that_belongs_is_joined(owner: Client, talk: Channel) -> None:
    page = correct(owner, "join", line="http://testserver/testnet/garden/at/2/", answered=1)
    assert "Line 2 answers line 1." in page
    assert "4 lines by ann, bob, carl" in page


def test_a_decision_is_kept_when_all_is_found_again_and_can_be_undone(owner: Client, talk: Channel) -> None:
    correct(owner, "join", line=2, answered=1)
    begin_again(talk.pk)
    assert find_replies(talk.pk) == 0
    assert fetch_replies(talk.pk, [2])[2] == Reply(1, 100)
    found = fetch_replies(talk.pk, [1, 3, 4])
    assert "The answer of line 2 is left to the program again." in correct(owner, "undo", line=2)
    assert not ReplyOverride.objects.exists()
    assert fetch_replies(talk.pk, [2])[2].confidence < 100
    assert fetch_replies(talk.pk, [1, 3, 4]) == found


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"act": "join", "line": 1, "answered": 3}, "Line 3 was not said before line 1: an answer comes after it."),
        ({"act": "join", "line": 3, "answered": 3}, "Line 3 was not said before line 3"),
        ({"act": "join", "line": 3}, "Enter the number of a line or its link."),
        ({"act": "cut", "line": 5}, "#garden has no line 5 that somebody said."),
        ({"act": "cut", "line": "999999999999"}, "There is no such line: 999999999999"),
        ({"act": "cut", "line": "carl"}, "Enter the number of a line or its link. This is neither: carl"),
        ({"act": "undo", "line": 3}, "Nothing was decided about line 3."),
        ({"act": "burn", "line": 3}, "There is no such correction."),
        ({}, "There is no such correction."),
    ],
)
def test_impossible_corrections_are_refused(
    owner: Client, talk: Channel, fields: dict[str, object], sentence: str
) -> None:
    before = fetch_replies(talk.pk, range(1, 6))
    page = owner.post(CORRECT, fields, follow=True).content.decode()
    assert f"Nothing was changed. {sentence}" in page
    assert fetch_replies(talk.pk, range(1, 6)) == before
    assert not ReplyOverride.objects.exists()


def test_a_channel_without_conversations_has_no_corrections(owner: Client, talk: Channel) -> None:
    Channel.objects.filter(pk=talk.pk).update(conversations=False)
    assert "#garden shows no conversations." in correct(owner, "cut", line=3)
    assert not ReplyOverride.objects.exists()


@pytest.mark.parametrize("visitor_name", ["stranger", "member"])
def test_only_owners_correct(talk: Channel, visitor_name: str) -> None:
    client = visitor(visitor_name, talk)
    assert "corrections" not in client.get(PAGE.format(1)).content.decode()
    assert client.post(CORRECT, {"act": "cut", "line": 3}).status_code in {302, 403}
    assert not ReplyOverride.objects.exists()


def test_a_decision_needs_a_post(owner: Client) -> None:
    assert owner.get(CORRECT).status_code == 405
