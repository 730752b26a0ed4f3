"""Keys of channels, hosts and addresses in modes and reasons are not logged."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.known_lines import key_of
from logs.ingest.entry import Entry
from logs.models import Channel, Kind, Line
from logs.recording.pairing import _key as pairing_key
from logs.text.masking import hide_keys, mask_hosts, mask_modes
from tests.bot.conftest import wait_until_stored
from tests.bot.in_process import LocalSession
from tests.bot.server import Connection
from tests.bot.test_fuzz import WELCOME

CHANMODES = "IXbegw,k,FHJLWdfjlx,ACDKMNOPQRSTcimnprstuz"


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        ("+k sesame", "+k *"),
        ("-k sesame", "-k *"),
        ("-k", "-k"),
        ("+nt", "+nt"),
        ("+ok ann sesame", "+ok ann *"),
        ("+o-k+v ann sesame bob", "+o-k+v ann * bob"),
        ("-lk+l sesame 5", "-lk+l * 5"),
        ("+lkb 5 sesame *!*@*", "+lkb 5 * *!*@*"),
        ("+mk-m sesame", "+mk-m *"),
        ("+o+k ann sesame", "+o+k ann *"),
        ("+o ann +k sesame", "+o ann +k *"),
        ("k sesame", "k *"),
        ("+Zk what sesame", "+Zk * *"),
        ("+Zko what sesame ann", "+Zko * * *"),
        ("+Z what", "+Z what"),
        ("+k -sesame", "+k *"),
        ("+o +k sesame", "+o * *"),
        ("+ k sesame", "+ * *"),
        ("+o mike", "+o mike"),
        ("+k", "+k"),
        ("-k+o ann", "-k+o *"),
        ("+", "+"),
        ("", ""),
    ],
)
@pytest.mark.parametrize("chanmodes", [CHANMODES.replace("Z", ""), "", "b,k,l,", "b,,l,", "b,,kl,"])
def test_a_key_is_hidden(change: str, shown: str, chanmodes: str) -> None:
    words = change.split(" ") if change else []
    assert " ".join(hide_keys(words, chanmodes, "ohv")) == shown
    assert " ".join(hide_keys([change], chanmodes, "ohv")) == shown


def test_a_key_in_one_parameter_is_not_recorded(local: LocalSession) -> None:
    local.receive(*WELCOME, ":ann!a@h MODE #c :+k s3cret3", ":ann!a@h MODE #c +kv :s3cret3 bob")
    local.receive(":ann!a@h MODE #c +k\ts3cret", ":ann!a@h MODE #C :+k\u3000s3cret", ":ann!a@h mode #c  +k   s3cret")
    assert [entry.text for entry in local.entries()] == ["+k *", "+kv * bob", "+k *", "+k *", "+k *"]


def test_hosts_are_not_recorded(local: LocalSession) -> None:
    local.receive(*WELCOME, ":ann!a@h MODE #c +bo *!~eve@203.0.113.5 bob", ":ann!a@h MODE #c -b :$a:eve")
    local.receive(":bob!b@h JOIN #c", ":eve!e@h JOIN #c", ":dan!d@h JOIN #c")
    local.receive(":ann!a@h KICK #c bob :banned (~b@host.example): spam", ":dan!d@h PART #c :[d@host.example] bye")
    local.receive(":eve!e@h QUIT :Killed (NickServ (GHOST command used by bob!~b@host.example))")
    local.receive(":ann!a@h PRIVMSG #c :mine is 203.0.113.5, ann!a@host.example")
    assert [entry.text for entry in local.entries() if entry.kind != Kind.JOIN] == [
        "+bo *!*@* bob",
        "-b $a:*",
        "banned : spam",
        "bye",
        "Killed (NickServ (GHOST command used by bob))",
        "mine is 203.0.113.5, ann!a@host.example",
    ]


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        ("+b 1.2.3.4", "+b *"),
        ("+b 10.0.0.0/8", "+b */8"),
        ("+b ann@host.example", "+b *@*"),
        ("+b *!@host.example", "+b *!*@*"),
        ("+bf ~account:eve [30j,40m]:15", "+bf ~account:* [30j,40m]:15"),
    ],
)
def test_modes_have_no_hosts(change: str, shown: str) -> None:
    assert mask_modes(change) == shown


@pytest.mark.parametrize(
    "reason",
    [
        "Quit: see user@example.org",
        "Quit: https://medium.com/@ann",
        "Quit: @ann@example.social",
        "Quit: git@github.com:foo/bar",
        "bye!@all",
        "Quit: WeeChat 3.8.1.2",
        "Quit: :::",
        "Quit: a::b, :: and std::vector",
        "Quit: back at 12:30:45",
        "Ping timeout: 240 seconds",
        "irc.example.net *.split",
        "Quit: /usr/local/lib",
        "Quit: 1.2.3.4, 203.0.113.5.6 and 10:203",
    ],
)
def test_ordinary_reasons_stay(reason: str) -> None:
    assert mask_hosts(reason) == reason


@pytest.mark.parametrize("reason", ["from %s.", "from %s", "(%s)", "IP:%s, spam", "[%s]:6667", "Closing link: %s: bye"])
def test_addresses_are_hidden_in_a_sentence(reason: str) -> None:
    assert mask_hosts(reason % "203.0.113.5") == reason % "*"
    assert mask_hosts("from 203.0.113.5:6667 and 2001:db8::1.") == "from *:6667 and *."


def test_a_line_that_was_recorded_with_a_host_is_the_same_without() -> None:
    """A history or another bot may repeat after an upgrade what was recorded before."""
    before = (
        (Kind.MODE, "+b *!*@host.example"),
        (Kind.QUIT, "Killed (ann (eve!e@host.example))"),
        (Kind.KICK, "~e@host.example"),
    )
    after = ((Kind.MODE, "+b *!*@*"), (Kind.QUIT, "Killed (ann (eve))"), (Kind.KICK, "*"))
    at = datetime(2026, 1, 1, tzinfo=UTC)
    earlier, later = ([Entry(1, at, kind, "ann", text) for kind, text in lines] for lines in (before, after))
    assert [key_of(entry) for entry in earlier] == [key_of(entry) for entry in later]
    assert [pairing_key(entry) for entry in earlier] == [pairing_key(entry) for entry in later]
    said = [Entry(1, at, Kind.MESSAGE, "ann", text) for text in ("+b *!*@host.example", "+b *!*@*")]
    assert key_of(said[0]) != key_of(said[1])


def test_a_key_is_not_logged(joined: Connection, garden: Channel) -> None:
    joined.send(":ann!a@example.org MODE #garden +kv sesame bob", ":ann!a@example.org PRIVMSG #garden :end")
    wait_until_stored(garden, "end")
    assert Line.objects.get(channel=garden, kind=Kind.MODE).text == "+kv * bob"
