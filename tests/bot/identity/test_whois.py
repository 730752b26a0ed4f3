from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from bot.identity.whois import Found, Lookups
from bot.irc.isupport import Isupport
from bot.irc.message import parse


def lookups() -> tuple[Any, list[str]]:
    sent: list[str] = []
    capabilities = SimpleNamespace(capabilities=SimpleNamespace(enabled=set()))
    session = SimpleNamespace(
        send=lambda *words: sent.append(" ".join(words)), isupport=Isupport(), registration=capabilities
    )
    return Lookups(session), sent  # type: ignore[arg-type]


def hear(asked: Lookups, *lines: str) -> None:
    for line in lines:
        message = parse(f":irc.example.org {line}".encode())
        assert message is not None
        asked.told(message)


def test_all_that_whois_tells_is_found() -> None:
    asked, sent = lookups()
    found: list[Found] = []
    asked.whois("Ann", found.append)
    asked.whois("ann", found.append)
    assert sent == ["WHOIS Ann"], "asked once for both"
    hear(
        asked,
        "311 botbot Ann u h.example * :Ann",
        "319 botbot Ann :@#pond +#garden",
        "319 botbot Ann :#more ",
        "317 botbot Ann 12 1700000000 :seconds idle, signon time",
        "330 botbot Ann Annie :is logged in as",
        "330 botbot bob Robert :is logged in as",
        "318 botbot Ann :End of /WHOIS list.",
        "318 botbot Ann :End of /WHOIS list.",
    )
    assert len(found) == 2
    told = found[0]
    assert (told.there, told.account, told.channels) == (True, "Annie", ["@#pond", "+#garden", "#more"])
    assert told.connection == ("u", "h.example", "1700000000")


def test_a_nick_that_is_registered_and_identified_is_its_account() -> None:
    asked, _ = lookups()
    found: list[Found] = []
    asked.whois("Ann", found.append)
    hear(asked, "311 botbot Ann u h * :A", "307 botbot Ann :is a registered nick", "318 botbot Ann :End")
    assert found[0].account == "Ann"


def test_whoever_is_forgotten_or_not_asked_about_is_nobody() -> None:
    asked, _ = lookups()
    found: list[Found] = []
    asked.whois("ann", found.append)
    asked.forget("ANN")
    hear(
        asked, "330 botbot ann Annie :is logged in as", "318 botbot ann :End", "354 botbot 42 ann x", "315 botbot ann :"
    )
    assert found == []


def test_a_tag_or_its_absence_is_an_answer_where_the_server_tags() -> None:
    asked, sent = lookups()
    accounts: list[str] = []
    asked.account("ann", "Annie", accounts.append)
    asked.session.registration.capabilities.enabled.add("account-tag")
    asked.account("bob", "", accounts.append)
    assert (accounts, sent) == (["Annie", ""], [])
