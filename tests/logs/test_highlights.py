"""Words that a person chose: which ones can be, whose lines they mark, and the secret of the feed."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from django.utils import timezone

from logs import highlights
from logs.highlights import MAX_CHARACTERS, MAX_WORDS, WordsError, parse_words
from logs.line_grouping import iterate_blocks, iterate_html
from logs.live import marks as marks_module
from logs.live.backplane import FollowedChannel
from logs.live.live_token import create_token, read_token
from logs.live.marks import MarkedStream, Marks, make_query
from logs.live.sse import line_event, removal_event
from logs.models import Channel, Highlights, Identity, Kind, Line
from logs.render import line_html, line_record
from logs.search.query_parser import parse
from logs.search.results import search
from tests.conftest import Say

START = datetime(2026, 3, 1, 9, tzinfo=UTC)


@pytest.fixture
def ann(channel: Channel) -> Identity:
    return Identity.objects.create(network=channel.network, account="ann", nick="Ann")


def test_words_are_kept_as_a_search_has_them() -> None:
    text = '  rose \n\nROSE\n\ngarden   tools\n"garden"\n“late blight”\ngard*\nC++\nnick:\nfoo.bar()\n日本'
    assert parse_words(text) == [
        *("rose", '"garden tools"', '"garden"', '"late blight"', "gard*", "C++", '"nick:"', "foo.bar()", "日本"),
    ]
    assert parse_words(" \n") == []


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("x" * (MAX_CHARACTERS + 1), "too long"),
        ("a", "too short"),
        ("->", "too short"),
        ("a*", "too short"),
        ("-rose", "no word or phrase"),
        ("nick:bob", "no word or phrase"),
        ("has:link", "no word or phrase"),
        ("on:2026-02-30", "no word or phrase"),
        ("\u200b\u200b", "no word or phrase"),
        ("\n".join(f"word{number}" for number in range(MAX_WORDS + 1)), f"at most {MAX_WORDS}"),
    ],
)
def test_what_is_no_word_is_refused_with_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(WordsError, match=sentence):
        parse_words(text)


def test_all_words_together_are_one_search() -> None:
    words = parse_words("\n".join(f"{number:02} {'x' * (MAX_CHARACTERS - 3)}" for number in range(MAX_WORDS)))
    assert len(words) == MAX_WORDS
    query = parse(highlights.search_text(Highlights(words="\n".join(words))))
    assert (query.notes, query.groups) == ([], make_query(words).groups)
    words = parse_words('rose\nOR\n"garden\nnick:\n“so it is”')
    assert parse(highlights.search_text(Highlights(words="\n".join(words)))).groups == make_query(words).groups


@pytest.mark.django_db
def test_lines_are_marked_that_the_search_finds_and_live_has_the_same_markup(channel: Channel, say: Say) -> None:
    texts = [
        "Rosé and thorns",
        "roses",
        'the "garden tools" are <b>here</b>',
        "garden of tools",
        "a \x02ros\x02e",
        "&rose;",
    ]
    lines = [say(channel, "bob", text, START + timedelta(minutes=number)) for number, text in enumerate(texts)]
    lines.append(say(channel, "ANN", "my rose", START + timedelta(minutes=8)))
    lines.append(say(channel, "bob", "rose", START + timedelta(minutes=9), kind=Kind.JOIN))
    lines.append(say(channel, "rose", "what", START + timedelta(minutes=10)))
    marks = Marks(("rose", '"garden tools"'), "ann")
    url = channel.get_absolute_url()
    html = list(iterate_html(iterate_blocks(lines[:7] + lines[8:], mark=partial(highlights.mark_line, marks)), url))
    marked = [number for number, element in enumerate(html) if 'class="line message highlighted' in element]
    assert marked == [0, 2, 4, 5]
    assert "<mark>Rosé</mark> and thorns" in html[0]
    assert "<mark>garden tools</mark>&#34; are &lt;b&gt;here" in html[2]
    assert "<mark>" not in "".join(html[number] for number in (1, 3, 6, 7))
    found = search(make_query(marks.words, "ann"), [channel.pk], all_channels=True)
    assert sorted(line.id for line in found.lines) == [lines[number].id for number in marked]
    for line, element in zip(lines[:7] + lines[8:], html, strict=True):
        assert _send(line, url, marks)["html"] == element.replace(" same", "")
    assert _send(lines[7], url, marks)["html"] == line_html(lines[7], url)


def _send(line: Line, url: str, marks: Marks) -> dict[str, object]:
    """The data of the event by which a stream with marks tells of a line."""
    event = line_event(line.id, line.at, str(line_html(line, url)), line_record(line, url))
    block = marks_module._encode(event, marks_module._make_filter(marks))
    assert block.startswith(b"id: %d\nevent: line\ndata: " % line.id)
    data: dict[str, object] = json.loads(block.partition(b"data: ")[2])
    assert data["at"] == json.loads(event.block.partition(b"data: ")[2])["at"]
    return data


def test_what_is_no_line_stays_as_it_is_in_a_stream_with_marks() -> None:
    event = removal_event(7, 3)
    assert marks_module._encode(event, marks_module._make_filter(Marks(("rose",)))) == event.block
    assert not MarkedStream.shares_bytes


def test_words_travel_to_a_realtime_process_in_its_token() -> None:
    followed = FollowedChannel(7, "/testnet/garden/", "public")
    for marks in (None, Marks(("rose", '"garden tools"'), "ann")):
        assert read_token(create_token(followed, marks)) == (followed, marks)


@pytest.mark.django_db
def test_what_nobody_chose_marks_nothing(channel: Channel, ann: Identity) -> None:
    assert highlights.find_highlights(ann.pk) is None
    highlights.make_feed(ann)
    own = highlights.find_highlights(ann.pk)
    assert own is not None
    assert highlights.make_marks(own, channel) is None
    page = highlights.find_lines(own, {channel.pk: channel}, all_channels=True, size=5)
    assert (page.lines, page.is_exact) == ([], True)


@pytest.mark.django_db
def test_only_in_their_own_network_a_nick_is_the_persons(channel: Channel, ann: Identity) -> None:
    highlights.save_words(ann, ["rose"])
    own = highlights.find_highlights(ann.pk)
    assert own is not None
    assert highlights.make_marks(own, channel) == Marks(("rose",), "Ann")
    other = Channel(network_id=channel.network_id + 1, name="#garden")
    assert highlights.make_marks(own, other) == Marks(("rose",), "")


@pytest.mark.django_db
def test_an_address_of_a_feed_ends_with_a_new_one_and_with_all_sessions(ann: Identity) -> None:
    assert highlights.find_by_token(f"{ann.pk}-") is None
    highlights.save_words(ann, ["rose"])
    assert highlights.find_by_token(f"{ann.pk}-") is None
    tokens = []
    for _ in range(2):
        highlights.make_feed(ann)
        own = highlights.find_highlights(ann.pk)
        assert own is not None
        tokens.append(highlights.feed_token(own))
    assert own.feed_nonce not in tokens[1]
    assert [highlights.find_by_token(token) == own for token in tokens] == [False, True]
    for invented in ("", "x", "-", f"{ann.pk}", f"{ann.pk}-{'0' * 40}", f"²-{tokens[1]}", "9" * 40, f"0{tokens[1]}"):
        assert highlights.find_by_token(invented) is None, invented
    Identity.objects.filter(pk=ann.pk).update(signed_out_at=timezone.now())
    assert highlights.find_by_token(tokens[1]) is None
    highlights.make_feed(ann)
    own = highlights.find_highlights(ann.pk)
    assert own is not None
    assert highlights.find_by_token(highlights.feed_token(own)) == own


@pytest.mark.django_db
def test_nothing_is_kept_of_who_chose_nothing(ann: Identity) -> None:
    highlights.save_words(ann, ["rose"])
    highlights.make_feed(ann)
    highlights.save_words(ann, [])
    assert highlights.remove_feed(ann)
    assert not Highlights.objects.exists()
    assert not highlights.remove_feed(ann)
    highlights.make_feed(ann)
    assert highlights.remove_highlights(ann)
    assert not highlights.remove_highlights(ann)
