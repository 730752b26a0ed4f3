"""Finding one's way through the archive with mouse and keyboard."""

from __future__ import annotations

from datetime import datetime, timedelta

from playwright.sync_api import Page, expect

from logs.models import Channel, Line
from tests.processes import Site


def test_from_the_index_to_a_day_by_clicking(site: Site, page: Page, talk: Channel, yesterday: datetime) -> None:
    page.goto(site.url)
    page.get_by_role("link", name="#garden").first.click()
    expect(page).to_have_url(f"{site.url}/testnet/garden/")
    page.locator("a[rel=prev]").first.click()
    expect(page).to_have_url(f"{site.url}/testnet/garden/{yesterday:%Y-%m-%d}/")
    expect(page.locator("#lines")).to_contain_text("after the gap")
    page.locator("a[rel=prev]").first.click()
    week_ago = yesterday - timedelta(days=6)
    expect(page).to_have_url(f"{site.url}/testnet/garden/{week_ago:%Y-%m-%d}/")
    expect(page.locator("#lines")).to_contain_text("a week ago")
    page.locator("a[rel=next]").first.click()
    expect(page).to_have_url(f"{site.url}/testnet/garden/{yesterday:%Y-%m-%d}/")


def test_the_time_of_a_line_links_to_it(site: Site, page: Page, talk: Channel, yesterday: datetime) -> None:
    line = Line.objects.get(channel=talk, text="after the gap")
    page.goto(f"{site.url}/testnet/garden/{yesterday:%Y-%m-%d}/")
    page.locator(f"#l{line.id} a.time").click()
    expect(page).to_have_url(f"{site.url}/testnet/garden/{yesterday:%Y-%m-%d}/#l{line.id}")
    expect(page.locator(f"#l{line.id}")).to_be_in_viewport()


def test_keys_move_between_days_and_show_help(site: Site, page: Page, talk: Channel, yesterday: datetime) -> None:
    page.goto(f"{site.url}/testnet/garden/{yesterday:%Y-%m-%d}/")
    page.keyboard.press("k")
    week_ago = yesterday - timedelta(days=6)
    expect(page).to_have_url(f"{site.url}/testnet/garden/{week_ago:%Y-%m-%d}/")
    page.keyboard.press("j")
    expect(page).to_have_url(f"{site.url}/testnet/garden/{yesterday:%Y-%m-%d}/")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_joins_and_parts_unfold_in_place(site: Site, page: Page, talk: Channel, yesterday: datetime) -> None:
    page.goto(f"{site.url}/testnet/garden/{yesterday:%Y-%m-%d}/")
    fold = page.locator("details.fold")
    expect(fold.locator(".line").first).to_be_hidden()
    fold.locator("summary").click()
    expect(fold.locator(".line").first).to_be_visible()


def test_a_missing_channel_offers_the_way_back(site: Site, page: Page, talk: Channel, complaints: list[str]) -> None:
    response = page.goto(f"{site.url}/testnet/nowhere/")
    assert response is not None
    assert response.status == 404
    page.get_by_role("main").get_by_role("link").first.click()
    expect(page.get_by_role("link", name="#garden").first).to_be_visible()
    complaints.clear()  # the browser tells of the missing page
