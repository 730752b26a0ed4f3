"""Highlights in a browser: chosen on their page, marked as lines come, counted until the reader has been there."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from logs.models import Channel
from tests.axe import violations
from tests.browser.pages import sign_in_as_owner
from tests.chromium import assert_equals_reload
from tests.conftest import Say
from tests.processes import Site


def test_words_are_marked_live_and_counted_until_they_are_read(
    site: Site, page: Page, channel: Channel, say: Say
) -> None:
    sign_in_as_owner(page, site.url, channel)
    page.goto(f"{site.url}/me/highlights/")
    page.get_by_label("Words").fill("rose\ngarden tools")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_have_text("Saved.")
    first = say(channel, "bob", "who has the garden tools?")
    say(channel, "eve", "a Rosé!")
    page.goto(f"{site.url}/")
    expect(page.locator(".highlight-count")).to_have_text("2")
    page.locator(".highlight-count").click()
    expect(page.locator(f"#l{first.id} mark")).to_have_text("garden tools")
    expect(page.locator(".line.highlighted")).to_have_count(2)
    expect(page.locator("#live-state")).to_have_text("Live")
    say(channel, "bob", "nothing of it")
    newest = say(channel, "bob", "roses and a rose <3")
    expect(page.locator(f"#l{newest.id}")).to_have_class(re.compile(r"\bhighlighted\b"))
    expect(page.locator(f"#l{newest.id} mark")).to_have_text("rose")
    assert violations(page) == []
    assert_equals_reload(page, channel)
    page.goto(f"{site.url}/")
    expect(page.locator(".channels .name")).to_be_visible()
    expect(page.locator(".highlight-count")).to_be_hidden()
    page.get_by_role("link", name="Highlights").click()
    expect(page.locator("article .found")).to_have_count(3)
