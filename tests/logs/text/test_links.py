from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logs.text.markup import find_links, may_hold_link


def linked(text: str) -> list[tuple[str, str]]:
    return [(text[link.start : link.end], link.href) for link in find_links(text)]


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org",
        "https://example.org/a?b=1&c=2#d",
        "HTTPS://EXAMPLE.ORG/",
        "https://en.wikipedia.org/wiki/Perl_(disambiguation)",
        "https://ru.wikipedia.org/wiki/Птица",
        "http://localhost:8000/",
        "http://192.0.2.7/x",
        "irc://irc.libera.chat/raku",
        "ircs://irc.libera.chat:6697/#raku",
        "mailto:ann@example.org",
    ],
)
def test_addresses_are_linked_as_they_stand(url: str) -> None:
    assert linked(f"see {url} there") == [(url, url)]


def test_an_address_that_begins_with_www_is_taken_for_a_secure_one() -> None:
    assert linked("on www.example.org/a.") == [("www.example.org/a", "https://www.example.org/a")]


@pytest.mark.parametrize(
    "text",
    [
        "javascript://example.org/%0aalert(1)",
        "data:text/html,x",
        "ftp://example.org/",
        "file:///etc/passwd",
        "foo.bar is a method, Foo::Bar a class",
        "//example.org/",
        "://",
        "www.",
        "mailto:",
        "http://",
    ],
)
def test_nothing_else_is_linked(text: str) -> None:
    assert linked(text) == []


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("(see http://example.org/a)", "http://example.org/a"),
        ("<http://example.org/a>", "http://example.org/a"),
        ('"http://example.org/a"', "http://example.org/a"),
        ("http://example.org/a, and", "http://example.org/a"),
        ("Is it http://example.org/a?", "http://example.org/a"),
    ],
)
def test_punctuation_around_an_address_does_not_belong_to_it(text: str, url: str) -> None:
    assert linked(text) == [(url, url)]


def test_several_addresses_are_found_in_order() -> None:
    text = "http://a.example/ or http://b.example/, www.c.example"
    assert [text[link.start : link.end] for link in find_links(text)] == [
        "http://a.example/",
        "http://b.example/",
        "www.c.example",
    ]


@given(st.text(st.sampled_from("htps:/w.irc@mailto#(),<>\"' a1é%")))
def test_links_never_overlap_and_use_known_schemes_only(text: str) -> None:
    position = 0
    for link in find_links(text):
        assert may_hold_link(text)
        assert position <= link.start < link.end <= len(text)
        assert link.href.lower().startswith(("http:", "https:", "irc:", "ircs:", "mailto:"))
        assert not set(link.href) & set('"<> \t\n')
        position = link.end
