"""What an open page shows is what a reload would show."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone
from playwright.sync_api import Page, expect

from logs.ingest.channel_state import add_gaps, close_gap, open_gap, shrink_gaps
from logs.ingest.entry import Entry
from logs.ingest.store import store_lines
from logs.models import Channel, Gap, Kind, Line
from logs.models.line import Reason
from tests.chromium import assert_equals_reload, shown
from tests.conftest import Say
from tests.processes import Site, wait_for

KINDS = [Kind.MESSAGE, Kind.MESSAGE, Kind.ACTION, Kind.MESSAGE, Kind.JOIN, Kind.QUIT, Kind.NOTICE]


def say_lines(channel: Channel, count: int) -> None:
    """Lines of several kinds and speakers, as varied as to show every way in which neighbours change a line's looks."""
    entries = [
        Entry(channel=channel.pk, at=timezone.now(), kind=KINDS[n % 7], nick=f"nick{n // 3 % 5}", text=f"line {n}")
        for n in range(count)
    ]
    with transaction.atomic():
        store_lines(entries)


def test_a_line_said_now_appears_in_an_open_page(site: Site, page: Page, channel: Channel, say: Say) -> None:
    say(channel, "ann", "before the visitor came")
    page.goto(site.url + channel.get_absolute_url())
    loaded_at = page.evaluate("performance.timeOrigin")
    line = say(channel, "bob", "hello <b>visitor</b>, see https://example.org/")
    expect(page.locator(f"#l{line.id} .text")).to_have_text("hello <b>visitor</b>, see https://example.org/")
    expect(page.locator(f"#l{line.id} a[href='https://example.org/']")).to_be_visible()
    assert page.evaluate("performance.timeOrigin") == loaded_at
    assert_equals_reload(page, channel)


def test_lines_of_all_kinds_look_live_as_after_a_reload(site: Site, page: Page, channel: Channel) -> None:
    page.goto(site.url + channel.get_absolute_url())
    say_lines(channel, 40)
    assert_equals_reload(page, channel)


def test_two_channels_do_not_hear_each_other(site: Site, page: Page, channel: Channel, say: Say) -> None:
    other = Channel.objects.create(network=channel.network, name="#other")
    page.goto(site.url + channel.get_absolute_url())
    say(other, "ann", "not for this page")
    line = say(channel, "ann", "for this page")
    expect(page.locator(f"#l{line.id}")).to_be_visible()
    expect(page.get_by_text("not for this page")).to_have_count(0)


def blocks(page: Page) -> list[str]:
    """What stands one below the other in the list of lines, without blanks; gaps with their number."""
    script = """nodes => nodes.filter(node => node.checkVisibility()).map(
        node => (node.dataset.gap ?? "") + node.textContent.replace(/\\s/g, ""))"""
    found: list[str] = page.locator("#lines > *").evaluate_all(script)
    return found


def test_gaps_open_narrow_and_go_in_an_open_page_as_in_a_reloaded_one(
    site: Site, page: Page, channel: Channel, say: Say
) -> None:
    now = timezone.now()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)

    def at(part: float) -> datetime:
        """A moment of today, however late it is."""
        return midnight + (now - midnight) * part

    def assert_equal(until: str) -> None:
        expect(page.locator("#lines")).to_contain_text(until)
        live = blocks(page)
        page.reload()
        assert live == blocks(page)

    def change(act: Callable[..., None], *arguments: object) -> None:
        with transaction.atomic():
            act(channel.pk, *arguments)

    for number in range(1, 8):
        say(channel, "ann", f"line {number}", at=at(number / 10), kind=Kind.JOIN if number in {3, 4} else Kind.MESSAGE)
    page.goto(site.url + channel.get_absolute_url())
    change(open_gap, at(0.35), Reason.CONNECTION)  # it splits the fold of both joins
    say(channel, "ann", "it is open")
    assert_equal("it is open")
    expect(page.locator(".gap")).to_have_text(re.compile("Not recorded since .*: connection lost"))
    change(close_gap, at(0.65))
    change(shrink_gaps, at(0.45), at(0.55))
    say(channel, "ann", "there are two")
    assert_equal("there are two")
    expect(page.locator(".gap")).to_have_count(2)
    change(shrink_gaps, at(0.3), at(0.5))
    change(open_gap, at(0.8), Reason.KICKED)
    change(shrink_gaps, midnight - timedelta(days=3), midnight - timedelta(days=2))
    say(channel, "ann", "one is gone")
    assert_equal("one is gone")
    with transaction.atomic():
        add_gaps([Gap(channel=channel, from_at=midnight - timedelta(days=2), to_at=midnight - timedelta(days=1))])
    say(channel, "ann", "one is of another day")
    assert_equal("one is of another day")
    expect(page.locator(".gap")).to_have_count(2)


