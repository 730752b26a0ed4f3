"""Selecting lines: by mouse, by finger and by keyboard, and what the bar offers."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from logs.conversations.reply_store import Reply, write_replies
from logs.models import Channel
from tests.conftest import Say
from tests.processes import Site

PRESS = """([selector, type]) => document.querySelector(selector).dispatchEvent(
    new PointerEvent(type, { pointerType: "touch", bubbles: true, clientX: 5, clientY: 5 }))"""


@pytest.fixture
def day(site: Site, channel: Channel, say: Say, yesterday: datetime) -> str:
    """The address of a day with five lines, of which the third answers the first."""
    for number in range(5):
        say(channel, "ann" if number % 2 else "bob", f"line {number}", at=yesterday + timedelta(minutes=number))
    write_replies({channel.pk: {1: Reply(0, 90), 3: Reply(1, 90)}})
    return f"{site.url}/testnet/garden/{yesterday:%Y-%m-%d}/"


def marked(page: Page) -> list[str]:
    found: list[str] = page.locator(".line.marked").evaluate_all("lines => lines.map(line => line.id)")
    return found


def test_a_selection_can_be_copied_and_cleared(browser: Browser, site: Site, day: str) -> None:
    visitor = browser.new_context(timezone_id="UTC")
    visitor.grant_permissions(["clipboard-read", "clipboard-write"])
    page = visitor.new_page()
    page.clock.install()
    page.goto(day)
    bar = page.get_by_role("toolbar", name="Selected lines")
    expect(bar).to_be_hidden()
    page.locator("#l1 a.time").click()
    expect(bar.get_by_role("status")).to_have_text("1 line")
    expect(bar.get_by_role("link", name="Conversation")).to_have_attribute("href", "/testnet/garden/conversation/1/")
    bar.get_by_role("button", name="Select up to…").click()
    page.locator("#l3 .text").click()
    expect(bar.get_by_role("status")).to_have_text("3 lines")
    expect(bar.get_by_role("link", name="Conversation")).to_be_hidden()
    assert marked(page) == ["l1", "l2", "l3"]
    page.clock.pause_at(timezone.now() + timedelta(minutes=1))  # buttons say for two seconds that something is copied
    bar.get_by_role("button", name="Copy link").click()
    expect(bar.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == f"{site.url}/testnet/garden/at/1-3/"
    bar.get_by_role("button", name="Copy text").click()
    expect(bar.get_by_role("button", name="Copied")).to_have_count(2)
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.splitlines() == ["[09:00] <bob> line 0", "[09:01] <ann> line 1", "[09:02] <bob> line 2"]
    page.clock.run_for(2000)
    expect(bar.get_by_role("button", name="Copied")).to_have_count(0)
    page.clock.resume()
    page.keyboard.press("Escape")
    expect(bar).to_be_hidden()
    expect(page).to_have_url(day)
    assert marked(page) == []
    page.locator("#l2 a.time").click()
    bar.get_by_role("button", name="Clear").click()
    expect(page).to_have_url(day)
    visitor.close()


def test_a_long_press_selects_and_the_next_tap_ends_the_range(browser: Browser, day: str) -> None:
    visitor = browser.new_context(viewport={"width": 390, "height": 800}, has_touch=True)
    page = visitor.new_page()
    page.goto(day)
    page.wait_for_load_state()
    page.evaluate(PRESS, ["#l2 a.time", "pointerdown"])
    expect(page.get_by_role("status").filter(has_text="Choose the last line")).to_be_visible()
    page.evaluate(PRESS, ["#l2 a.time", "pointerup"])
    assert marked(page) == ["l2"]
    page.locator("#l4 .text").tap()
    expect(page.get_by_role("toolbar").get_by_role("status")).to_have_text("3 lines")
    assert marked(page) == ["l2", "l3", "l4"]
    # A finger that moves on scrolls.
    page.get_by_role("button", name="Clear").tap()
    page.evaluate(PRESS, ["#l2 a.time", "pointerdown"])
    page.evaluate(
        "document.querySelector('#l2 a.time').dispatchEvent(new PointerEvent('pointermove',"
        " { pointerType: 'touch', bubbles: true, clientX: 5, clientY: 60 }))"
    )
    page.wait_for_timeout(700)
    assert marked(page) == []
    visitor.close()
