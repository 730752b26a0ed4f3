"""Searching as a visitor does it: from a day, with the keyboard, and back to the place."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page, expect

from logs.ingest.channel_state import remove_lines
from logs.models import Channel
from tests import axe
from tests.browser.pages import take_screenshot
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
    expect(page.locator(".line:target mark")).to_have_text("seed 7")


def test_filters_are_taken_off_and_added(site: Site, channel: Channel, say: Say, page: Page) -> None:
    for n in range(12):
        say(channel, "ann" if n % 3 else "bob", f"seed {n} of the garden")
    page.goto(f"{site.url}/testnet/")
    page.keyboard.press("/")
    page.keyboard.type("seed")
    page.keyboard.press("Enter")
    expect(page.locator(".chips bdi")).to_have_text(["in:testnet/"])
    page.wait_for_load_state()  # before that nobody listens for keys
    page.keyboard.press("/")
    page.keyboard.type("garden")
    page.keyboard.press("Enter")
    expect(page.locator(".chips bdi")).to_have_text(["in:testnet/"])
    expect(page.get_by_role("searchbox")).to_have_value("garden")
    page.get_by_text("Add filters").click()
    page.get_by_label("Said by").fill("bob")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator(".chips bdi")).to_have_text(["in:testnet/", "nick:bob"])
    expect(page.locator(".found")).to_have_count(4)
    page.get_by_role("link", name="Without nick:bob").click()
    expect(page.locator(".found")).to_have_count(12)


def test_times_of_results_are_the_readers(site: Site, channel: Channel, say: Say, browser: Browser) -> None:
    say(channel, "ann", "a seed", at=datetime(2026, 3, 1, 23, 30, tzinfo=UTC))
    page = browser.new_context(timezone_id="Europe/Berlin", locale="en-GB").new_page()
    page.goto(f"{site.url}/search/?q=seed")
    heading = page.locator("article h2 time")
    expect(heading).to_have_text(re.compile("Monday,? 2 March 2026.* 00:30"))
    expect(page.locator(".found time")).to_have_text("00:30")
    page.get_by_label("Times in").select_option("utc")
    expect(heading).to_have_text("Sunday 1 March 2026, 23:30")
    expect(page.locator(".found time")).to_have_text("23:30")
    page.context.close()


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_of_results_looks_as_it_should(
    site: Site, channel: Channel, say: Say, page: Page, *, width: int, scheme: str
) -> None:
    other = Channel.objects.create(network=channel.network, name="#other")
    for n in range(30):
        at = datetime(2023 + n % 3, 1 + n % 12, 1, 9, tzinfo=UTC)
        say(other if n % 4 == 1 else channel, f"nick{n % 7}", f"seed {n}, see https://example.org/{n}", at=at)
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.set_viewport_size({"width": width, "height": 800})
    for name, query in {
        "many": "seed has:link",
        "none": "sed in:testnet/ -nick:nick1",
        "notes": "seed on:2026-02-30 kind:shout",
        "fields": "seed nick:nick1 nick:nick2 after:2022 before:2030",
    }.items():
        page.goto(f"{site.url}/search/?{urlencode({'q': query})}")
        if name == "fields":
            page.get_by_text("Add filters").click()
        take_screenshot(page, f"search-{name}-{width}-{scheme}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.evaluate(axe.source())
        rule = {"runOnly": {"type": "rule", "values": ["target-size"]}}
        result = page.evaluate("options => axe.run('#main', options)", rule)
        assert [node["html"] for each in result["violations"] for node in each["nodes"]] == []
        assert result["passes"]
        if name == "many" and width == 390:
            results, filters = page.locator(".passages").bounding_box(), page.locator("aside").bounding_box()
            assert results
            assert filters
            assert filters["y"] < results["y"]


def test_the_page_of_results_fits_a_phone(site: Site, channel: Channel, say: Say, page: Page) -> None:
    say(channel, "ann", "a seed in every garden: " + "https://example.org/" + "x" * 300)
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(f"{site.url}/search/?q=seed")
    expect(page.locator("mark")).to_have_text(["seed"])
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_search_is_followed_live_over_several_channels(site: Site, channel: Channel, say: Say, page: Page) -> None:
    other = Channel.objects.create(network=channel.network, name="#kitchen")
    first = say(channel, "ann", "Deploy one")
    page.goto(f"{site.url}/search/?q=deploy")
    page.get_by_role("link", name="Follow live").click()
    expect(page.locator("#live-state")).to_have_text("Live")
    say(other, "bob", "nothing")
    second = say(other, "bob", "<i>deploy</i> two")
    expect(page.locator("article .found")).to_have_count(2)
    newest = page.locator("article").first
    expect(newest.locator("h2")).to_contain_text("#kitchen")
    # The heading of a line that came live is as that of the others, which the server made.
    written = re.compile(r"[A-Z][a-z]+day \d+ [A-Z][a-z]+ \d{4}, \d\d:\d\d")
    expect(page.locator("article h2 time")).to_have_text([written, written])
    expect(newest.locator(".text")).to_have_text("<i>deploy</i> two")
    expect(newest.locator("mark")).to_have_text("deploy")
    say(channel, "ann", "we DEPLOY three")
    expect(page.locator("article .found .text")).to_have_text(["we DEPLOY three", "<i>deploy</i> two", "Deploy one"])
    # A removed line leaves the results, those that came live and those that the page began with.
    remove_lines(other, [second.id])
    remove_lines(channel, [first.id])
    expect(page.locator("article .found .text")).to_have_text(["we DEPLOY three"])
    page.locator("article h2 a").first.click()
    expect(page.locator(".line:target mark")).to_have_text("DEPLOY")


def test_a_followed_search_without_results_waits_for_the_first(
    site: Site, channel: Channel, say: Say, page: Page
) -> None:
    page.goto(f"{site.url}/testnet/garden/search/?q=nick:ann+kiwi&live=1")
    expect(page.locator("#live-state")).to_have_text("Live")
    expect(page.get_by_text("No line")).to_be_visible()
    say(channel, "bob", "kiwi")
    say(channel, "ann", "a kiwi")
    expect(page.locator("article .found .text")).to_have_text(["a kiwi"])
    expect(page.get_by_text("No line")).to_have_count(0)
    assert axe.violations(page) == []
    page.get_by_role("link", name="Stop following").click()
    expect(page.locator("#live-state")).to_have_count(0)
    expect(page.locator("article .found .text")).to_have_text(["a kiwi"])
