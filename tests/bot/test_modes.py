"""Keys of channels are not logged."""

from __future__ import annotations

import pytest

from bot.irc.isupport import hide_keys
from logs.models import Channel, Kind, Line
from tests.bot.conftest import wait_until_said
from tests.bot.server import Connection

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
        ("+", "+"),
        ("", ""),
    ],
)
@pytest.mark.parametrize("chanmodes", [CHANMODES, "", "b,k,l,"])
def test_a_key_is_hidden(change: str, shown: str, chanmodes: str) -> None:
    words = change.split(" ") if change else []
    assert " ".join(hide_keys(words, chanmodes, "ohv")) == shown


def test_a_key_is_not_logged(joined: Connection, garden: Channel) -> None:
    joined.send(":ann!a@example.org MODE #garden +kv sesame bob", ":ann!a@example.org PRIVMSG #garden :end")
    wait_until_said(garden, "end")
    assert Line.objects.get(channel=garden, kind=Kind.MODE).text == "+kv * bob"
