"""How the pages look: on wide and narrow screens, by day and by night."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from playwright.sync_api import Page, expect

from logs.models import Channel
from tests.browser.pages import take_screenshot
from tests.conftest import Say
from tests.processes import Site

ZALGO = "h" + "\u0300\u0323\u0489" * 60 + "i"
LONG_TEXTS = [
    ("ann", f"{ZALGO} {ZALGO}"),
    ("\u202eevil", "\u202eright to left and never ended"),
    ("مريم", "مرحبا https://example.org/مسار (1) \u2067isolated"),
    ("bob", "\u2066\u2067\u2068 never ended " + "👩‍👩‍👧‍👦" * 80),
    ("eve", "\u3164" * 200 + "\u200b" * 500 + "W" * 200),
    ("x" * 30, "﷽" * 60 + "\t" * 50),
]
POSITIONS = """lines => lines.map(line => [line, ...line.querySelectorAll('.time, .nick, .text')].map(element => {
    const box = element.getBoundingClientRect();
    return [box.left, box.top, box.right, box.bottom];
}))"""


@pytest.mark.parametrize("width", [1280, 390])
def test_no_text_leaves_its_place(site: Site, page: Page, channel: Channel, say: Say, width: int) -> None:
    at = datetime(2026, 3, 1, 9, tzinfo=UTC)
    for nick, text in LONG_TEXTS:
        say(channel, nick, text, at=at)
        say(channel, "zoe", "beside it", at=at)
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{site.url}/testnet/garden/2026-03-01/")
    take_screenshot(page, f"unruly-{width}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    positions = page.locator(".line").evaluate_all(POSITIONS)
    assert len(positions) == 2 * len(LONG_TEXTS)
    for line, clock, nick, text in positions:
        assert clock[2] <= min(nick[0], text[0]) + 1, "the time comes first"
        assert nick[2] <= text[0] + 1 or nick[3] <= text[1] + 1, "the nick stands left of its text or above it"
        assert max(nick[2], text[2]) <= line[2] + 1
    for above, below in pairwise(line for line, *_ in positions):
        assert above[3] <= below[1] + 1
    plain = [line[3] - line[1] for line, *_ in positions[1::2]]
    assert max(plain) - min(plain) < 1, "what stands beside it has the height that it always has"
    page.wait_for_function("getComputedStyle(document.querySelector('.line')).overflow === 'clip'")


def test_the_theme_is_switched_and_remembered(site: Site, page: Page, talk: Channel) -> None:
    page.emulate_media(color_scheme="light")
    page.goto(site.url)
    seen = {"system": background(page)}
    for choice in ("light", "dark"):
        page.get_by_role("button", name="Theme").click()
        expect(page.get_by_role("button", name=f"Theme: {choice}")).to_be_visible()
        seen[choice] = background(page)
    assert seen["system"] == seen["light"] != seen["dark"]
    page.goto(site.url + talk.get_absolute_url())
    assert background(page) == seen["dark"]


def background(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))
