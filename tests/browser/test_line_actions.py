"""What a line offers where the mouse or the keyboard is."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from logs.conversations.reply_store import Reply, write_replies
from logs.models import Channel
from tests.axe import violations
from tests.conftest import Say
from tests.processes import Site


@pytest.fixture
def day(site: Site, channel: Channel, say: Say, yesterday: datetime) -> str:
    """The address of a day with four lines, of which the third answers the first."""
    for number in range(4):
        say(channel, "ann" if number % 2 else "bob", f"line {number}", at=yesterday + timedelta(minutes=number))
    write_replies({channel.pk: {1: Reply(0, 90), 3: Reply(1, 90)}})
    return f"{site.url}/testnet/garden/{yesterday:%Y-%m-%d}/"


def test_by_mouse_a_line_is_copied_and_begins_a_range(browser: Browser, site: Site, day: str) -> None:
    visitor = browser.new_context(timezone_id="UTC", viewport={"width": 1280, "height": 800})
    visitor.grant_permissions(["clipboard-read", "clipboard-write"])
    page = visitor.new_page()
    page.goto(day)
    height = page.evaluate("document.documentElement.scrollHeight")
    page.locator("#l2 .text").hover()
    bar = page.locator("#l2").get_by_role("toolbar", name="This line")
    bar.get_by_role("button", name="Copy link").click()
    expect(bar.get_by_text("Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == f"{site.url}/testnet/garden/at/2/"
    expect(bar.get_by_role("link", name="Conversation")).to_be_hidden()
    bar.get_by_role("button", name="Copy text").click()
    page.wait_for_function("navigator.clipboard.readText().then(text => text === '[09:01] <ann> line 1')")
    assert page.evaluate("document.documentElement.scrollHeight") == height
    assert page.locator(".line.marked").count() == 0
    bar.get_by_role("button", name="Select a range from here").click()
    page.locator("#l4 .text").click()
    expect(page.locator(".line.marked")).to_have_count(3)
    visitor.close()


def test_by_keyboard_they_follow_the_time(page: Page, day: str) -> None:
    page.goto(day)
    page.locator("#l2 .text").click()  # a click shows nothing that the mouse does not
    page.locator("#l2 a.time").focus()  # of no conversation, which would dim the other lines
    expect(page.locator("#l2").get_by_role("toolbar", name="This line")).to_be_visible()
    assert violations(page) == []
    page.locator("#l3 a.time").focus()
    bar = page.locator("#l3").get_by_role("toolbar", name="This line")
    expect(bar).to_be_visible()
    # The bar is one stop, after the arrow to the line that is answered; within it the arrow keys go on.
    for key in ("Tab", "Tab"):
        page.keyboard.press(key)
    expect(bar.get_by_role("button", name="Copy link")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(bar.get_by_role("link", name="Conversation")).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(bar.get_by_role("button", name="Copy text")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("#l4 a.time")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    expect(page.locator("#l3 a.time")).to_be_focused()
    for key in ("Tab", "Tab", "ArrowLeft", "Enter"):
        page.keyboard.press(key)
    expect(page).to_have_url(day.rsplit("/", 2)[0] + "/conversation/3/")


def test_a_tap_shows_no_action_bar(browser: Browser, day: str) -> None:
    visitor = browser.new_context(viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True)
    page = visitor.new_page()
    page.goto(day)
    page.locator("#l2 .text").tap()
    expect(page.locator("#l2")).to_be_visible()
    expect(page.locator(".line-actions")).to_have_count(0)
    visitor.close()


def test_the_first_result_of_a_search_is_few_keys_away(site: Site, page: Page, day: str) -> None:
    page.goto(f"{site.url}/search/?q=line")
    for key in ("Tab", "Enter", "Tab"):
        page.keyboard.press(key)
    expect(page.locator("article h2 a").first).to_be_focused()
