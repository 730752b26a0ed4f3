"""The page of the API: read and tried in a real browser, under the site's content security policy."""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from logs.accounts import api_tokens
from logs.models import Channel, Identity, Membership
from tests.conftest import Say
from tests.logs.live.reader import write
from tests.processes import ROOT, Process, Site, free_port, wait_for


def test_an_operation_is_tried_on_the_page(site: Site, channel: Channel, say: Say, page: Page) -> None:
    say(channel, "ann", "roses & <bees>")
    page.goto(f"{site.url}/api/v1/docs")
    lines = page.locator("section#lines")
    lines.get_by_label("network").fill("testnet")
    lines.get_by_label("channel").fill("#garden")
    lines.get_by_label("limit").fill("1")
    lines.get_by_role("button", name="Try").click()
    expect(lines.get_by_role("status")).to_contain_text("200")
    expect(lines.locator(".response-body")).to_contain_text("bees")  # the status is shown before the body
    answer = json.loads(lines.locator(".response-body").inner_text())
    assert answer["lines"][0]["text"] == "roses & <bees>"
    expect(lines.locator(".curl-command")).to_contain_text(
        f"{site.url}/api/v1/networks/testnet/channels/garden/lines?limit=1"
    )


def test_a_stream_is_shown_as_it_comes_and_stopped(site: Site, channel: Channel, say: Say, page: Page) -> None:
    page.goto(f"{site.url}/api/v1/docs")
    live = page.locator("section#live")
    live.get_by_label("network").fill("testnet")
    live.get_by_label("channel").fill("garden")
    live.get_by_label("after").fill("0")
    live.get_by_role("button", name="Try").click()
    expect(live.locator(".response-body")).to_contain_text("retry:")
    say(channel, "ann", "just now")
    expect(live.locator(".response-body")).to_contain_text("just now")
    live.get_by_role("button", name="Stop").click()
    expect(live.get_by_role("status")).to_contain_text("stopped")


def test_a_token_opens_what_it_is_for(site: Site, channel: Channel, say: Say, page: Page) -> None:
    say(channel, "ann", "among us")
    Channel.objects.update(visibility="members")
    identity = Identity.objects.create(network=channel.network, account="ann", nick="ann")
    Membership.objects.create(channel=channel, identity=identity, role="owner")
    page.goto(f"{site.url}/api/v1/docs")
    page.get_by_label("Token").fill(api_tokens.create_token(channel, "mine", "ann", identity=identity))
    found = page.locator("section#channels")
    found.get_by_role("button", name="Try").click()
    expect(found.locator(".response-body")).to_contain_text("among us")


@pytest.fixture
def other_site(tmp_path: Path) -> Iterator[str]:
    """Another origin, whose pages are clients of the API."""
    port = free_port()
    folder = str(ROOT / "tests" / "clients")
    command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1", "--directory", folder]
    with Process(command, {}, tmp_path / "other site"):
        wait_for(lambda: is_listening(port), 10)
        yield f"http://127.0.0.1:{port}"


def is_listening(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def test_a_dashboard_of_another_site_follows_twenty_channels_and_has_connections_left(
    site: Site, other_site: str, channel: Channel, page: Page, complaints: list[str]
) -> None:
    """A browser opens six connections to a site, so that twenty streams would leave none for anything else."""
    channels = [Channel.objects.create(network=channel.network, name=f"#room{number}") for number in range(20)]
    names = "&".join(f"channel=testnet/room{number}" for number in range(20))
    page.goto(f"{other_site}/dashboard.html#{site.url}/api/v1/live?{names}")
    state = page.get_by_role("status")
    expect(state).to_have_text("live")
    for number, row in enumerate(channels, 1):
        write(row, number)

    def expect_counts(more: int) -> None:
        for number, row in enumerate(channels, 1):
            expect(page.locator(f"li[data-channel='{row.name}']")).to_have_text(str(number + more))

    expect_counts(0)
    fetched = page.evaluate(
        """async address => (await Promise.all(
            Array.from({length: 12}, (_, number) => fetch(address + (number + 1)))
        )).map(response => response.status)""",
        f"{site.url}/api/v1/channels?limit=",
    )
    assert fetched == [200] * 12
    site.stop()
    for row in channels:
        write(row, 1)
    site.start()
    expect_counts(1)
    assert state.inner_text() != "given up"
    complaints.clear()  # the browser says on its console that the server could not be reached
