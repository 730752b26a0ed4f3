"""Keys of channels, hosts and addresses in modes and reasons are not logged."""

from __future__ import annotations

import pytest

from logs.models import Channel, Kind, Line
from logs.text.masking import hide_keys
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


def test_a_key_is_not_logged(joined: Connection, garden: Channel) -> None:
    joined.send(":ann!a@example.org MODE #garden +kv sesame bob", ":ann!a@example.org PRIVMSG #garden :end")
    wait_until_stored(garden, "end")
    assert Line.objects.get(channel=garden, kind=Kind.MODE).text == "+kv * bob"
