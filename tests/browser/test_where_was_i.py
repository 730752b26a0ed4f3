"""Where a reader was: marked on the page, counted in the list of channels, remembered in the browser only."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from logs import privacy
from logs.models import Channel, Kind
from tests.axe import violations
from tests.conftest import Say
from tests.processes import Site


@pytest.mark.parametrize("width", [1280, 390])
def test_a_reader_comes_back_to_where_they_were(site: Site, page: Page, channel: Channel, say: Say, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 600})
    # What is new is told from what was read within the same second, too.
    second = timezone.now().replace(microsecond=0)
    for number in range(60):
        say(channel, "ann", f"read {number}", second + timedelta(microseconds=number))
    page.goto(f"{site.url}/testnet/garden/")
    expect(page.locator("#live-state")).to_have_text("Live")
    expect(page.locator(".here-mark")).to_have_count(0)
    page.goto(f"{site.url}/")
    expect(page.locator(".unread")).to_have_count(0)
    for number in range(40):
        line = say(channel, "bob", f"new {number}", second + timedelta(microseconds=100 + number))
    for number in range(3):  # who comes says nothing new
        say(channel, f"guest{number}", at=second + timedelta(microseconds=200 + number), kind=Kind.JOIN)
    expect(page.locator(".unread")).to_have_text("40 new")
    page.reload()
    expect(page.locator(".unread")).to_have_text("40 new")
    page.locator(".unread").click()
    expect(page.get_by_role("link", name="40 new since you were here")).to_be_visible()
    assert page.locator(".here-mark + .line").get_attribute("id") == f"l{line.id - 39}"
    assert violations(page) == []
    privacy.redact(channel, [line.id], "root")
    expect(page.locator(f"#l{line.id}")).to_have_count(0)
    page.keyboard.press("u")
    expect(page.locator(".here-mark")).to_be_in_viewport()
    expect(page.locator(".unread-link")).to_have_count(0)
    page.goto(f"{site.url}/")
    # They have seen as far as the window reached.
    expect(page.locator("main .channels")).to_be_visible()
    page.goto(f"{site.url}/testnet/garden/")
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    expect(page.locator(".line.message").last).to_be_in_viewport()
    page.goto(f"{site.url}/")
    expect(page.locator(".unread")).to_have_count(0)
    say(channel, "ann", "once more")
    expect(page.locator(".unread")).to_have_text("1 new")
    assert not page.context.cookies()


def test_channels_are_found_as_one_types(site: Site, page: Page, channel: Channel, say: Say) -> None:
    other = Channel.objects.create(network=channel.network, name="#kitchen", topic="soup")
    page.goto(f"{site.url}/")
    expect(page.locator(".channels li")).to_have_count(2)
    page.get_by_label("Find a channel by its name").press_sequentially("soup")
    expect(page.locator(".channels .name")).to_have_text(["#kitchen"])
    expect(page).to_have_url(f"{site.url}/?q=soup")
    say(other, "ann", "live goes on")
    expect(page.locator(".count").first).to_have_text("1 line")
    page.get_by_label("Find a channel by its name").press_sequentially("zz")
    expect(page.get_by_text("No channel has “soupzz”")).to_be_visible()
    page.get_by_role("link", name="Show all channels").click()
    expect(page.locator(".channels li")).to_have_count(2)
