"""What static/js/live.js does beyond appending: places, folds, midnight, scrolling, and telling its state."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import gevent
import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from logs import planned_deletions
from logs.ingest.channel_state import remove_lines
from logs.models import BotStatus, Channel, Kind, Line, Network, PlannedDeletion
from tests.browser.pages import sign_in_as_owner
from tests.chromium import assert_equals_reload, shown
from tests.conftest import Say
from tests.logs.live.reader import write
from tests.processes import Site


@pytest.fixture
def noon() -> datetime:
    """A moment of today: the ten seconds before it belong to the same day, the minute after it is over."""
    now = timezone.now()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    noon = max(now - timedelta(minutes=9), midnight + timedelta(seconds=10))
    gevent.sleep(max(0.0, (noon + timedelta(minutes=1) - now).total_seconds()))
    return noon


def test_lines_of_the_past_take_their_places(
    site: Site, page: Page, channel: Channel, say: Say, noon: datetime
) -> None:
    def at(seconds: float) -> datetime:
        return noon + timedelta(seconds=seconds)

    say(channel, "ann", "first", at(0))
    for second in (10, 11, 12):
        say(channel, f"guest{second}", at=at(second), kind=Kind.JOIN)
    say(channel, "ann", "last", at(20))
    page.goto(site.url + channel.get_absolute_url())
    say(channel, "ann", "goes on", at(5))
    say(channel, "bob", "splits a fold", at(11.5))
    say(channel, "guest", "bye", at(11.2), kind=Kind.QUIT)
    say(channel, "guest", at=at(15), kind=Kind.PART)
    say(channel, "ann", "the very first", at(-3))
    say(channel, "bob", "the same second as the last", at(20.000001))
    say(channel, "cyd", "before the last by a microsecond", at(19.999999))
    assert_equals_reload(page, channel)
    expect(page.locator("details.fold summary")).to_have_text(["2 joined, 1 left", "1 joined, 1 left"])


def test_yesterday_does_not_come_into_today(site: Site, page: Page, channel: Channel, say: Say) -> None:
    page.goto(site.url + channel.get_absolute_url())
    say(channel, "ann", "long ago", timezone.now() - timedelta(days=1))
    line = say(channel, "ann", "now")
    page.locator(f"#l{line.id}").wait_for()
    assert len(shown(page)) == 1


def test_at_midnight_a_heading_begins_the_new_day(site: Site, page: Page, channel: Channel, say: Say) -> None:
    tomorrow = timezone.now().replace(hour=0, minute=0, second=1) + timedelta(days=1)
    say(channel, "ann", "late")
    page.goto(site.url + channel.get_absolute_url())
    line = say(channel, "ann", "early", tomorrow)
    say(channel, "ann", "and on", tomorrow + timedelta(seconds=2))
    page.locator(f"#l{line.id + 1}").wait_for()
    expect(page.locator("#lines > .day")).to_have_count(1)
    expect(page.locator("#lines > .day")).to_contain_text(str(tomorrow.year))
    assert ["same" in classes for _, classes, *_ in shown(page)] == [False, False, True]
    headed = page.locator("#lines > .day").evaluate("it => [it.previousElementSibling.id, it.nextElementSibling.id]")
    assert headed == [f"l{line.id - 1}", f"l{line.id}"]


def test_the_page_follows_only_a_reader_at_its_end(
    site: Site, page: Page, channel: Channel, say: Say, noon: datetime
) -> None:
    for number in range(80):
        say(channel, "ann", f"line {number}", noon)
    page.goto(site.url + channel.get_absolute_url())
    button = page.locator("#new-lines")
    expect(page.locator("#live-state")).to_have_text("Live")
    line = say(channel, "bob", "to a reader at the end")
    expect(page.locator(f"#l{line.id}")).to_be_in_viewport()
    expect(button).to_be_hidden()

    page.evaluate("scrollTo(0, 100)")
    say(channel, "bob", "to a reader further up")
    expect(button).to_have_text("1 new line")
    line = say(channel, "bob", "another one")
    expect(button).to_have_text("2 new lines")
    assert page.evaluate("scrollY") == 100
    expect(page.locator(f"#l{line.id}")).not_to_be_in_viewport()

    button.click()
    expect(page.locator(f"#l{line.id}")).to_be_in_viewport()
    expect(button).to_be_hidden()


def test_a_linked_line_stays_where_the_reader_is(
    site: Site, page: Page, channel: Channel, say: Say, noon: datetime
) -> None:
    lines = [say(channel, "ann", f"line {number}", noon) for number in range(80)]
    page.goto(f"{site.url}{channel.get_absolute_url()}#l{lines[20].id}")
    expect(page.locator(f"#l{lines[20].id}")).to_be_in_viewport()
    say(channel, "bob", "news")
    expect(page.locator("#new-lines")).to_have_text("1 new line")
    expect(page.locator(f"#l{lines[20].id}")).to_be_in_viewport()


def test_an_interrupted_network_is_reported_and_caught_up(
    site: Site, page: Page, channel: Channel, say: Say, complaints: list[str]
) -> None:
    page.goto(site.url + channel.get_absolute_url())
    state = page.locator("#live-state")
    expect(state).to_have_text("Live")
    site.kill()
    expect(state).not_to_have_text("Live")
    page.context.set_offline(True)
    expect(state).to_have_text("Offline")
    for number in range(30):
        say(channel, "ann", f"missed {number}")
    site.start()
    page.context.set_offline(False)
    expect(state).to_have_text("Live")
    assert_equals_reload(page, channel)
    complaints.clear()


def test_live_is_green_only_while_the_bot_logs(site: Site, page: Page, channel: Channel, say: Say) -> None:
    def set_paused(*, paused: bool) -> None:
        Channel.objects.filter(pk=channel.pk).update(paused=paused, wanted=True)

    now = timezone.now() + timedelta(hours=1)  # no bot runs that would report again
    Network.objects.filter(pk=channel.network_id).update(host="irc.example.org")
    set_paused(paused=False)
    for where, reported in ((None, "connected"), (channel, "joined")):
        BotStatus.objects.create(network=channel.network, channel=where, state=reported, since=now, updated_at=now)
    say(channel, "ann", "good morning")
    page.goto(site.url + channel.get_absolute_url())
    state, note = page.locator("#live-state"), page.locator("#not-logged")
    expect(state).to_have_class("on")
    expect(note).to_be_hidden()
    set_paused(paused=True)
    expect(state).to_have_text("Not logged")
    expect(state).not_to_have_class("on")
    expect(note).to_be_visible()
    expect(note).to_have_text("Nothing is logged at the moment: logging is paused.")
    set_paused(paused=False)
    expect(state).to_have_text("Live")
    expect(note).to_be_hidden()


def test_a_purged_log_leaves_open_pages_and_comes_back_when_it_is_undone(
    site: Site, page: Page, channel: Channel, say: Say, complaints: list[str]
) -> None:
    """A browser gives up for good when a stream is refused; the page does not."""
    Channel.objects.create(network=channel.network, name="#open")
    say(channel, "ann", "a secret")
    page.goto(site.url + channel.get_absolute_url())
    state = page.locator("#live-state")
    expect(state).to_have_text("Live")
    planned_deletions.plan_purge(channel, "an owner")
    expect(page.get_by_role("alert")).to_contain_text("no longer open to you")
    assert "a secret" not in page.content(), "a purge leaves nothing on an open page"
    expect(state).to_have_text("Offline")
    assert planned_deletions.undo(channel, PlannedDeletion.objects.get().pk, "an owner")
    line = say(channel, "ann", "back again")
    page.locator(f"#l{line.id}").wait_for()
    assert len(shown(page)) == Line.objects.filter(channel=channel).count()
    complaints.clear()


def test_a_purge_that_is_carried_out_leaves_nothing_on_the_pages_of_owners(
    site: Site, page: Page, channel: Channel, say: Say, complaints: list[str]
) -> None:
    say(channel, "ann", "a secret")
    sign_in_as_owner(page, site.url, channel)
    page.goto(site.url + channel.get_absolute_url())
    state = page.locator("#live-state")
    expect(state).to_have_text("Live")
    planned_deletions.plan_purge(channel, "an owner")
    line = say(channel, "ann", "said after the decision")
    page.locator(f"#l{line.id}").wait_for(timeout=20_000)
    assert "a secret" in page.content(), "an owner may read it until it is deleted"
    assert planned_deletions.carry_out_due(PlannedDeletion.objects.get().due_at) == 1
    expect(page.locator("#lines .message .text")).to_have_text(["said after the decision"])
    assert_equals_reload(page, channel)
    complaints.clear()


def test_a_page_too_far_behind_loads_itself_again(
    site: Site, page: Page, channel: Channel, complaints: list[str]
) -> None:
    page.goto(site.url + channel.get_absolute_url())
    expect(page.locator("#live-state")).to_have_text("Live")
    loaded_at = page.evaluate("performance.timeOrigin")
    site.kill()
    newest = write(channel, 5100)
    site.start()
    page.locator(f"#l{newest}").wait_for()
    assert page.evaluate("performance.timeOrigin") > loaded_at
    complaints.clear()


def test_a_removed_line_leaves_no_trace(site: Site, page: Page, channel: Channel, say: Say, noon: datetime) -> None:
    def at(seconds: float) -> datetime:
        return noon + timedelta(seconds=seconds)

    first = say(channel, "ann", "first", at(0))
    joins = [say(channel, f"guest{second}", at=at(second), kind=Kind.JOIN) for second in (10, 11)]
    between = say(channel, "bob", "between folds", at(12))
    say(channel, "guest", at=at(13), kind=Kind.PART)
    reply = say(channel, "ann", "second", at(20))
    say(channel, "ann", "third", at(21))
    lone_quit = say(channel, "guest", at=at(30), kind=Kind.QUIT)
    say(channel, "ann", "last", at(40))
    page.goto(site.url + channel.get_absolute_url())
    for removed in ([joins[0].id], [between.id], [reply.id, lone_quit.id], [first.id, joins[1].id]):
        remove_lines(channel, removed)
        expect(page.locator(f"#l{removed[-1]}")).to_have_count(0)
        live = shown(page)
        page.reload()
        assert live == shown(page)
    line = say(channel, "ann", "goes on")
    remove_lines(channel, [line.id])
    say(channel, "ann", "really the last")
    assert_equals_reload(page, channel)


def test_a_long_page_keeps_few_lines_and_gives_them_back(site: Site, page: Page, channel: Channel, say: Say) -> None:
    write(channel, 100)
    page.goto(site.url + channel.get_absolute_url())
    in_page = page.locator("#lines .line")
    for _ in range(20):
        newest = write(channel, 495)
        page.locator(f"#l{newest}").wait_for()
    assert newest == 10_000
    assert 1000 <= in_page.count() <= 2500
    expect(page.locator(f"#l{newest}")).to_be_in_viewport()
    say(channel, "ann", "one more")
    expect(page.locator(f"#l{newest + 1}")).to_be_in_viewport()

    middle = in_page.nth(20)
    number = middle.get_attribute("id")
    middle.scroll_into_view_if_needed()
    top = page.locator(f"#{number}").evaluate(TOP)
    expect(page.locator(f"#l{int(str(number)[1:]) - 500}")).to_have_count(1)
    page.wait_for_timeout(300)
    assert abs(page.locator(f"#{number}").evaluate(TOP) - top) < 1
    page.evaluate("location.hash = '#l3'")
    expect(page.locator("#l3")).to_be_in_viewport()
    assert in_page.count() == newest + 1
    assert [row[0] for row in shown(page)] == [f"l{number + 1}" for number in range(newest + 1)]


TOP = "line => line.getBoundingClientRect().top"


def test_a_hidden_tab_pauses_and_catches_up_when_it_is_looked_at(
    site: Site, page: Page, channel: Channel, say: Say
) -> None:
    page.clock.install()
    page.goto(site.url + channel.get_absolute_url())
    state = page.locator("#live-state")
    expect(state).to_have_text("Live")
    look_away(page, hidden=True)
    line = say(channel, "ann", "while hidden")
    page.locator(f"#l{line.id}").wait_for()
    expect(page).to_have_title(re.compile(r"^\(1\) "))
    page.clock.fast_forward("11:00")
    expect(state).to_have_text("Paused")
    page.evaluate("dispatchEvent(new Event('online'))")
    line = say(channel, "ann", "while paused")
    page.wait_for_timeout(500)
    expect(state).to_have_text("Paused")
    expect(page.locator(f"#l{line.id}")).to_have_count(0)
    look_away(page, hidden=False)
    expect(state).to_have_text("Live")
    page.clock.run_for(1000)
    page.locator(f"#l{line.id}").wait_for()
    expect(page).not_to_have_title(re.compile(r"^\("))
    assert_equals_reload(page, channel)


def look_away(page: Page, *, hidden: bool) -> None:
    """What a browser tells a page whose tab is left or looked at; headless ones never do."""
    page.evaluate(
        "hidden => { Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });"
        " document.dispatchEvent(new Event('visibilitychange')); }",
        hidden,
    )


def test_the_list_of_channels_counts_as_lines_come(
    site: Site, page: Page, channel: Channel, say: Say, complaints: list[str]
) -> None:
    """Over one stream, for channels that everybody may read; without it the page is as it was sent."""
    plus = Channel.objects.create(network=channel.network, name="#c++")
    say(channel, "ann", "one", timezone.now() - timedelta(days=1))
    page.goto(site.url)
    garden, other = (page.locator("li", has_text=name).first for name in (channel.name, plus.name))
    expect(garden.locator(".count")).to_have_text("1 line")
    day = garden.locator("time").get_attribute("datetime")
    for number in range(3):
        say(channel, "ann", f"line {number}")
    say(plus, "ann", "first")
    expect(garden.locator(".count")).to_have_text("4 lines")
    expect(other.locator(".count")).to_have_text("1 line")
    expect(garden.locator("time")).not_to_have_attribute("datetime", day or "")
    site.stop()
    site.start()
    say(plus, "ann", "second")
    expect(other.locator(".count")).to_have_text("2 lines")
    expect(garden.locator(".count")).to_have_text("4 lines")
    complaints.clear()  # the browser says on its console that the server could not be reached
