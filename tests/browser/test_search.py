"""Searching as a visitor does it: from a day, with the keyboard, and back to the place."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from logs.models import Channel
from tests.conftest import Say
from tests.processes import Site


def test_a_search_leads_from_a_day_to_a_line(site: Site, channel: Channel, say: Say, page: Page) -> None:
    for n in range(12):
        say(channel, "ann" if n % 3 else "bob", f"seed {n} of the garden")
    page.goto(f"{site.url}/testnet/garden/")
    page.keyboard.press("/")
    page.keyboard.type('"seed 7" nick:ann')
    page.keyboard.press("Enter")
    expect(page.locator("mark")).to_have_text(["seed 7"])
    expect(page.locator("article .line")).to_have_count(5)
    page.locator("article h2 a").click()
    expect(page.locator(".line:target")).to_contain_text("seed 7 of the garden")


def test_the_page_of_results_fits_a_phone(site: Site, channel: Channel, say: Say, page: Page) -> None:
    say(channel, "ann", "a seed in every garden: " + "https://example.org/" + "x" * 300)
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(f"{site.url}/search/?q=seed")
    expect(page.locator("mark")).to_have_text(["seed"])
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
