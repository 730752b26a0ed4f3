"""Firefox: following live, copying and ranges, and that no page makes it complain. Run by `make test-nightly`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.conf import settings

from logs import privacy
from logs.models import Channel, Kind
from tests.browser.pages import list_addresses, make_owner_session
from tests.conftest import Say
from tests.examples import NIGHTLY
from tests.firefox import Firefox, install_driver
from tests.processes import Site

pytestmark = pytest.mark.skipif(not NIGHTLY, reason="Firefox is tried by `make test-nightly`")

SHOWN = """[...document.querySelectorAll("#lines .line")].map(line =>
    [line.id, line.className, line.textContent.replace(/\\s+/g, " ").trim(), !!line.closest("details")])"""
PASTED = """(() => {
    const field = document.createElement("textarea");
    document.body.append(field);
    field.focus();
    return null;
})()"""
PRESS = """new Promise(resolve => {
    const time = document.querySelector("#l2 a.time");
    const send = type => time.dispatchEvent(
        new PointerEvent(type, { pointerType: "touch", bubbles: true, clientX: 5, clientY: 5 }));
    send("pointerdown");
    setTimeout(() => resolve(send("pointerup")), 700);
})"""


@pytest.fixture(scope="module")
def firefox() -> Iterator[Firefox]:
    install_driver()
    with Firefox() as running:
        assert running.version.startswith("firefox/")
        yield running


@pytest.fixture
def page(firefox: Firefox) -> Iterator[Firefox]:
    """The window at 1280 pixels; a test that breaks something on purpose takes the complaints itself."""
    firefox.resize(1280, 800)
    firefox.take_complaints()
    yield firefox
    firefox.goto("about:blank")
    firefox.clear_cookies()
    assert firefox.take_complaints() == []


@pytest.fixture
def day(site: Site, channel: Channel, say: Say, yesterday: datetime) -> str:
    """The address of a day with six lines: messages, an action and a notice, and a fold."""
    for number, kind in enumerate((Kind.MESSAGE, Kind.MESSAGE, Kind.ACTION, Kind.NOTICE, Kind.MESSAGE)):
        say(channel, "ann", f"line {number}", at=yesterday + timedelta(minutes=number), kind=kind)
    say(channel, "bob", at=yesterday + timedelta(minutes=6), kind=Kind.JOIN)
    return f"{site.url}/testnet/garden/{yesterday:%Y-%m-%d}/"


def paste(page: Firefox) -> list[str]:
    """What the clipboard has, as a text field gets it."""
    page.evaluate(PASTED)
    page.press("v", "Control")
    found: str = page.evaluate("document.querySelector('textarea').value")
    page.evaluate("document.querySelector('textarea').remove()")
    return found.splitlines()


def wait_for_text(page: Firefox, selector: str, text: str) -> None:
    page.wait(f"document.querySelector({selector!r})?.textContent.trim() === {text!r}")


def test_lines_come_live_and_a_lost_server_is_made_up_for(
    site: Site, page: Firefox, channel: Channel, say: Say
) -> None:
    say(channel, "ann", "before")
    page.goto(f"{site.url}/testnet/garden/")
    wait_for_text(page, "#live-state", "Live")
    removed = say(channel, "bob", "a line that goes")
    page.wait(f"document.getElementById('l{removed.id}')")
    privacy.redact(channel, [removed.id], "root")
    page.wait(f"!document.getElementById('l{removed.id}')")
    for number, kind in enumerate((Kind.MESSAGE, Kind.ACTION, Kind.JOIN, Kind.QUIT, Kind.NOTICE, Kind.MODE)):
        newest = say(channel, "eve", f"line {number}", kind=kind)
    page.wait(f"document.getElementById('l{newest.id}')")
    assert page.take_complaints() == []
    site.stop()
    page.wait("document.getElementById('live-state').textContent !== 'Live'")
    newest = say(channel, "ann", "while the server was away")
    site.start()
    page.wait(f"document.getElementById('l{newest.id}')")
    wait_for_text(page, "#live-state", "Live")
    page.take_complaints()  # of the connection that was lost
    live = page.evaluate(SHOWN)
    page.reload()
    assert page.evaluate(SHOWN) == live


def test_a_search_and_the_list_of_channels_follow(site: Site, page: Firefox, channel: Channel, say: Say) -> None:
    say(channel, "ann", "a rose")
    page.goto(f"{site.url}/")
    wait_for_text(page, ".count", "1 line")
    say(channel, "ann", "another rose")
    wait_for_text(page, ".count", "2 lines")
    page.goto(f"{site.url}/search/?q=rose&live=1")
    wait_for_text(page, "#live-state", "Live")
    say(channel, "bob", "a third rose")
    wait_for_text(page, "article .found .text", "a third rose")


@pytest.mark.parametrize("width", [1280, 390])
def test_copied_lines_read_as_a_log(page: Firefox, day: str, width: int) -> None:
    page.resize(width, 800)
    page.goto(day)
    page.evaluate("document.getSelection().selectAllChildren(document.getElementById('lines'))")
    page.press("c", "Control")
    lines = ["[09:00] <ann> line 0", "[09:01] <ann> line 1", "[09:02] * ann line 2", "[09:03] -ann- line 3"]
    assert paste(page) == [*lines, "[09:04] <ann> line 4"]
    page.click("#l2 a.time")
    page.click("#l4 a.time", "Shift")
    for label, number in (("Copy text", 1), ("Copy link", 0)):
        button = f"#selection-bar button:nth-of-type({number + 1})"
        wait_for_text(page, button, label)
        page.click(button)
        wait_for_text(page, button, "Copied")
        copied = paste(page)
        assert copied == lines[1:4] if number else copied[0].endswith("/testnet/garden/at/2-4/")


def test_ranges_are_selected_by_clicks_and_by_a_long_press(page: Firefox, day: str) -> None:
    marked = "[...document.querySelectorAll('.line.marked')].map(line => line.id)"
    page.goto(day)
    page.click("#l4 a.time")
    page.click("#l2 a.time", "Shift")
    assert page.evaluate(marked) == ["l2", "l3", "l4"]
    assert page.evaluate("location.pathname") == "/testnet/garden/at/2-4/"
    page.press("Escape")
    assert page.evaluate(marked) == []
    assert page.evaluate("location.href") == day
    page.evaluate(PRESS)
    page.click("#l5 .text")
    assert page.evaluate(marked) == ["l2", "l3", "l4", "l5"]
    page.goto(page.evaluate("location.href"))
    assert page.evaluate(marked) == ["l2", "l3", "l4", "l5"]
    assert page.evaluate("document.getElementById('l2').getBoundingClientRect().top >= 0")


def test_what_a_page_offers_with_a_line_works_by_mouse_and_keyboard(page: Firefox, day: str) -> None:
    page.goto(day)
    page.click("#l1 .text")
    page.wait("document.querySelector('#l1 .line-actions')")
    page.click(".hide-menu summary")
    page.click(".hide-menu input[value=joins]")
    page.wait("getComputedStyle(document.querySelector('.fold')).display === 'none'")
    page.press("Escape")
    page.press("?")
    page.wait("document.getElementById('keyboard-help').open")
    page.press("Escape")
    page.wait("!document.getElementById('keyboard-help').open")
    page.click("#theme-button")
    assert page.evaluate("document.documentElement.dataset.theme") == "light"
    page.evaluate("localStorage.clear()")


def test_no_page_makes_it_complain(site: Site, page: Firefox, talk: Channel, yesterday: datetime) -> None:
    ann, key = make_owner_session(talk)
    page.set_cookie(settings.SESSION_COOKIE_NAME, key, site.url)
    for name, address in list_addresses(ann, site.url, talk, yesterday).items():
        page.goto(address)
        complaints = [text for text in page.take_complaints() if "404" not in text]
        assert complaints == [], name
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{name} is {wide} pixels too wide"
