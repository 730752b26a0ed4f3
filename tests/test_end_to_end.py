"""The main job with every part real: what people do in a channel of an IRC server reaches an open browser."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page

from logs.models import BotStatus, Channel, Kind, Line, Network
from logs.models.bot_status import State
from tests.chromium import assert_equals_reload
from tests.ircd import Client, Inspircd, Ngircd
from tests.processes import Bot, Site, wait_for

pytestmark = pytest.mark.usefixtures("started_as_in_production")


EVERYTHING = [
    (Kind.JOIN, "bob", "", None),
    (Kind.MESSAGE, "ann", "hello, café ☕ \x02bold\x02", None),
    (Kind.ACTION, "ann", "waters the roses", None),
    (Kind.NOTICE, "bob", "the gate is open", None),
    (Kind.MODE, "ann", "+o bob", None),
    (Kind.TOPIC, "ann", "Roses | https://example.org/", None),
    (Kind.NICK, "bob", "", "bobby"),
    (Kind.KICK, "ann", "mind the roses", "bobby"),
    (Kind.JOIN, "bobby", "", None),
    (Kind.PART, "bobby", "to the shed", None),
    (Kind.JOIN, "bobby", "", None),
    (Kind.QUIT, "bobby", '"good night"', None),  # ngIRCd puts what a client gives as its reason in quotes
]
NOTE_ARRIVALS = """() => {
    window.arrivals = {};
    const note = () => document.querySelectorAll('#lines .line').forEach(
        line => arrivals[line.querySelector('.text')?.textContent] ??= Date.now() / 1000);
    new MutationObserver(note).observe(document.querySelector('#lines'), {childList: true, subtree: true});
}"""


@pytest.fixture
def ircd(tmp_path: Path) -> Iterator[Ngircd]:
    with Ngircd(tmp_path) as server:
        yield server


@pytest.fixture
def garden(process_env: dict[str, str], ircd: Ngircd) -> Channel:
    """A channel of the server which the bot should sit in."""
    network = Network.objects.create(name="local", host=ircd.host, port=ircd.port, tls=False)
    return Channel.objects.create(network=network, name="#garden", wanted=True)


@pytest.fixture
def ann(ircd: Ngircd, garden: Channel, bot: Bot) -> Iterator[Client]:
    """The first in the channel and so its operator; the bot sits there too."""
    with Client(ircd.host, ircd.port, "ann") as client:
        client.join("#garden")
        wait_until_joined(garden)
        yield client


def wait_until_joined(channel: Channel) -> None:
    wait_for(BotStatus.objects.filter(channel=channel, state=State.JOINED).exists, 20, "the bot has joined")


def do_everything(ann: Client, bob: Client) -> None:
    """What EVERYTHING lists, each step only after the server has seen to the one before it."""
    bob.join("#garden")
    ann.say("#garden", "hello, café ☕ \x02bold\x02")
    ann.action("#garden", "waters the roses")
    bob.read_until("waters the roses")
    bob.notice("#garden", "the gate is open")
    ann.read_until("the gate is open")
    ann.mode("#garden", "+o bob")
    ann.topic("#garden", "Roses | https://example.org/")
    bob.read_until(" TOPIC ")
    bob.rename("bobby")
    ann.read_until(" NICK ")
    ann.kick("#garden", "bobby", "mind the roses")
    bob.read_until(" KICK ")
    bob.join("#garden")
    bob.part("#garden", "to the shed")
    bob.join("#garden")
    bob.quit("good night")


def stored(channel: Channel) -> list[tuple[int, str, str, str | None]]:
    return list(Line.objects.filter(channel=channel).order_by("id").values_list("kind", "nick", "text", "target"))


def test_everything_done_in_a_channel_reaches_an_open_browser(
    ircd: Ngircd, garden: Channel, ann: Client, site: Site, page: Page
) -> None:
    before = len(stored(garden))  # the bot's own coming
    page.goto(site.url + garden.get_absolute_url())
    with Client(ircd.host, ircd.port, "bob") as bob:
        do_everything(ann, bob)
    wait_for(lambda: len(stored(garden)) >= before + len(EVERYTHING), 10, "all lines are stored")
    assert stored(garden)[before:] == EVERYTHING
    assert_equals_reload(page, garden)
    page.locator("#lines details.fold").evaluate_all("folds => folds.forEach(fold => fold.open = true)")
    text = page.locator("#lines").inner_text()
    for word in ("hello, café ☕ bold", "waters the roses", "the gate is open", "+o bob", "Roses", "mind the roses"):
        assert word in text
    garden.refresh_from_db()
    assert garden.topic == "Roses | https://example.org/"


def test_how_long_a_line_takes_to_the_browser(
    garden: Channel, ann: Client, site: Site, page: Page, capsys: pytest.CaptureFixture[str]
) -> None:
    page.goto(site.url + garden.get_absolute_url())
    page.evaluate(NOTE_ARRIVALS)
    sent_at = {}
    for number in range(30):
        sent_at[f"line {number}"] = time.time()
        ann.say("#garden", f"line {number}")
        time.sleep(0.1)
    wait_for(lambda: "line 29" in page.evaluate("arrivals"), 20, "the last line is shown")
    arrivals = page.evaluate("arrivals")
    assert sent_at.keys() <= arrivals.keys()
    latencies = [1000 * (arrivals[text] - at) for text, at in sent_at.items()]
    with capsys.disabled():
        median = statistics.median(latencies)
        print(f"\nfrom a speaker to an open browser: p50 {median:.0f} ms, max {max(latencies):.0f} ms")


def test_a_verified_server_tells_the_time_and_the_id_of_each_line(
    process_env: dict[str, str], tmp_path: Path, site: Site, page: Page
) -> None:
    with Inspircd(tmp_path) as ircd:
        network = Network.objects.create(name="secure", host=ircd.host, port=ircd.tls_port)
        channel = Channel.objects.create(network=network, name="#garden", wanted=True)
        trusting = process_env | {"SSL_CERT_FILE": str(ircd.certificate)}
        with Client(ircd.host, ircd.port, "ann") as ann, Bot(tmp_path, trusting):
            ann.join("#garden")
            wait_until_joined(channel)
            page.goto(site.url + channel.get_absolute_url())
            ann.send("CAP REQ :server-time message-tags echo-message")
            ann.read_until(" ACK ")
            for number in range(20):
                ann.say("#garden", f"line {number}")
            ann.read_until("line 19")
            expected = [tagged(line) for line in ann.lines if " PRIVMSG #garden :line " in line]
            lines = Line.objects.filter(channel=channel, kind=Kind.MESSAGE).order_by("id")
            wait_for(lambda: lines.count() == 20, 10, "all lines are stored")
            assert [(line.msgid, line.at, line.text) for line in lines] == expected
            assert_equals_reload(page, channel)


def tagged(line: str) -> tuple[str, datetime, str]:
    """Message id, time and text of a line as the server sent it: https://ircv3.net/specs/extensions/message-tags."""
    tags, _, message = line.partition(" ")
    values = dict(tag.split("=", 1) for tag in tags.removeprefix("@").split(";") if "=" in tag)
    return values["msgid"], datetime.fromisoformat(values["time"]), message.partition(" :")[2]
