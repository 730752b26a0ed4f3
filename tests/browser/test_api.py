"""The page of the API: read and tried in a real browser, under the site's content security policy."""

from __future__ import annotations

import json

from playwright.sync_api import Page, expect

from logs.accounts import api_tokens
from logs.models import Channel, Identity, Membership
from tests.conftest import Say
from tests.processes import Site


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
