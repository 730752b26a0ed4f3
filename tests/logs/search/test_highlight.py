"""What was looked for is marked, and nothing else of the markup changes."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logs.search.highlight import highlight, highlight_pattern
from logs.search.query_parser import parse
from logs.text.markup import text_html
from tests.logs.search.conftest import PIECES


def marked(text: str, query: str) -> str:
    return highlight(text_html(text), highlight_pattern(parse(query).marked))


@pytest.mark.parametrize(
    ("text", "query", "html"),
    [
        ("foo food Foo", "foo", "<mark>foo</mark> food <mark>Foo</mark>"),
        ("foo food", "foo*", "<mark>foo</mark> <mark>food</mark>"),
        ("foo::bar bar", "Foo::Bar", "<mark>foo::bar</mark> bar"),
        ("foo::bar foo.bar", '"foo bar"', "<mark>foo::bar</mark> <mark>foo.bar</mark>"),
        ("C c++ c", "C++", "C <mark>c++</mark> c"),
        ("p->next -> q", "->", "p<mark>-&gt;</mark>next <mark>-&gt;</mark> q"),
        ("foo bar", '"foo bar" foo', "<mark>foo bar</mark>"),
        ("a <b> & 'c'", "b c", "a &lt;<mark>b</mark>&gt; &amp; &#39;<mark>c</mark>&#39;"),
        ("f\x02oo\x02 x", "foo", '<mark>f</mark><span class="b"><mark>oo</mark></span> x'),
        ("amp & lt", "amp", "<mark>amp</mark> &amp; lt"),
        ("foo", "-foo bar", "foo"),
        ("foo", "nick:foo", "foo"),
        ("🇩🇪🇪🇸🇫🇷", "🇪🇸", "🇩🇪<mark>🇪🇸</mark>🇫🇷"),
        ("🇪🇸🇩🇪🇪🇸", "🇪🇸 🇫🇷", "<mark>🇪🇸</mark>🇩🇪<mark>🇪🇸</mark>"),
    ],
)
def test_found_words_are_marked(text: str, query: str, html: str) -> None:
    assert marked(text, query) == html


def test_a_link_stays_one() -> None:
    html = marked("see https://raku.org/foo/", "foo raku")
    assert 'href="https://raku.org/foo/"' in html
    assert html.endswith("https://<mark>raku</mark>.org/<mark>foo</mark>/</a>")


@given(
    st.lists(st.sampled_from(PIECES) | st.text(max_size=10)).map(" ".join),
    st.lists(st.sampled_from(PIECES)).map(" ".join),
)
def test_marks_change_neither_text_nor_elements(text: str, query: str) -> None:
    assert re.sub("</?mark>", "", marked(text, query)) == str(text_html(text))
