"""Finding one's way through the archive with mouse and keyboard."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from playwright.sync_api import Browser, Page, expect

from logs.ingest.entry import Entry
from logs.ingest.store import store_lines
from logs.models import Channel, Kind, Line
from tests.conftest import Say
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


def marked(page: Page) -> list[str]:
    found: list[str] = page.locator(".line.marked").evaluate_all("lines => lines.map(line => line.id)")
    return found


def test_a_click_on_a_time_makes_a_link_of_its_line(site: Site, page: Page, talk: Channel, yesterday: datetime) -> None:
    line = Line.objects.get(channel=talk, text="after the gap")
    page.goto(f"{site.url}/testnet/garden/{yesterday:%Y-%m-%d}/")
    page.locator(f"#l{line.id} a.time").click()
    expect(page).to_have_url(f"{site.url}/testnet/garden/at/{line.id}/")
    assert marked(page) == [f"l{line.id}"]
    page.reload()
    expect(page).to_have_url(f"{site.url}/testnet/garden/{yesterday:%Y-%m-%d}/?mark={line.id}#l{line.id}")
    assert marked(page) == [f"l{line.id}"]
    expect(page.locator(f"#l{line.id}")).to_be_in_viewport()


def test_a_click_with_shift_makes_a_link_of_the_lines_between(
    site: Site, page: Page, talk: Channel, yesterday: datetime
) -> None:
    page.goto(f"{site.url}/testnet/garden/{yesterday:%Y-%m-%d}/")
    page.locator("#l5 a.time").click()
    page.locator("#l3 a.time").click(modifiers=["Shift"])
    expect(page).to_have_url(f"{site.url}/testnet/garden/at/3-5/")
    assert marked(page) == ["l3", "l4", "l5"]
    page.reload()
    expect(page).to_have_url(f"{site.url}/testnet/garden/{yesterday:%Y-%m-%d}/?mark=3-5#l3")
    assert marked(page) == ["l3", "l4", "l5"]


def test_keys_move_between_days_and_show_help(site: Site, page: Page, talk: Channel, yesterday: datetime) -> None:
    page.goto(f"{site.url}/testnet/garden/{yesterday:%Y-%m-%d}/")
    week_ago = yesterday - timedelta(days=6)
    steps = [("k", f"{week_ago:%Y-%m-%d}"), ("j", f"{yesterday:%Y-%m-%d}"), ("gc", f"{yesterday:%Y}"), ("gs", "stats")]
    for keys, part in steps:
        for key in keys:
            page.keyboard.press(key)
        expect(page).to_have_url(f"{site.url}/testnet/garden/{part}/")
        page.wait_for_load_state()  # before that nobody listens for keys
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_joins_and_parts_unfold_in_place(site: Site, page: Page, talk: Channel, yesterday: datetime) -> None:
    page.goto(f"{site.url}/testnet/garden/{yesterday:%Y-%m-%d}/")
    folds = page.locator("details.fold")
    expect(folds.locator("summary")).to_have_text(["3 joined, 1 left, 1 renamed", "1 mode change"])
    for fold, words in zip(folds.all(), (["fay", "hal_away"], ["+o bob"]), strict=True):
        expect(fold.locator(".line").first).to_be_hidden()
        fold.locator("summary").click()
        expect(fold.locator(".line").first).to_be_visible()
        for word in words:
            expect(fold).to_contain_text(word)


def test_a_missing_channel_offers_the_way_back(site: Site, page: Page, talk: Channel, complaints: list[str]) -> None:
    response = page.goto(f"{site.url}/testnet/nowhere/")
    assert response is not None
    assert response.status == 404
    page.get_by_role("main").get_by_role("link").first.click()
    expect(page.get_by_role("link", name="#garden").first).to_be_visible()
    complaints.clear()  # the browser tells of the missing page


@pytest.fixture
def three_days(site: Site, channel: Channel) -> list[str]:
    """The addresses of three days with 200 lines each."""
    first = datetime(2026, 3, 1, 9, tzinfo=UTC)
    starts = [first, first + timedelta(days=2), first + timedelta(days=30)]
    with transaction.atomic():
        for start in starts:
            texts = [(start + timedelta(minutes=n), f"{start:%d.%m} {n}") for n in range(200)]
            store_lines([Entry(channel.pk, at, Kind.MESSAGE, "ann", text) for at, text in texts])
    return [f"{site.url}/testnet/garden/{start:%Y-%m-%d}/" for start in starts]


def test_scrolling_on_leads_into_the_next_days_and_their_addresses(page: Page, three_days: list[str]) -> None:
    page.goto(three_days[0])
    expect(page.locator(".line")).to_have_count(200)
    for number, address in enumerate(three_days[1:], 2):
        page.locator(".line").last.scroll_into_view_if_needed()
        page.mouse.wheel(0, 400)
        expect(page.locator(".line")).to_have_count(200 * number)
        page.locator("h2.day").last.scroll_into_view_if_needed()
        page.mouse.wheel(0, 900)
        expect(page).to_have_url(address)
        expect(page.locator(".day-bar h2")).to_have_text(page.locator("h2.day").last.inner_text())
    page.locator("#l1").scroll_into_view_if_needed()
    expect(page).to_have_url(three_days[0])
    assert page.locator(".line").evaluate_all("lines => lines.map(line => line.id)") == [f"l{n}" for n in range(1, 601)]


def test_scrolling_up_leads_into_the_days_before_and_what_is_read_stays_in_place(
    page: Page, three_days: list[str]
) -> None:
    page.goto(three_days[2])
    page.mouse.wheel(0, 1500)
    page.wait_for_function("scrollY > 1000")
    page.mouse.wheel(0, -1000)
    expect(page.locator(".line")).to_have_count(400)
    expect(page).to_have_url(three_days[2])
    first_visible_line = (
        "() => [...document.querySelectorAll('.line')].find(l => l.getBoundingClientRect().top > 200).id"
    )
    assert int(page.evaluate(first_visible_line)[1:]) > 400
    page.locator("#l399").scroll_into_view_if_needed()
    expect(page).to_have_url(three_days[1])
    page.locator("#l202").scroll_into_view_if_needed()
    page.mouse.wheel(0, -100)
    expect(page.locator(".line")).to_have_count(600)
    page.reload()
    expect(page).to_have_url(three_days[1])
    expect(page.locator("#l201")).to_have_count(1)


def test_scrolling_on_through_a_long_day_takes_its_parts(page: Page, site: Site, channel: Channel) -> None:
    start = datetime(2026, 3, 1, tzinfo=UTC)
    with transaction.atomic():
        store_lines([Entry(channel.pk, start + timedelta(seconds=n), Kind.MESSAGE, f"n{n % 7}") for n in range(8100)])
    page.goto(f"{site.url}/testnet/garden/2026-03-01/")
    expect(page.get_by_role("link", name="Later on this day")).to_have_count(1)
    page.locator(".line").last.scroll_into_view_if_needed()
    page.mouse.wheel(0, 400)
    expect(page.locator(".line")).to_have_count(8100)
    expect(page.get_by_role("link", name="Later on this day")).to_have_count(0)
    expect(page.locator("h2.day")).to_have_count(0)


@pytest.mark.parametrize(
    ("zone", "day", "first"),
    [
        ("Europe/Berlin", "2026-03-29", "01:00"),  # the clock jumps from 2 to 3
        ("Europe/Berlin", "2026-10-25", "02:00+02"),  # 2 comes twice
        ("Australia/Adelaide", "2026-03-29", "10:30"),
        ("America/New_York", "2026-03-08", "19:00"),
    ],
)
def test_times_are_those_of_the_visitor(  # noqa: PLR0917
    browser: Browser, site: Site, channel: Channel, zone: str, day: str, first: str
) -> None:
    start = datetime.fromisoformat(day).replace(tzinfo=UTC)
    with transaction.atomic():
        store_lines([Entry(channel.pk, start + timedelta(hours=n), Kind.MESSAGE, "ann", f"{n}") for n in range(24)])
    visitor = browser.new_context(timezone_id=zone, locale="en-GB")
    page = visitor.new_page()
    page.goto(f"{site.url}/testnet/garden/{day}/")
    times = page.locator(".line time")
    expect(times.first).to_have_text(first)
    local = [(start + timedelta(hours=n)).astimezone(ZoneInfo(zone)) for n in range(24)]
    # An hour that comes twice carries its offset.
    clocks = [f"{at:%d %H:%M}" for at in local]
    twice = [clocks.count(clock) == 2 for clock in clocks]
    shown = [
        f"{at:%H:%M%z}"[:8] if is_repeated else f"{at:%H:%M}" for at, is_repeated in zip(local, twice, strict=True)
    ]
    assert times.all_inner_texts() == shown
    # The page's day is one of UTC, and says so; the days of the zone have headings of their own.
    expect(page.locator(".day-bar h2")).to_have_text(f"{start:%A} {start.day} {start:%B} {start.year} UTC")
    first_lines = page.locator(".line[data-day-heading]").evaluate_all("lines => lines.map(line => line.id)")
    dates = [start.date(), *(at.date() for at in local)]
    assert first_lines == [f"l{n + 1}" for n in range(24) if dates[n] != dates[n + 1]]
    expect(page.locator("#time-zone-name")).to_have_text(f"Times are in {zone}.")
    page.get_by_label("Times in").select_option("utc")
    assert times.all_inner_texts() == [f"{n:02}:00" for n in range(24)]
    expect(page.locator("[data-day-heading]")).to_have_count(0)
    page.reload()
    expect(page.get_by_label("Times in")).to_have_value("utc")
    assert times.last.inner_text() == "23:00"
    visitor.close()


def test_a_time_to_jump_to_is_one_of_the_clock_that_the_page_shows(
    browser: Browser, site: Site, channel: Channel
) -> None:
    start = datetime(2026, 3, 1, tzinfo=UTC)
    with transaction.atomic():
        store_lines([Entry(channel.pk, start + timedelta(hours=n), Kind.MESSAGE, "ann", f"{n}") for n in range(48)])
    Channel.objects.filter(pk=channel.pk).update(time_zone="Asia/Kolkata")
    visitor = browser.new_context(timezone_id="America/New_York", locale="en-GB")
    page = visitor.new_page()
    for choice, found in (("local", 27), ("channel", 17), ("utc", 22)):
        page.goto(f"{site.url}/testnet/garden/2026-03-01/")
        page.get_by_label("Times in").select_option(choice)
        page.locator("#time").fill("22:00")
        page.get_by_role("button", name="Show").click()
        line = page.locator(f"#l{found + 1}")
        expect(page).to_have_url(f"{site.url}/testnet/garden/2026-03-0{1 + found // 24}/#l{found + 1}")
        expect(line.locator("time")).to_have_text("22:30" if choice == "channel" else "22:00")
    visitor.close()


def test_the_channels_own_zone_can_be_chosen_and_stays(site: Site, page: Page, channel: Channel, say: Say) -> None:
    """The visitor's own zone is UTC: the choice is there because the channel has one."""
    say(channel, "ann", "in winter", at=datetime(2026, 3, 7, 20, tzinfo=UTC))
    say(channel, "ann", "the next day there", at=datetime(2026, 3, 7, 22, 30, tzinfo=UTC))
    page.goto(f"{site.url}/testnet/garden/2026-03-07/")
    chooser = page.get_by_label("Times in")
    expect(chooser).to_be_hidden()
    Channel.objects.filter(pk=channel.pk).update(time_zone="Europe/Helsinki")
    for _ in range(2):
        page.reload()
        chooser.select_option(label="Times: Helsinki")
        expect(page.locator("#l1 time")).to_have_text("22:00")
        expect(page.locator("#l2 time")).to_have_text("00:30")
        expect(page.locator("#l2")).to_have_attribute("data-day-heading", "Sunday, 8 March 2026")
        expect(page.locator("#time-zone-name")).to_have_text("Times are in Europe/Helsinki.")
    page.locator("#l2 time").hover()
    expect(page.locator("#l2 time")).to_have_attribute("title", re.compile("8 March 2026.* 00:30:00"))
    # Elsewhere the visitor's own zone counts.
    Channel.objects.filter(pk=channel.pk).update(time_zone="")
    page.reload()
    expect(page.locator("#l1 time")).to_have_text("20:00")


def test_pages_work_without_scripts(browser: Browser, site: Site, talk: Channel, yesterday: datetime) -> None:
    visitor = browser.new_context(java_script_enabled=False)
    page = visitor.new_page()
    page.goto(f"{site.url}/testnet/garden/")
    page.get_by_role("link", name="Calendar").click()
    page.locator("td a").last.click()
    expect(page).to_have_url(f"{site.url}/testnet/garden/{yesterday:%Y-%m-%d}/")
    page.locator("#time").fill("09:00")
    page.get_by_role("button", name="Show").click()
    expect(page).to_have_url(f"{site.url}/testnet/garden/{yesterday:%Y-%m-%d}/#l2")
    page.locator("#l4 a.time").click()
    expect(page).to_have_url(f"{site.url}/testnet/garden/{yesterday:%Y-%m-%d}/?mark=4#l4")
    expect(page.locator("#l4")).to_be_in_viewport()
    visitor.close()
