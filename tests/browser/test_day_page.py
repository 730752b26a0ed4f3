"""The page of a day on a desk, a phone and paper: what stays in view, what a copy reads, and a dead connection."""

from __future__ import annotations

import os
import signal
from datetime import datetime, timedelta
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from logs.models import Channel, Kind
from tests.conftest import Say
from tests.processes import Site

COPY = """() => {
    const lines = document.getElementById("lines");
    document.getSelection().selectAllChildren(lines);
    document.execCommand("copy");
    return navigator.clipboard.readText();
}"""


def test_copied_lines_read_as_a_log(
    browser: Browser, site: Site, channel: Channel, say: Say, yesterday: datetime
) -> None:
    say(channel, "ann", "hello \x02you\x02", at=yesterday)
    say(channel, "ann", "and you", at=yesterday)
    say(channel, "ann", "waves", at=yesterday + timedelta(minutes=1), kind=Kind.ACTION)
    say(channel, "ann", "I am a bot", at=yesterday + timedelta(minutes=1), kind=Kind.NOTICE)
    say(channel, "ann", "+o bob", at=yesterday + timedelta(minutes=2), kind=Kind.TOPIC)
    for number in range(2):
        say(channel, f"joiner{number}", at=yesterday + timedelta(minutes=3), kind=Kind.JOIN)
    expected = [
        *("[09:00] <ann> hello you", "[09:00] <ann> and you", "[09:01] * ann waves", "[09:01] -ann- I am a bot"),
        "[09:02] ann changed the topic to: +o bob",
    ]
    for width in (1280, 390):
        visitor = browser.new_context(viewport={"width": width, "height": 800}, timezone_id="UTC")
        visitor.grant_permissions(["clipboard-read", "clipboard-write"])
        page = visitor.new_page()
        page.goto(f"{site.url}/testnet/garden/{yesterday:%Y-%m-%d}/")
        page.wait_for_load_state()
        copied = page.evaluate(COPY).splitlines()
        assert copied[:4] == expected[:4], width
        assert copied[4].startswith("[09:02] ann"), copied
        assert len(copied) == 5, "lines in a closed fold are not copied"
        page.locator("#lines summary").click()
        assert page.evaluate(COPY).splitlines()[5].startswith("[09:03] joiner0")
        visitor.close()


def test_a_phone_always_shows_channel_day_state_and_search(
    browser: Browser, site: Site, channel: Channel, say: Say, yesterday: datetime
) -> None:
    for number in range(80):
        say(channel, "ann", f"line {number}", at=yesterday + timedelta(minutes=number))
        say(channel, "bob", f"today {number}")
    visitor = browser.new_context(viewport={"width": 390, "height": 700}, has_touch=True)
    page = visitor.new_page()
    page.goto(f"{site.url}/testnet/garden/")
    expect(page.locator("#live-state")).to_have_text("Live")
    strip = page.locator(".day-strip")
    # The page opens at its end, and a permalink in the middle.
    for place in ("#live-state", "h2", "a.strip-channel", "a:text-is('Search')"):
        expect(strip.locator(place)).to_be_in_viewport()
    page.goto(f"{site.url}/testnet/garden/{yesterday:%Y-%m-%d}/#l79")
    for place in ("h2", "a.strip-channel", "a:text-is('Search')"):
        expect(strip.locator(place)).to_be_in_viewport()
    strip.get_by_role("link", name="Search").click()
    expect(page).to_have_url(f"{site.url}/testnet/garden/search/")
    visitor.close()


def test_a_connection_that_is_dead_but_open_is_noticed(site: Site, page: Page, channel: Channel, say: Say) -> None:
    """The server stands still and closes nothing, as a frozen proxy would."""
    page.clock.install()
    page.goto(f"{site.url}/testnet/garden/")
    expect(page.locator("#live-state")).to_have_text("Live")
    children = Path(f"/proc/{site.pid}/task/{site.pid}/children").read_text(encoding="ascii")
    workers = [int(pid) for pid in children.split()]
    for worker in workers:
        os.kill(worker, signal.SIGSTOP)
    try:
        page.clock.fast_forward(30_000)
        expect(page.locator("#live-state")).to_have_text("Live")
        page.clock.fast_forward(11_000)  # 41 s, and what the test itself took
        expect(page.locator("#live-state")).to_have_text("Reconnecting…")
    finally:
        for worker in workers:
            os.kill(worker, signal.SIGCONT)
    line = say(channel, "ann", "after the silence")
    expect(page.locator("#live-state")).to_have_text("Live")
    expect(page.locator(f"#l{line.id}")).to_be_visible()


def test_a_printed_page_names_its_address_and_network(
    site: Site, page: Page, talk: Channel, yesterday: datetime
) -> None:
    page.goto(f"{site.url}/testnet/garden/{yesterday:%Y-%m-%d}/")
    address = page.locator(".print-address")
    expect(address).to_be_hidden()
    page.emulate_media(media="print")
    expect(address).to_be_visible()
    expect(address).to_contain_text(f"/testnet/garden/{yesterday:%Y-%m-%d}/ – #garden on testnet")
    expect(page.locator(".site-header")).to_be_hidden()


def test_new_lines_are_read_aloud(site: Site, page: Page, channel: Channel) -> None:
    page.goto(f"{site.url}/testnet/garden/")
    expect(page.get_by_role("log", name="#garden, live")).to_be_attached()


def test_a_notice_after_an_action_keeps_its_nick(
    site: Site, page: Page, channel: Channel, say: Say, yesterday: datetime
) -> None:
    say(channel, "ann", "waves", at=yesterday, kind=Kind.ACTION)
    line = say(channel, "ann", "beep", at=yesterday, kind=Kind.NOTICE)
    page.goto(f"{site.url}/testnet/garden/{yesterday:%Y-%m-%d}/")
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 800})
        nick = page.locator(f"#l{line.id} .nick")
        expect(nick).to_have_css("opacity", "1")
        box = nick.bounding_box()
        assert box
        assert box["width"] > 20
