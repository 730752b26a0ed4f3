"""Pages in other languages: chosen with and without scripts, live, and written from the right."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from botbot.messages import LANGUAGES
from logs.active_language import in_language
from logs.ingest.channel_state import close_gap, open_gap
from logs.ingest.entry import Entry
from logs.ingest.store import store_lines
from logs.line_texts import line_texts
from logs.models import Channel, Kind
from logs.models.line import Reason
from tests.browser.pages import PAGES
from tests.chromium import assert_equals_reload, open_page
from tests.conftest import Say
from tests.processes import Site

EVENTS = [
    (Kind.JOIN, "", None),
    (Kind.PART, "see you", None),
    (Kind.QUIT, "", None),
    (Kind.QUIT, "hub.example.net leaf.example.net", None),
    (Kind.MESSAGE, "only for operators", "@"),
    (Kind.NICK, "", "ann_"),
    (Kind.KICK, "enough", "bob"),
    (Kind.MODE, "+o bob", None),
    (Kind.TOPIC, "new topic", None),
    (Kind.TOPIC, "", None),
    (Kind.UNLOGGED, "", None),
    (Kind.JOIN, "", None),
]
OPEN_TO_ALL = (
    "index",
    "day",
    "year",
    "statistics",
    "answers",
    "search",
    "search-help",
    "about",
    "api",
    "sign-in",
    "missing",
)
FIRST_CHARACTERS = """link => [0, 1].map(start => {
    const range = document.createRange();
    range.setStart(link.firstChild, start);
    range.setEnd(link.firstChild, start + 1);
    return range.getBoundingClientRect().left;
})"""


@pytest.fixture
def arabic(browser: Browser, complaints: list[str]) -> Iterator[Page]:
    """A page of a visitor with a phone that is set to Arabic."""
    with open_page(browser, complaints, width=390, locale="ar") as opened:
        yield opened


def language_of(page: Page) -> tuple[str, str]:
    root = page.locator("html")
    return root.get_attribute("lang") or "", root.get_attribute("dir") or ""


def test_arabic_is_written_from_the_right_and_fits_a_phone(
    site: Site, arabic: Page, talk: Channel, complaints: list[str]
) -> None:
    for name in OPEN_TO_ALL:
        arabic.goto(site.url + PAGES[name].format(yesterday=timezone.now() - timezone.timedelta(days=1)))
        assert language_of(arabic) == ("ar", "rtl"), name
        assert arabic.evaluate("document.documentElement.scrollWidth") <= 390, name
    complaints[:] = [text for text in complaints if "404 (Not Found)" not in text]  # of the page that is missing
    arabic.goto(site.url + talk.get_absolute_url() + "calendar/")
    sign, letter = arabic.locator("h1 a").evaluate(FIRST_CHARACTERS)
    assert sign < letter, "#garden, not garden#"


def test_lines_keep_the_direction_of_what_was_said(site: Site, arabic: Page, channel: Channel, say: Say) -> None:
    english, hebrew = say(channel, "ann", "good morning (all)!"), say(channel, "bob", "שלום לכולם!")
    arabic.goto(site.url + channel.get_absolute_url())
    for line, is_reversed in ((english, False), (hebrew, True)):
        text = arabic.locator(f"#l{line.id} .text")
        first, last = text.evaluate(
            """element => [0, element.firstChild.length - 1].map(start => {
                const range = document.createRange();
                range.setStart(element.firstChild, start);
                range.setEnd(element.firstChild, start + 1);
                return range.getBoundingClientRect().left;
            })"""
        )
        assert (first > last) == is_reversed
    time, nick = (arabic.locator(f"#l{english.id} .{part}").bounding_box() for part in ("time", "nick"))
    assert time
    assert nick
    assert time["x"] > nick["x"], "the times stand at the right"


@pytest.mark.parametrize("has_scripts", [True, False])
def test_a_reader_chooses_a_language_at_the_foot_of_a_page(
    site: Site, browser: Browser, talk: Channel, has_scripts: bool
) -> None:
    visitor = browser.new_context(java_script_enabled=has_scripts, locale="fr", timezone_id="UTC")
    page = visitor.new_page()
    address = f"{site.url}{talk.get_absolute_url()}stats/"
    page.goto(address)
    assert language_of(page) == ("fr", "ltr")
    for code in ("ja", "ar", "en"):
        page.get_by_role("button", name=LANGUAGES[code], exact=True).click()
        expect(page.locator(f"html[lang={code}]")).to_be_attached()
        assert page.url == address
        assert page.locator(".languages [aria-current]").text_content() == LANGUAGES[code]
    page.goto(f"{site.url}/about/")
    assert language_of(page) == ("en", "ltr"), "the choice stays, whatever the browser asks for"
    visitor.close()


@pytest.mark.parametrize("language", ["de", "ar"])
def test_lines_look_live_as_after_a_reload_in_every_language(
    site: Site, browser: Browser, channel: Channel, language: str
) -> None:
    visitor = browser.new_context(locale=language, timezone_id="UTC")
    page = visitor.new_page()
    page.goto(site.url + channel.get_absolute_url())
    assert language_of(page)[0] == language
    expect(page.locator("#live-state.on")).to_be_visible()
    entries = [
        Entry(channel.pk, timezone.now(), kind, "" if kind == Kind.UNLOGGED else "ann", text, target=target)
        for kind, text, target in EVENTS
    ]
    now = timezone.now()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    with transaction.atomic():
        open_gap(channel.pk, midnight - timedelta(days=1), Reason.KICKED)  # its dates stand beside its times
        close_gap(channel.pk, midnight + (now - midnight) / 2)
        open_gap(channel.pk, now, Reason.CONNECTION)
        store_lines(entries)
    gaps = page.locator(".gap")
    expect(gaps).to_have_count(2)
    live = gaps.all_text_contents()
    assert_equals_reload(page, channel)
    assert gaps.all_text_contents() == live
    with in_language(language):
        expect(page.locator(".line.join .text").first).to_have_text(line_texts().words["joined"])
    visitor.close()
