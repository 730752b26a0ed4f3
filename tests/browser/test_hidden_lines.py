"""Less noise: what a reader chooses not to see stays hidden, live and after a reload, and without JavaScript."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from logs.models import Channel, Kind
from tests.axe import violations
from tests.conftest import Say
from tests.processes import Site


@pytest.fixture
def noise(site: Site, channel: Channel, say: Say, yesterday: datetime) -> Channel:
    """A channel with a fold of joins and modes, a notice and a bot, yesterday and today."""
    Channel.objects.filter(pk=channel.pk).update(bots="helper")
    for at in (yesterday, datetime.now(tz=yesterday.tzinfo) - timedelta(seconds=5)):
        say(channel, "ann", "hello", at=at)
        say(channel, "bob", at=at, kind=Kind.JOIN)
        say(channel, "ann", "+v bob", at=at, kind=Kind.MODE)
        say(channel, "eve", at=at, kind=Kind.JOIN)
        say(channel, "ann", "a notice", at=at, kind=Kind.NOTICE)
        say(channel, "ann", "after it", at=at)
        say(channel, "helper", "beep", at=at)
    return channel


def hide(page: Page, *labels: str) -> None:
    page.locator(".hide-menu > summary").click()
    for label in labels:
        page.get_by_label(label, exact=True).check()
    page.keyboard.press("Escape")
    expect(page.locator(".hide-menu form")).to_be_hidden()


def test_a_choice_is_remembered_and_holds_for_new_lines(site: Site, page: Page, noise: Channel, say: Say) -> None:
    page.goto(f"{site.url}/testnet/garden/")
    expect(page.locator("#lines summary")).to_have_text("2 joined, 1 mode change")
    hide(page, "joins, parts and quits", "notices", "bots")
    for _ in range(2):
        expect(page.locator("#lines summary")).to_have_text("1 mode change")
        expect(page.locator("#lines > .notice")).to_be_hidden()
        expect(page.locator("#lines > .bot")).to_be_hidden()
        # Whoever continues a run of a hidden notice has a nick.
        expect(page.locator(".notice + .same .nick")).to_have_css("opacity", "1")
        page.reload()
    expect(page.locator("#live-state")).to_have_text("Live")
    hidden = [say(noise, "helper", "beep again"), say(noise, "fay", kind=Kind.JOIN)]
    last = say(noise, "ann", "still here")
    expect(page.locator(f"#l{last.id}")).to_be_visible()
    for line in hidden:
        expect(page.locator(f"#l{line.id}")).to_be_hidden()
    expect(page.locator("#lines .fold").last).to_be_hidden()
    assert not page.context.cookies()
    # A link to a line shows it.
    page.goto(f"{site.url}/testnet/garden/at/{hidden[1].id}/")
    expect(page.locator(f"#l{hidden[1].id}")).to_be_visible()


def test_the_menu_is_used_by_keyboard_and_on_a_phone(
    site: Site, page: Page, noise: Channel, yesterday: datetime
) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(f"{site.url}/testnet/garden/{yesterday:%Y-%m-%d}/")
    summary = page.locator(".hide-menu > summary")
    summary.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(summary).to_have_text("Hidden: 1")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(summary).to_be_focused()


def test_without_javascript_the_choice_is_in_the_address(
    browser: Browser, site: Site, noise: Channel, yesterday: datetime
) -> None:
    visitor = browser.new_context(java_script_enabled=False)
    page = visitor.new_page()
    page.goto(f"{site.url}/testnet/garden/")
    page.locator(".hide-menu > summary").click()
    page.get_by_label("joins, parts and quits").check()
    page.get_by_label("bots", exact=True).check()
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("#lines summary")).to_have_text("1 mode change")
    expect(page.locator("#lines .bot")).to_have_count(0)
    page.get_by_role("link", name="←").first.click()
    expect(page).to_have_url(f"{site.url}/testnet/garden/{yesterday:%Y-%m-%d}/?hide=joins,bots")
    expect(page.locator("#lines summary")).to_have_text("1 mode change")
    visitor.close()
