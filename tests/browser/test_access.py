"""Whether everybody can use the pages: checked by axe, by keyboard alone, in print."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from logs.models import Channel
from tests.axe import violations
from tests.browser.pages import layout_shift, show_everything
from tests.processes import Site


def test_axe_looks_at_the_colours_of_both_schemes(page: Page) -> None:
    def violated(scheme: str) -> list[str]:
        style = f"@media (prefers-color-scheme: {scheme}) {{ p {{ background: #777; color: #888 }} }}"
        page.set_content(f"<html lang=en><title>t</title><style>{style}</style><main><h1>h</h1><p>text</p></main>")
        return [sentence.partition(":")[0] for sentence in violations(page)]

    assert [violated(scheme) for scheme in ("light", "dark", "none")] == [["serious color-contrast"]] * 2 + [[]]


def test_everything_is_reached_by_keyboard_in_the_order_of_the_page(
    site: Site, page: Page, talk: Channel, yesterday: datetime
) -> None:
    page.goto(f"{site.url}/testnet/garden/{yesterday:%Y-%m-%d}/")
    page.locator("details").evaluate_all("folds => folds.forEach(fold => fold.open = true)")
    wanted = page.evaluate(REACHABLE)
    reached = []
    lines = page.locator(".line[id]").count()
    for _ in range(wanted + lines + 15):  # the actions of a line are one stop more, and a date takes several
        page.keyboard.press("Tab")
        place = page.evaluate(PLACE)
        if place >= 0 and place not in reached:
            reached.append(place)
    assert reached == sorted(reached), "the focus jumps"
    assert len(reached) == wanted


REACHABLE = """() => {
    window.all = [...document.querySelectorAll('a[href], button, input, select, summary, [tabindex="0"]')]
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


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_moves_when_the_scripts_come_late(
    site: Site, browser: Browser, talk: Channel, yesterday: datetime, width: int
) -> None:
    visitor = browser.new_context(viewport={"width": width, "height": 800}, timezone_id="Europe/Berlin")
    page = visitor.new_page()
    address = show_everything(page, site.url, talk, yesterday)["channel"]
    held: list[Route] = []
    is_painted = False

    def delay(route: Route) -> None:
        if is_painted:
            route.continue_()
        else:
            held.append(route)

    page.route(LATE_SCRIPTS, delay)
    page.goto(address, wait_until="commit")
    expect(page.locator("footer.day-footer")).to_be_visible()
    page.evaluate(NEXT_PAINT)
    assert held
    is_painted = True
    for route in held:
        route.continue_()
    expect(page.locator("#live-state")).to_have_text("Not logged")
    assert layout_shift(page) <= 0.01
    visitor.close()


LATE_SCRIPTS = re.compile(r"/static/js/(?!theme\.)")
"""All but the one that the page waits for."""
NEXT_PAINT = "() => new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve)))"


def test_what_an_act_did_is_shown_where_it_was_done_and_read_aloud(
    site: Site, page: Page, talk: Channel, complaints: list[str], yesterday: datetime
) -> None:
    addresses = show_everything(page, site.url, talk, yesterday)
    page.goto(addresses["manage-programs"])
    tokens = page.locator("#tokens")
    tokens.get_by_label("Name").fill("a program")
    tokens.get_by_role("button", name="Create token").click()
    status = tokens.get_by_role("status")
    expect(status).to_contain_text("shown only this once")
    expect(status).to_be_focused()
    expect(status).to_be_in_viewport()
    page.goto(addresses["manage-people"])
    people = page.locator("#people")
    people.get_by_role("textbox").fill(" ")
    people.get_by_role("button", name="Add", exact=True).click()
    expect(people.get_by_role("alert")).to_be_in_viewport()
    complaints[:] = [text for text in complaints if "400" not in text]
