from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logs.text import markup
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


PREFIXES = ["http://", "https://", "www.", "irc://", "mailto:", "HTTP:", "://"]


def characters_examined(text: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many characters linkify-it is given for a text; its own patterns take time in proportion to these."""
    examined = 0
    original = markup._finder.test_schema_at

    def count(url: str, schema: str, position: int) -> int:
        nonlocal examined
        examined += len(url)
        return int(original(url, schema, position))

    with monkeypatch.context() as patch:
        patch.setattr(markup._finder, "test_schema_at", count)
        find_links(text)
    return examined


@given(
    st.lists(st.sampled_from([*PREFIXES, "a", ".b", "/", "(", "[", "é", "-", "@", " ", "_"]), min_size=1, max_size=8),
    st.integers(1, 3000),
)
def test_the_cost_of_links_grows_in_step_with_the_text(
    monkeypatch: pytest.MonkeyPatch, pieces: list[str], times: int
) -> None:
    text = "".join(pieces) * times
    assert characters_examined(text, monkeypatch) <= markup.EXAMINED_PER_CHARACTER * len(text)


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_text_of_nothing_but_prefixes_costs_no_more_than_its_length(
    monkeypatch: pytest.MonkeyPatch, prefix: str
) -> None:
    for length in (400, 1900, 56_000):
        text = (prefix * length)[:length]
        assert characters_examined(text, monkeypatch) <= markup.EXAMINED_PER_CHARACTER * length


def test_many_links_in_one_line_are_all_found() -> None:
    text = "www.example.org/a " * 400
    assert len(find_links(text)) == 400


def test_a_run_without_blanks_that_is_too_long_is_no_link_and_hides_none_after_it() -> None:
    text = f"http://example.org/{'a' * markup.MAX_URL_CHARACTERS} http://example.org/b"
    assert linked(text) == [("http://example.org/b", "http://example.org/b")]


@pytest.mark.parametrize("control", "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
def test_a_link_ends_where_the_direction_of_writing_is_changed(control: str) -> None:
    assert linked(f"https://example.org/a{control}moc.evil") == [("https://example.org/a", "https://example.org/a")]
    assert linked(f"https://{control}moc.evil") == []