@pytest.mark.parametrize("ending", ["stop", "kill"])
def test_lines_missed_while_the_web_was_down_come_after_it_is_back(
    site: Site, page: Page, channel: Channel, complaints: list[str], ending: str
) -> None:
    page.goto(site.url + channel.get_absolute_url())
    say_lines(channel, 1)
    assert_equals_reload(page, channel)
    getattr(site, ending)()
    say_lines(channel, 500)
    site.start()
    assert_equals_reload(page, channel)
    say_lines(channel, 1)
    assert_equals_reload(page, channel)
    complaints.clear()  # the browser says on its console that the server could not be reached


def test_a_stream_outlives_the_connections_to_the_database(site: Site, page: Page, channel: Channel) -> None:
    page.goto(site.url + channel.get_absolute_url())
    say_lines(channel, 1)
    assert_equals_reload(page, channel)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        assert cursor.fetchall()
    say_lines(channel, 20)
    assert_equals_reload(page, channel)


def test_a_past_day_does_not_take_lines_of_today(
    site: Site, page: Page, talk: Channel, say: Say, yesterday: datetime
) -> None:
    page.goto(f"{site.url}{talk.get_absolute_url()}{yesterday:%Y-%m-%d}/")
    before = shown(page)
    page.wait_for_timeout(500)
    say(talk, "ann", "said today")
    page.wait_for_timeout(1000)
    assert shown(page) == before


def test_a_line_that_comes_late_takes_its_place(site: Site, page: Page, channel: Channel, say: Say) -> None:
    """Servers replay what was said before; the clocks of two servers differ by less than a second."""
    now = timezone.now()
    say(channel, "ann", "first", at=now - timedelta(seconds=30))
    say(channel, "ann", "last", at=now)
    page.goto(site.url + channel.get_absolute_url())
    say(channel, "ann", "between them", at=now - timedelta(seconds=10))
    say(channel, "bob", "a moment earlier", at=now - timedelta(microseconds=1))
    say(channel, "cat", at=now - timedelta(seconds=20), kind=Kind.JOIN)
    assert_equals_reload(page, channel)


def test_a_reader_further_up_is_not_moved_and_sees_the_number_of_new_lines(
    site: Site, page: Page, channel: Channel
) -> None:
    say_lines(channel, 200)
    page.goto(site.url + channel.get_absolute_url())
    page.mouse.wheel(0, -40_000)
    wait_for(lambda: page.evaluate("scrollY") == 0, 5)
    say_lines(channel, 3)
    button = page.get_by_role("button", name="3 new lines")
    expect(button).to_be_visible()
    assert page.evaluate("scrollY") == 0
    button.click()
    newest = Line.objects.filter(channel=channel).latest("id")
    expect(page.locator(f"#l{newest.id}")).to_be_in_viewport()
    expect(page.locator("#new-lines")).to_be_hidden()


def test_a_reader_at_the_end_stays_at_the_end(site: Site, page: Page, channel: Channel, say: Say) -> None:
    say_lines(channel, 200)
    page.goto(site.url + channel.get_absolute_url())
    line = say(channel, "ann", "the newest")
    expect(page.locator(f"#l{line.id}")).to_be_in_viewport()
