from __future__ import annotations

from bot.identity.whois import WhoisLookups, WhoisResult
from bot.irc.capabilities import Capabilities
from bot.irc.isupport import Isupport
from bot.irc.message import parse


def make_lookups(capabilities: Capabilities | None = None) -> tuple[WhoisLookups, list[str]]:
    sent: list[str] = []
    send = lambda *words: sent.append(" ".join(words))  # noqa: E731
    return WhoisLookups(Isupport(), capabilities or Capabilities(), send), sent


def receive(lookups: WhoisLookups, *lines: str) -> None:
    for line in lines:
        message = parse(f":irc.example.org {line}".encode())
        assert message is not None
        lookups.handle_reply(message)


def test_all_lines_of_a_whois_reply_are_collected() -> None:
    lookups, sent = make_lookups()
    results: list[WhoisResult] = []
    lookups.find("Ann", results.append)
    lookups.find("ann", results.append)
    assert sent == ["WHOIS Ann"], "one request for both"
    receive(
        lookups,
        "311 botbot Ann u h.example * :Ann",
        "319 botbot Ann :@#pond +#garden",
        "319 botbot Ann :#more ",
        "317 botbot Ann 12 1700000000 :seconds idle, signon time",
        "330 botbot Ann Annie :is logged in as",
        "330 botbot bob Robert :is logged in as",
        "318 botbot Ann :End of /WHOIS list.",
        "318 botbot Ann :End of /WHOIS list.",
    )
    assert len(results) == 2
    result = results[0]
    assert (result.exists, result.account, result.channels) == (True, "Annie", ["@#pond", "+#garden", "#more"])
    assert result.connection == ("u", "h.example", "1700000000")


def test_a_nick_that_is_registered_and_identified_is_its_account() -> None:
    lookups, _ = make_lookups()
    results: list[WhoisResult] = []
    lookups.find("Ann", results.append)
    receive(lookups, "311 botbot Ann u h * :A", "307 botbot Ann :is a registered nick", "318 botbot Ann :End")
    assert results[0].account == "Ann"


def test_replies_about_other_nicks_and_forgotten_ones_are_ignored() -> None:
    lookups, _ = make_lookups()
    results: list[WhoisResult] = []
    lookups.find("ann", results.append)
    lookups.forget("ANN")
    receive(
        lookups,
        "330 botbot ann Annie :is logged in as",
        "318 botbot ann :End",
        "354 botbot 42 ann x",
        "315 botbot ann :",
    )
    assert results == []


def test_a_tag_or_its_absence_is_enough_where_the_server_tags_messages() -> None:
    capabilities = Capabilities()
    lookups, sent = make_lookups(capabilities)
    accounts: list[str] = []
    lookups.find_account("ann", "Annie", accounts.append)
    capabilities.enabled.add("account-tag")
    lookups.find_account("bob", "", accounts.append)
    assert (accounts, sent) == (["Annie", ""], [])
