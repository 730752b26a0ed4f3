"""How the pages look: on wide and narrow screens, by day and by night. Screenshots are kept in var/screenshots/."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from logs.models import Channel
from tests.processes import Site

SCREENSHOTS = settings.BASE_DIR / "var" / "screenshots"
PAGES = {
    "index": "/",
    "network": "/testnet/",
    "channel": "/testnet/garden/",
    "day": "/testnet/garden/{yesterday:%Y-%m-%d}/",
    "year": "/testnet/garden/{yesterday:%Y}/",
    "statistics": "/testnet/garden/stats/",
    "site-statistics": "/stats/",
    "search": "/search/?q=release",
    "missing": "/testnet/nowhere/",
}
CUT_OFF = """() => [...document.querySelectorAll('.line *')].filter(part => {
    const [inner, outer] = [part, part.closest('.line')].map(element => element.getBoundingClientRect());
    return inner.width > 1 && (inner.left < outer.left - 1 || inner.right > outer.right + 1);
}).map(part => part.closest('.line').textContent)"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_pages_fit_their_screen(
    site: Site, page: Page, talk: Channel, complaints: list[str], yesterday: datetime, *, width: int, scheme: str
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    for name, path in PAGES.items():
        response = page.goto(site.url + path.format(yesterday=yesterday))
        assert response is not None
        assert response.status == (404 if name == "missing" else 200)
        page.screenshot(path=SCREENSHOTS / f"{name}-{width}-{scheme}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} is wider than {width} pixels"
        assert page.evaluate(CUT_OFF) == []
    complaints[:] = [text for text in complaints if "404" not in text]  # the browser tells of the missing page


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
