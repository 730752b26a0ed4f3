"""From nothing to a public log, and what owners then do, with every part real: IRC server, bot, site, browser."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page, expect

from logs.accounts import ownership
from logs.models import Channel, Kind, Line, Membership, Network
from tests.ircd import Client, Inspircd
from tests.processes import Bot, Site, wait_for


@pytest.fixture
def ircd(tmp_path: Path) -> Iterator[Inspircd]:
    with Inspircd(tmp_path) as server:
        yield server


@pytest.fixture
def ann(process_env: dict[str, str], ircd: Inspircd, bot: Bot) -> Iterator[Client]:
    """The operator of #garden, which the bot has never heard of."""
    Network.objects.create(name="local", host=ircd.host, port=ircd.port, tls=False)
    with Client(ircd.host, ircd.port, "ann") as client:
        client.join("#garden")
        wait_for(lambda: is_there(client, "botbot"), 20)
        yield client


def is_there(client: Client, nick: str) -> bool:
    client.send(f"ISON {nick}")
    return nick in client.read_until(" 303 ").split(" :")[-1]


@pytest.mark.timeout(180)
def test_one_person_gets_a_public_log(ann: Client, site: Site, page: Page, browser: Browser, bot: Bot) -> None:
    started = time.monotonic()
    page.goto(f"{site.url}/add/")
    page.get_by_label("Channel").fill("#garden")
    page.get_by_role("button", name="Get a code").click()
    words = page.locator("code.sign-in-code").inner_text()
    ann.send("INVITE botbot #garden")
    assert "for its owners only" in ann.read_until("PRIVMSG #garden :This channel is now logged", 20)
    ann.say("#garden", words)
    expect(page.get_by_role("heading", name="Manage #garden")).to_be_visible(timeout=20_000)
    # The site of a test has a port of its own, which its bot does not know.
    notice = page.locator(".warning code").inner_text().replace(site.url, settings.SITE_URL)
    assert visitor_sees(browser, site) is False
    ann.say("#garden", "among ourselves")
    ann.topic("#garden", f"Roses | {notice}")
    wait_for(lambda: Channel.objects.filter(audience="public").exists(), 20, "the topic opens the log")
    ann.say("#garden", "hello world")
    wait_for(Line.objects.filter(text="hello world").exists, 20)
    assert visitor_sees(browser, site) is True
    owner = Membership.objects.select_related("identity").filter(identity__nick="ann").first()
    assert owner is not None
    assert "as @ann" in owner.evidence
    assert not Line.objects.filter(text__contains=words.split()[-1]).exists()
    print(f"from nothing to public: {time.monotonic() - started:.1f} s")


def visitor_sees(browser: Browser, site: Site) -> bool:
    context = browser.new_context()
    stranger = context.new_page()
    status = stranger.goto(f"{site.url}/local/garden/")
    is_readable = status is not None and status.status == 200 and "hello world" in stranger.content()
    assert "among ourselves" not in stranger.content()  # it was said before the log was open
    context.close()
    return is_readable


@pytest.mark.timeout(180)
def test_what_an_owner_removes_leaves_open_browsers(
    ann: Client, site: Site, page: Page, browser: Browser, bot: Bot
) -> None:
    ann.send("INVITE botbot #garden")
    ann.read_until("PRIVMSG #garden :This channel is now logged", 20)
    ann.topic("#garden", ownership.notice_text(Channel.objects.get()))
    wait_for(lambda: Channel.objects.filter(audience="public").exists(), 20)
    reader = browser.new_context().new_page()
    reader.goto(f"{site.url}/local/garden/")
    ann.say("#garden", "zanzibar7 is the password")
    expect(reader.get_by_text("zanzibar7")).to_be_visible(timeout=10_000)
    claim(ann, page, site)
    line = Line.objects.get(text__contains="zanzibar7")
    page.get_by_role("navigation", name="Manage").get_by_role("link", name="Lines").click()
    page.get_by_label("Lines", exact=True).fill(str(line.id))
    page.get_by_label("I understand").check()
    page.get_by_role("button", name="Remove", exact=True).click()
    expect(reader.get_by_text("zanzibar7")).to_have_count(0)
    expect(reader.locator(".line.removed")).to_have_count(1)
    wait_for(lambda: not in_files(bot), 10, "the journal lets go of it")
    ann.say("#garden", "[off] zanzibar7 again")
    ann.kick("#garden", "botbot", "enough")
    wait_for(lambda: Channel.objects.exclude(stopped="").exists(), 10)
    assert not in_files(bot)
    assert not Line.objects.filter(kind=Kind.MESSAGE, text__contains="zanzibar7").exists()
    reader.context.close()


def claim(ann: Client, page: Page, site: Site) -> None:
    """The browser becomes an owner's, by a code said in the channel."""
    page.goto(f"{site.url}/add/")
    page.get_by_label("Channel").fill("#garden")
    page.get_by_role("button", name="Get a code").click()
    ann.say("#garden", page.locator("code.sign-in-code").inner_text())
    expect(page.get_by_role("heading", name="Manage #garden")).to_be_visible(timeout=20_000)


def in_files(bot: Bot) -> bool:
    return any(b"zanzibar7" in path.read_bytes() for path in bot.journal.rglob("*") if path.is_file())


@pytest.mark.timeout(120)
def test_a_channel_that_becomes_private_is_closed_to_open_browsers(ann: Client, site: Site, page: Page) -> None:
    ann.send("INVITE botbot #garden")
    ann.read_until("PRIVMSG #garden :This channel is now logged", 20)
    ann.topic("#garden", ownership.notice_text(Channel.objects.get()))
    wait_for(lambda: Channel.objects.filter(audience="public").exists(), 20)
    page.goto(f"{site.url}/local/garden/")
    ann.say("#garden", "for all")
    expect(page.get_by_text("for all")).to_be_visible(timeout=10_000)
    ann.topic("#garden", "Roses")
    wait_for(lambda: Channel.objects.filter(audience__startswith="owners").exists(), 20)
    ann.say("#garden", "among us")
    wait_for(Line.objects.filter(text="among us").exists, 10)
    expect(page.locator("#live-state")).not_to_have_text("Live")
    assert "among us" not in page.content()
    page.close()
