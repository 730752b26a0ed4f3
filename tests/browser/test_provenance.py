"""Lines that the bot has not heard: old links lead to them, and pages tell whose log they are from."""

from __future__ import annotations

from datetime import UTC, datetime

from playwright.sync_api import Page, expect

from logs.models import Channel, Fill, OldNumber
from tests.conftest import Say
from tests.processes import Site

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_a_link_of_logbots_leads_to_its_line(site: Site, page: Page, channel: Channel, say: Say) -> None:
    say(channel, "ada", "hi", at=NOON)
    line = say(channel, "ada", "ho", at=NOON)
    OldNumber.objects.create(channel=channel, number=90000000001, line=line.id)
    page.goto(f"{site.url}/testnet/garden/20260301#c90000000001")
    expect(page).to_have_url(f"{site.url}/testnet/garden/2026-03-01/?mark={line.id}#l{line.id}")


def test_a_run_of_lines_tells_once_whose_log_it_is_from(site: Site, page: Page, channel: Channel, say: Say) -> None:
    for text in ("heard", "missed", "missed, too", "heard again"):
        say(channel, "ada", text, at=NOON)
    Fill.objects.create(channel=channel, first=2, last=3, name="bob's log")
    page.goto(f"{site.url}/testnet/garden/2026-03-01/")
    read_label = "line => getComputedStyle(line, '::before').content"
    assert [line.evaluate(read_label) for line in page.locator(".line").all()] == [
        "none",
        '"From " "bob\'s log" ":"',
        "none",
        "none",
    ] or page.locator(".line").nth(1).evaluate(read_label) == '"From bob\'s log:"'
