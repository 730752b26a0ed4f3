"""The menu of a line in Chromium: by mouse and keyboard, on a selection, on live lines, without a script."""

from __future__ import annotations

from playwright.sync_api import Browser, Page, expect

from logs.models import Channel, HeldLine, Line
from tests.browser.pages import sign_in_as_owner
from tests.conftest import Say
from tests.processes import Site


def test_an_owner_moderates_from_the_lines_of_a_live_page(site: Site, page: Page, channel: Channel, say: Say) -> None:
    for nick, text in (("eve", "buy one"), ("ann", "hello"), ("eve", "buy two"), ("ann", "bye")):
        say(channel, nick, text)
    sign_in_as_owner(page, site.url, channel)
    page.goto(f"{site.url}/testnet/garden/")
    menu = page.locator("#line-menu")
    page.get_by_role("link", name="Moderate line 1", exact=True).focus()
    page.keyboard.press("Enter")
    expect(menu).to_be_visible()
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()

    # A selection, made as for a link to several lines.
    page.locator("#l1 a.time").click()
    page.locator("#l2 a.time").click(modifiers=["Shift"])
    page.locator("#l2").hover()
    page.get_by_role("link", name="Moderate line 2", exact=True).click()
    expect(menu.get_by_role("link", name="Remove all of")).to_have_count(0)
    menu.get_by_role("link", name="Hold these 2 lines back").click()
    expect(page.get_by_role("alert")).to_contain_text("2 lines of #garden")
    page.get_by_role("button", name="Hold back 2 lines").click()
    expect(page.get_by_role("status")).to_contain_text("Held back 2 lines")
    assert HeldLine.objects.count() == 2

    # A line that arrives has its menu, too.
    expect(page.locator("#live-state")).to_have_text("Live")
    number = say(channel, "eve", "buy three").id
    page.get_by_role("link", name=f"Moderate line {number}", exact=True).click()
    menu.get_by_role("link", name="Remove all of eve on this day").click()
    page.get_by_role("button", name="Remove 2 lines").click()
    expect(page.locator("#lines .message .text")).to_have_text(["bye"])
    assert list(Line.objects.exclude(text="").values_list("text", flat=True)) == ["bye"]


def test_without_a_script_the_link_of_a_line_leads_to_its_page(
    site: Site, browser: Browser, channel: Channel, say: Say
) -> None:
    say(channel, "eve", "buy")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in_as_owner(page, site.url, channel)
    page.goto(f"{site.url}/testnet/garden/")
    page.locator("#l1").hover()
    page.get_by_role("link", name="Moderate line 1").click()
    page.get_by_role("button", name="Show how many lines").click()
    page.get_by_role("button", name="Remove 1 line").click()
    expect(page.get_by_role("status")).to_contain_text("Permanently removed 1 line")
    assert not Line.objects.filter(nick="eve").exists()
    context.close()
