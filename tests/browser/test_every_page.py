"""Every page, loaded once for each width: nothing moves while it loads, it fits the screen, axe finds nothing."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from django.urls import URLPattern, resolve
from playwright.sync_api import Browser, Page, expect

from logs.models import Channel
from logs.urls import urlpatterns
from tests.axe import violations
from tests.browser.pages import PAGES, layout_shift, show_everything, take_screenshot
from tests.chromium import open_page
from tests.processes import Site

MAX_SHIFT = 0.01
PHONE = 390
CUT_OFF = """() => [...document.querySelectorAll('.line *')].filter(part => {
    const [inner, outer] = [part, part.closest('.line')].map(element => element.getBoundingClientRect());
    return inner.width > 1 && (inner.left < outer.left - 1 || inner.right > outer.right + 1);
}).map(part => part.closest('.line').textContent)"""
TOO_SMALL = """() => [...document.querySelectorAll('.form-page :is(button, select, input, .tabs a)')].filter(part => {
    const target = ['checkbox', 'radio'].includes(part.type) ? part.closest('.checkbox, label') ?? part : part;
    return part.checkVisibility() && target.getBoundingClientRect().height < 44;
}).map(part => part.outerHTML)"""
BROKEN = """() => [...document.querySelectorAll('.ranking thead th')].filter(head => {
    const text = document.createRange();
    text.selectNodeContents(head);
    return text.getClientRects().length > 1;
}).map(head => head.textContent)"""


@pytest.mark.timeout(300)
@pytest.mark.parametrize("width", [1280, PHONE])
def test_every_page_stays_still_fits_and_can_be_used_by_everybody(
    site: Site, browser: Browser, talk: Channel, complaints: list[str], yesterday: datetime, *, width: int
) -> None:
    found: dict[str, list[str]] = {}
    # Where the visitor's clock differs from the site's, scripts write the times anew.
    with open_page(browser, complaints, width=width, locale="en-GB", timezone="Europe/Berlin") as page:
        addresses = show_everything(page, site.url, talk, yesterday)
        for name, address in addresses.items():
            response = page.goto(address)
            assert response is not None
            assert response.status == (404 if name.startswith("missing") else 200), name
            found[name] = what_moves(page) + what_does_not_fit(page, name, width)
            if width != PHONE:
                page.locator("details").evaluate_all("folds => folds.forEach(fold => fold.open = true)")
                found[name] += violations(page)
        if width != PHONE:
            found |= violations_after_an_act(page, addresses)
        complaints[:] = [text for text in complaints if "404" not in text]  # the browser tells of the missing page
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def what_moves(page: Page) -> list[str]:
    if page.locator("main[data-live]").count():
        expect(page.locator("#live-state")).to_have_text(re.compile("^(Live|Not logged)$"))
    shift = layout_shift(page)
    if shift > MAX_SHIFT:
        # A busy machine may paint a page before all of it has come, once. What moves does so each time.
        page.reload()
        shift = min(shift, layout_shift(page))
    return [f"it moves while it loads ({shift})"] if shift > MAX_SHIFT else []


def what_does_not_fit(page: Page, name: str, width: int) -> list[str]:
    found = []
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        take_screenshot(page, f"{name}-{width}-{scheme}")
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(f"wider than {width} pixels in {scheme}")
        found += [f"cut off in {scheme}: {text}" for text in page.evaluate(CUT_OFF)]
        found += [f"a heading breaks within a word in {scheme}: {text}" for text in page.evaluate(BROKEN)]
        if width == PHONE:
            found += [f"too small for a finger in {scheme}: {html}" for html in page.evaluate(TOO_SMALL)]
    return found


def violations_after_an_act(page: Page, addresses: dict[str, str]) -> dict[str, list[str]]:
    """What axe finds on the pages that no address leads to."""
    page.goto(addresses["sign-in"])
    page.get_by_role("button", name="Get a code").click()
    page.get_by_role("heading", name="Your code").wait_for()
    found = {"code": violations(page)}
    page.goto(addresses["day"])
    page.keyboard.press("?")
    return found | {"keys": violations(page)}


NO_PAGES = {
    "site_logo",
    "live",
    "sign_in_events",
    "finish_sign_in",
    "cancel_sign_in",
    "sign_out",
    "oembed",
    "download_log",
    "language",
}
NO_PAGES |= {"calendar", "correct_conversation", "legacy_line", "legacy_channel_line", "legacy_day"}
"""Addresses that lead elsewhere or speak to programs; those of files are known by their ends."""


def test_every_page_is_among_them() -> None:
    mail = {"confirm": "/me/mail/x/", "stop": "/me/mail/stop/x/"}
    paths = [path.format(yesterday=datetime.now(UTC), answer="/request/x/", **mail) for path in PAGES.values()]
    named = {
        one.name for one in urlpatterns if isinstance(one, URLPattern) and not re.search(r"\.\w+$", str(one.pattern))
    }
    assert named - NO_PAGES <= {resolve(path.partition("?")[0]).view_name for path in paths}
