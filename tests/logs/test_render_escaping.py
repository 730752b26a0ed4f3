"""Names and texts of strangers never become markup: in no attribute and no text of a line, whatever its kind."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from logs.models import Kind
from logs.render import element_html, line_html, render_line
from logs.text.names import fold
from tests.logs.test_render import line

HOSTILE = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>&amp;"
ELEMENTS = {"div", "a", "time", "span", "bdi"}


class Markup(HTMLParser):
    """The elements of a line, and all their attributes by name."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.attributes: dict[str, set[str | None]] = {}
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        for name, value in attrs:
            self.attributes.setdefault(name, set()).add(value)


@pytest.mark.parametrize("kind", list(Kind))
def test_a_hostile_name_or_text_stays_text(kind: Kind) -> None:
    html = line_html(line(kind, HOSTILE, HOSTILE, HOSTILE), "/n/c/", source=HOSTILE)
    markup = Markup(html)
    assert markup.elements <= ELEMENTS
    assert not {name for name in markup.attributes if name.startswith("on") or name == "src"}
    assert markup.attributes["data-source"] == {HOSTILE}
    assert markup.attributes["data-nick"] == {HOSTILE}


@pytest.mark.parametrize("part", ["", "found", "context"])
def test_the_name_of_a_bridge_or_log_stays_an_attribute(part: str) -> None:
    nick = HOSTILE.replace("<", "").replace(">", "")
    relayed = render_line(line(nick=nick, text=f"<ann> {HOSTILE}"), {fold(nick)})
    assert relayed.via == nick
    markup = Markup(element_html(relayed._replace(source=HOSTILE), "/n/c/", part))
    assert markup.elements <= ELEMENTS
    assert markup.attributes["title"] == {f"via {nick}"}
    assert markup.attributes["data-source"] == {HOSTILE}
