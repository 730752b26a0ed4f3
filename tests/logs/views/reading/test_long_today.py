"""A long today is sent in parts, and is the same page as one that is rendered whole."""

from __future__ import annotations

from collections.abc import Iterator

import gevent
import pytest
from django.http import StreamingHttpResponse
from django.test import Client

from logs.models import Channel, Kind
from logs.views.http import streaming
from logs.views.http.streaming import PageParts
from logs.views.http.turns import Turn, TurnLimits, Turns, current_turn
from logs.views.reading import day
from tests.conftest import Say
from tests.logs.live.reader import write

pytestmark = pytest.mark.django_db
PAGE = "/testnet/garden/"


@pytest.fixture
def long_today(channel: Channel, say: Say, monkeypatch: pytest.MonkeyPatch) -> Channel:
    """Lines, a fold longer than the rows of a part, and lines again."""
    write(channel, 20)
    for number in range(7):
        say(channel, f"nick{number}", "", kind=Kind.JOIN)
    write(channel, 20)
    monkeypatch.setattr(day, "MAX_WHOLE_LINES", 10)
    monkeypatch.setattr(day, "MAX_ROWS", 3)
    monkeypatch.setattr(streaming, "PAGE_CHUNK_CHARACTERS", 300)
    return channel


def test_it_is_the_same_page_in_parts(long_today: Channel, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    response = client.get(PAGE)
    assert isinstance(response, StreamingHttpResponse)
    parts = list(response)
    assert len(parts) > 10
    assert b"</head>" in parts[0]
    assert b"</html>" in parts[-1]
    # HEAD has its headers, and costs less: one part is rendered to see that it can be.
    rendered: list[str] = []
    iterate_html = day.iterate_html
    with monkeypatch.context() as patch:
        patch.setattr(day, "iterate_html", lambda *args, **kwargs: _note(rendered, iterate_html(*args, **kwargs)))
        head = client.head(PAGE)
    assert head.getvalue() == b""
    assert "Content-Length" not in head
    assert 0 < len(rendered) < 10
    monkeypatch.setattr(day, "MAX_WHOLE_LINES", 1000)
    whole = client.get(PAGE)
    assert whole.content == b"".join(parts)
    for name in ("Content-Type", "Cache-Control", "Content-Security-Policy", "X-Robots-Tag"):
        assert response.get(name) == head.get(name) == whole.get(name), name


def _note(rendered: list[str], pieces: Iterator[str]) -> Iterator[str]:
    for piece in pieces:
        rendered.append(piece)
        yield piece


def test_an_error_in_the_first_lines_is_an_error_page_and_a_later_one_ends_the_response(
    long_today: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendered = 0
    fails_at = 1
    render_line = day.iterate_html

    def fail(*args: object, **kwargs: object) -> Iterator[str]:
        nonlocal rendered
        for piece in render_line(*args, **kwargs):  # type: ignore[arg-type]
            rendered += 1
            if rendered == fails_at:
                raise RuntimeError("a line that cannot be rendered")
            yield piece

    monkeypatch.setattr(day, "iterate_html", fail)
    client = Client(raise_request_exception=False)
    assert client.get(PAGE).status_code == 500
    rendered, fails_at = 0, 30
    response = client.get(PAGE)
    assert response.status_code == 200
    with pytest.raises(RuntimeError, match="cannot be rendered"):
        list(response)


def take_turn() -> tuple[Turns, Turn]:
    turns = Turns(TurnLimits(2, 1, 1, 1, 1, 1.0))
    turn = turns.take("192.0.2.1")
    assert isinstance(turn, Turn)
    current_turn.set(turn)
    return turns, turn


def test_the_turn_ends_when_all_is_rendered_and_not_when_all_is_read() -> None:
    turns, _turn = take_turn()

    def parts() -> Iterator[bytes]:
        yield b"a"
        gevent.sleep(0)
        yield b"b"

    page = PageParts(parts())
    assert current_turn.get() is None
    assert next(page) == b"a"
    assert turns.in_progress == 1
    gevent.sleep(0)
    gevent.sleep(0)
    assert turns.in_progress == 0
    assert list(page) == [b"b"]
    page.close()
    assert turns.in_progress == 0


@pytest.mark.parametrize("has_started", [False, True])
def test_a_client_that_leaves_ends_the_turn(has_started: bool) -> None:
    turns, _turn = take_turn()

    def parts() -> Iterator[bytes]:
        while True:
            yield b"a"
            gevent.sleep(0)

    page = PageParts(parts())
    if has_started:
        next(page)
    page.close()
    page._job.join()
    assert turns.in_progress == 0
