"""Whether everybody can use the pages: checked by axe, by keyboard alone, in print."""

from __future__ import annotations

from datetime import datetime

import pytest
from playwright.sync_api import Browser, Page, expect

from logs.models import Channel
from tests.axe import violations
from tests.browser.pages import show_everything
from tests.processes import Site


@pytest.mark.timeout(300)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(
    site: Site, page: Page, talk: Channel, complaints: list[str], yesterday: datetime, *, scheme: str
) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    addresses = show_everything(page, site.url, talk, yesterday)
    found = {name: wrong for name, address in addresses.items() if (wrong := looked_at(page, address))}
    page.goto(addresses["sign-in"])
    page.get_by_role("button", name="Get a code").click()
    page.get_by_role("heading", name="Your code").wait_for()
    found |= {"code": wrong} if (wrong := violations(page)) else {}
    page.goto(addresses["day"])
    page.keyboard.press("?")
    found |= {"keys": wrong} if (wrong := violations(page)) else {}
    assert found == {}
    complaints[:] = [text for text in complaints if "404" not in text]


def looked_at(page: Page, address: str) -> list[str]:
    page.goto(address)
    page.locator("details").evaluate_all("folds => folds.forEach(fold => fold.open = true)")
    return violations(page)


def test_everything_is_reached_by_keyboard_in_the_order_of_the_page(
    site: Site, page: Page, talk: Channel, yesterday: datetime
) -> None:
    page.goto(f"{site.url}/testnet/garden/{yesterday:%Y-%m-%d}/")
    page.locator("details").evaluate_all("folds => folds.forEach(fold => fold.open = true)")
    wanted = page.evaluate(REACHABLE)
    reached = []
    for _ in range(wanted + 15):  # a date takes several stops
        page.keyboard.press("Tab")
        place = page.evaluate(PLACE)
        if place >= 0 and place not in reached:
            reached.append(place)
    assert reached == sorted(reached), "the focus jumps"
    assert len(reached) == wanted


REACHABLE = """() => {
    window.all = [...document.querySelectorAll('a[href], button, input, summary, [tabindex="0"]')]
        .filter(element => element.checkVisibility());
    return window.all.length;
}"""
PLACE = "() => window.all.indexOf(document.activeElement)"


def test_the_first_stop_skips_to_the_text(site: Site, page: Page, talk: Channel) -> None:
    page.goto(site.url)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_print_holds_the_lines_and_nothing_to_click_on(
    site: Site, page: Page, talk: Channel, yesterday: datetime
) -> None:
    page.goto(f"{site.url}/testnet/garden/{yesterday:%Y-%m-%d}/")
    page.emulate_media(media="print")
    expect(page.locator("header.site-header")).to_be_hidden()
    expect(page.locator(".jump-form")).to_be_hidden()
    expect(page.locator("h1")).to_be_visible()
    expect(page.locator(".line", has_text="after the gap")).to_be_visible()


@pytest.mark.timeout(300)
@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_moves_while_a_page_loads(
    site: Site, browser: Browser, talk: Channel, yesterday: datetime, width: int
) -> None:
    visitor = browser.new_context(viewport={"width": width, "height": 800}, timezone_id="Europe/Berlin")
    page = visitor.new_page()
    moved = {}
    for name, address in show_everything(page, site.url, talk, yesterday).items():
        page.goto(address)
        if page.locator("main[data-live]").count():
            expect(page.locator("#live-state")).to_have_text("Live")
        moved[name] = page.evaluate(SHIFTS)
    assert {name: shift for name, shift in moved.items() if shift > 0.01} == {}
    visitor.close()


SHIFTS = """() => new Promise(resolve => {
    let sum = 0;
    new PerformanceObserver(list => { for (const entry of list.getEntries()) sum += entry.value; })
        .observe({ type: "layout-shift", buffered: true });
    setTimeout(() => resolve(sum), 100);
})"""
