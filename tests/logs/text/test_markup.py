from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from logs.text.irc_formatting import strip_formatting
from logs.text.markup import text_html

CODES = ["\x02", "\x0304", "\x034,5", "\x03", "\x04ff0000", "\x0f", "\x16", "\x1d", "\x1f"]
WORDS = ["<b>", "&amp;", '"', "'", " ", "(", ")", "a", "😀", "\u202e", "\x00", "\x85"]
LINKS = ["http://example.org/", "www.example.org", "mailto:a@example.org"]
PIECES = st.sampled_from([*CODES, *WORDS, *LINKS])
TEXTS = st.text(st.characters(exclude_categories=["Cs"])) | st.lists(PIECES).map("".join)
LINK = '<a href="%s" rel="nofollow ugc noopener">'


class Reader(HTMLParser):
    """Reads HTML strictly: unknown tags and attributes, wrong nesting and unclosed elements are assertion errors."""

    ALLOWED = {"a": {"href", "rel"}, "span": {"class"}}

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self.hrefs: list[str] = []
        self.open: list[str] = []
        self.feed(str(html))
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert set(dict(attrs)) == self.ALLOWED[tag]
        assert self.open in ([], ["a"])
        assert not (tag == "a" and self.open)
        self.open.append(tag)
        if tag == "a":
            self.hrefs.append(dict(attrs)["href"] or "")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    handle_decl = handle_pi = unknown_decl = handle_comment


@given(TEXTS)
@example("\x02http://exam\x02ple.org/\x03")
def test_any_text_becomes_well_formed_html_that_says_the_same(text: str) -> None:
    read = Reader(text_html(text))
    assert read.text == strip_formatting(text)
    assert all(href.lower().startswith(("http:", "https:", "mailto:")) for href in read.hrefs)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("plain text", "plain text"),
        ("<script>alert('x') & \"y\"", "&lt;script&gt;alert(&#39;x&#39;) &amp; &#34;y&#34;"),
        ("\x02b\x02", '<span class="b">b</span>'),
        (
            "see http://example.org/?a=1&b=2.",
            f"see {LINK % 'http://example.org/?a=1&amp;b=2'}http://example.org/?a=1&amp;b=2</a>.",
        ),
        (
            "\x02a www.exa\x02mple.org b",
            f'<span class="b">a </span>{LINK % "https://www.example.org"}<span class="b">www.exa</span>mple.org</a> b',
        ),
        ("", ""),
    ],
)
def test_markup(text: str, html: str) -> None:
    assert text_html(text) == html
