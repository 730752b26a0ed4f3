"""Forms of a word are found where a channel wants it, and nowhere else."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from logs.models import Channel
from logs.search.highlight import with_forms
from logs.search.query_parser import parse
from tests import examples
from tests.conftest import Say

pytestmark = pytest.mark.django_db


def forms(text: str) -> list[set[str]]:
    return [{" ".join(term.words) for term in group} for group in with_forms(parse(text)).groups]


@pytest.mark.parametrize(
    ("word", "others"),
    [
        ("run", {"runs", "running"}),
        ("running", {"run", "runs"}),
        ("compile", {"compiles", "compiled", "compiling", "compiler", "compilation"}),
        ("query", {"queries", "queried"}),
        ("queries", {"query"}),
        ("tests", {"test", "tested", "testing"}),
    ],
)
def test_a_word_is_looked_for_in_its_forms(word: str, others: set[str]) -> None:
    (found,) = forms(word)
    assert found >= others | {word}


@pytest.mark.parametrize("text", ['"tests"', "test*", "v6", "ab", "the", "Foo::Tests", "größen", '"run tests"'])
def test_what_is_not_a_plain_word_stays_as_it_is(text: str) -> None:
    query = parse(text)
    assert with_forms(query).groups[0][0] == query.groups[0][0]
    assert len(with_forms(query).groups[0]) == 1


def test_either_word_and_neither_word_have_forms() -> None:
    query = with_forms(parse("run OR test -fail nick:tests"))
    assert {term.words[0] for term in query.groups[0]} >= {"run", "running", "test", "tests"}
    assert {term.words[0] for term in query.without} >= {"fail", "fails", "failed"}
    assert query.nicks == ["tests"]


@settings(max_examples=examples.count(66, nightly=200))
@given(st.text(max_size=20) | st.from_regex("[a-z]{1,12}", fullmatch=True))
def test_every_form_has_the_stem_of_its_word(text: str) -> None:
    query = parse(text)
    for group, expanded in zip(query.groups, with_forms(query).groups, strict=True):
        words = [term.words[0] for term in expanded if len(term.words) == 1]
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(DISTINCT ts_lexize('english_stem', word)) FROM unnest(%s::text[]) AS word", [words]
            )
            assert cursor.fetchone()[0] <= len(group)


def test_only_channels_that_want_it_find_forms(client: Client, channel: Channel, say: Say) -> None:
    say(channel, "ann", "all tests are running")
    plain = Channel.objects.create(network=channel.network, name="#plain")
    say(plain, "bob", "no test runs")
    assert "<mark>" not in client.get("/testnet/garden/search/?q=run+test").content.decode()
    Channel.objects.filter(pk=channel.pk).update(stemming=True)
    found = client.get("/testnet/garden/search/?q=run+test").content.decode()
    assert "all <mark>tests</mark> are <mark>running</mark>" in found
    assert "<mark>" not in client.get('/testnet/garden/search/?q="run"+test').content.decode()
    assert "<mark>" not in client.get("/testnet/plain/search/?q=run").content.decode()
    assert "<mark>running</mark>" not in client.get("/search/?q=run").content.decode()
    assert "<mark>running</mark>" in client.get("/search/?q=run+in:garden").content.decode()
