"""Refusals in all the ways that servers have: of a JOIN, of a request for capabilities, of a login."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot import registration
from bot.connection import ConnectionLostError
from bot.desired_state import WantedChannel
from logs.models.bot_status import State
from tests.bot.in_process import LocalSession, StartLocal
from tests.bot.test_fuzz import NETWORK

NUMERICS = (263, 401, 403, 407, 439, 461, 471, 473, 475, 479, 495, 524, 520, 609, 926, 974, 999)
CHANNELS = (WantedChannel(1, "#bad"), WantedChannel(2, "#good"))


JOINING = [
    "CAP * LS :",
    ":s 001 botbot :hi",
    ":s 005 botbot TARGMAX=JOIN:1 :are supported",
    ":s 422 botbot :no",
]
OTHER_MEANINGS = {422, 432, 433, 436, 464, 465, 466, *range(902, 909)}
"""Errors about the message of the day, a nick, the connection or a login."""


@pytest.fixture
def joining(start_local: StartLocal) -> LocalSession:
    """A session that waits for the answer to its JOIN of two channels."""
    local = start_local(replace(NETWORK, channels=CHANNELS))
    local.receive(*JOINING)
    assert local.read_sent("JOIN") == ["JOIN #bad", "JOIN #good"]
    return local


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        *((f"{number} botbot #bad :Not you", "Not you") for number in NUMERICS),
        ("926 botbot #BAD :Channel #bad is forbidden: spam", "Channel #bad is forbidden: spam"),
        ("495 botbot botbot #bad :Not you", "Not you"),
        ("439 #bad :Not you", "Not you"),
        ("407 botbot #bad,#other :Too many recipients", "Too many recipients"),
        ("926 botbot :The channel #bad is forbidden.", "The channel #bad is forbidden."),
        ("471 botbot somebody #bad :The channel is full", "The channel is full"),
        ("495 botbot #bad", "the server says 495"),
        ("470 botbot somebody #bad :Forwarding", "Forwarding"),
        ("474 botbot somebody #bad :Banned", "Banned"),
        ("473 botbot #bad", "the channel is by invitation only"),
        ("263 botbot JOIN :Server load is too heavy", "Server load is too heavy"),
        ("461 botbot JOIN :Not enough parameters", "Not enough parameters"),
        ("FAIL JOIN NEED_REGISTRATION #bad :Log in first", "Log in first"),
        ("FAIL JOIN TEMPORARILY_UNAVAILABLE :Try again", "Try again"),
        ("FAIL * SOMETHING #bad :No", "No"),
        ("471 botbot <#bad> :Full", "Full"),
        ("471 botbot :Cannot join channel [#BAD] (+l)", "Cannot join channel [#BAD] (+l)"),
        ("485 botbot :Cannot join \x02#bad\x02; closed", "Cannot join \x02#bad\x02; closed"),
        ("FAIL JOIN NO :Cannot join {#bad}", "Cannot join {#bad}"),
    ],
)
def test_any_error_that_names_the_channel_is_its_refusal(joining: LocalSession, line: str, reason: str) -> None:
    joining.receive(line if line.startswith("FAIL") else f":s {line}")
    assert joining.reports[1] == (State.REFUSED, reason)
    assert joining.reports[2] == (State.JOINING, "")
    joining.receive(":botbot!b@h JOIN #good")
    assert joining.reports[2] == (State.JOINED, "")


@pytest.mark.parametrize(
    "params",
    [
        "botbot #bad :Not you",
        "#bad :Not you",
        "botbot ann #BAD :Not you",
        "* #Bad :Not you",
        "botbot :Cannot join #bad (spam)",
        "botbot #other,#bad :Not you",
        "botbot JOIN #bad :Not you",
        "botbot #bad",
    ],
)
def test_every_error_in_every_form_is_the_refusal_of_the_channel_that_it_names(
    start_local: StartLocal, params: str
) -> None:
    joining = start_local(replace(NETWORK, channels=CHANNELS))
    joining.receive(*JOINING)
    for number in {*range(400, 600), *range(900, 1000), 263, 609} - OTHER_MEANINGS:
        joining.receive(f":s {number} {params}")
        assert joining.reports.pop(1)[0] == State.REFUSED, number
        assert joining.reports[2] == (State.JOINING, ""), number
        # Again, as if five minutes had passed.
        joining.session.channels._refused_at.clear()
        joining.session.channels._banned_ids.clear()
        joining.session.channels.join()


@pytest.mark.parametrize(
    "line",
    [
        ":s 439 * :Please wait while we process your connection.",
        ":s 482 botbot #other :You're not channel operator",
        ":s 926 botbot #badger :Channel #badger is forbidden",
        ":s 401 botbot ann :No such nick",
        ":s 372 botbot :- #bad is a channel",
        "FAIL NICK NICKNAME_RESERVED ann :Nickname is reserved",
    ],
)
def test_an_error_about_something_else_is_no_refusal(joining: LocalSession, line: str) -> None:
    joining.receive(line)
    assert joining.reports[1] == (State.JOINING, "")


@pytest.mark.parametrize("source", [":tmi.twitch.tv ", ""])
def test_a_notice_of_the_server_in_a_channel_that_lets_nobody_in_is_its_refusal(
    joining: LocalSession, source: str
) -> None:
    joining.receive(f"{source}NOTICE #bad :This channel has been suspended.")
    assert joining.reports[1] == (State.REFUSED, "This channel has been suspended.")
    assert joining.reports[2] == (State.JOINING, "")
    joining.receive(":botbot!b@h JOIN #bad", f"{source}NOTICE #bad :Welcome")
    assert joining.reports[1] == (State.JOINED, "")
    assert [entry.text for entry in joining.entries()] == ["Welcome"]


def test_a_notice_of_somebody_is_no_refusal(joining: LocalSession) -> None:
    joining.receive(":ann!a@h NOTICE #bad :hello", ":irc.example.org NOTICE #other :hello")
    assert joining.reports[1] == (State.JOINING, "")


def test_an_error_after_the_join_is_no_refusal(joining: LocalSession) -> None:
    joining.receive(":botbot!b@h JOIN #bad", ":s 482 botbot #bad :You're not channel operator")
    assert joining.reports[1] == (State.JOINED, "")


def test_repeated_failures_are_logged_once(joining: LocalSession, caplog: pytest.LogCaptureFixture) -> None:
    joining.receive(*["FAIL JOIN NO #bad :No"] * 1000, *[b"\xff" * 9] * 1000)
    assert len(caplog.records) < 150


REQUEST = (
    "account-notify account-tag batch cap-notify chghost draft/chathistory draft/event-playback draft/message-redaction"
)


@pytest.mark.parametrize("length", [0, 1, 20, 100, 400])
def test_a_refusal_may_repeat_the_beginning_of_the_request(local: LocalSession, length: int) -> None:
    local.receive(f"CAP * LS :{REQUEST}")
    assert local.read_sent() == [f"CAP REQ {REQUEST}"]
    local.receive(f"CAP * NAK :{REQUEST[:length]}")
    assert local.read_sent() == [f"CAP REQ {name}" for name in REQUEST.split(" ")]
    for name in REQUEST.split(" ")[:-1]:
        local.receive(f"CAP * ACK :{name}")
    assert local.read_sent() == []
    local.receive("CAP * NAK :draft/message")
    assert local.read_sent() == ["CAP END"]


@pytest.mark.parametrize(
    "shown", ["message-tags", "server-time message-tags", "batch", "BATCH message-tags", "-batch", "something-else", ""]
)
def test_a_refusal_may_repeat_any_part_of_the_request(local: LocalSession, shown: str) -> None:
    local.receive("CAP * LS :batch message-tags server-time", f"CAP * NAK :{shown}")
    assert local.read_sent() == [
        "CAP REQ batch message-tags server-time",
        *(f"CAP REQ {name}" for name in ("batch", "message-tags", "server-time")),
    ]
    local.receive("CAP * ACK :server-time", "CAP * NAK :batch", f"CAP * NAK :{shown}")
    assert local.read_sent() == ["CAP END"]


def test_a_request_that_is_answered_in_part_does_not_hold_up_the_registration(
    local: LocalSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = registration.monotonic()
    monkeypatch.setattr(registration, "monotonic", lambda: now)
    local.receive("CAP * LS :batch server-time", "CAP * ACK :batch")
    assert local.read_sent() == ["CAP REQ batch server-time"]
    local.session.tick()
    assert local.read_sent() == []
    now += 31
    local.session.tick()
    assert local.read_sent() == ["CAP END"]


@pytest.fixture
def with_account(start_local: StartLocal) -> LocalSession:
    """A session whose login to an optional account has failed."""
    network = replace(NETWORK, account="ann", account_password="sesame", mechanisms=("PLAIN",), account_required=False)
    local = start_local(network)
    local.receive("CAP * LS :sasl=PLAIN", "CAP * ACK :sasl", ":s 904 botbot :SASL authentication failed")
    assert local.read_sent() == ["CAP REQ sasl", "AUTHENTICATE PLAIN", "CAP END"]
    local.receive(":s 001 botbot :hi")
    local.read_sent()
    return local


def test_a_login_is_tried_again_when_services_come_back(with_account: LocalSession) -> None:
    with_account.receive("CAP botbot DEL :sasl", "CAP botbot NEW :sasl=PLAIN")
    assert with_account.read_sent() == ["CAP REQ sasl"]
    with_account.receive("CAP botbot ACK :sasl")
    assert with_account.read_sent() == ["AUTHENTICATE PLAIN"]
    with_account.receive("AUTHENTICATE +", ":s 903 botbot :SASL authentication successful")
    assert len(with_account.read_sent("AUTHENTICATE")) == 1
    with_account.receive("CAP botbot NEW :sasl=PLAIN,EXTERNAL")
    assert with_account.read_sent() == []


def test_a_login_is_tried_again_when_the_capability_only_comes_back(with_account: LocalSession) -> None:
    with_account.receive("CAP botbot NEW :sasl=PLAIN")
    assert with_account.read_sent() == ["AUTHENTICATE PLAIN"]


def test_services_that_come_and_go_do_not_fill_the_log(
    with_account: LocalSession, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(500):
        with_account.receive(
            "CAP b DEL :sasl", "CAP b NEW :sasl", "CAP b ACK :sasl", ":s 904 b :SASL authentication failed"
        )
    assert len(caplog.records) <= 1


def test_being_logged_in_already_is_success(start_local: StartLocal) -> None:
    local = start_local(replace(NETWORK, account="ann", account_password="sesame", mechanisms=("PLAIN",)))
    local.receive("CAP * LS :sasl=PLAIN", "CAP * ACK :sasl", ":s 907 botbot :You have already authenticated using SASL")
    assert local.read_sent() == ["CAP REQ sasl", "AUTHENTICATE PLAIN", "CAP END"]
    local.receive(":s 001 botbot :hi")
    assert local.reports[None] == (State.CONNECTED, "as botbot")


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256"])
def test_900_is_success_where_903_does_not_follow(
    start_local: StartLocal, monkeypatch: pytest.MonkeyPatch, mechanism: str
) -> None:
    now = registration.monotonic()
    monkeypatch.setattr(registration, "monotonic", lambda: now)
    login = {"account": "ann", "account_password": "sesame", "mechanisms": (mechanism,), "account_required": False}
    local = start_local(replace(NETWORK, **login))
    local.receive("CAP * LS :sasl", "CAP * ACK :sasl", "AUTHENTICATE +", ":s 900 botbot botbot!b@h ann :You are ann")
    local.session.tick()
    assert "CAP END" not in local.read_sent()
    now += 2
    local.session.tick()
    assert local.read_sent() == ["CAP END"]
    # A server that has not proven who it is may claim anything.
    assert local.session.registration.is_logged_in == (mechanism == "PLAIN")


def test_a_refusal_counts_more_than_900(start_local: StartLocal, monkeypatch: pytest.MonkeyPatch) -> None:
    now = registration.monotonic()
    monkeypatch.setattr(registration, "monotonic", lambda: now)
    local = start_local(replace(NETWORK, account="ann", account_password="sesame", account_required=False))
    local.receive("CAP * LS :sasl", "CAP * ACK :sasl", ":s 900 b b!b@h ann :You are ann", ":s 904 b :no")
    now += 2
    local.session.tick()
    assert local.read_sent() == ["CAP REQ sasl", "AUTHENTICATE SCRAM-SHA-256", "AUTHENTICATE PLAIN"]


def test_a_login_ends_when_services_go_away(start_local: StartLocal) -> None:
    login = {"account": "ann", "account_password": "sesame", "mechanisms": ("PLAIN",)}
    local = start_local(replace(NETWORK, **login, account_required=False))
    local.receive("CAP * LS :sasl", "CAP * ACK :sasl", "CAP * DEL :sasl")
    assert local.read_sent() == ["CAP REQ sasl", "AUTHENTICATE PLAIN", "CAP END"]
    local.receive(":s 001 botbot :hi", "CAP * NEW :sasl=PLAIN", "CAP * ACK :sasl")
    assert local.read_sent() == ["CAP REQ sasl", "AUTHENTICATE PLAIN"]
    required = start_local(replace(NETWORK, **login))
    required.receive("CAP * LS :sasl", "CAP * ACK :sasl")
    with pytest.raises(ConnectionLostError, match="withdrawn"):
        required.receive("CAP * DEL :sasl")


def test_a_nick_that_is_refused_by_fail_has_an_alternative(start_local: StartLocal) -> None:
    local = start_local()
    local.session.registration.start("botbot")
    local.receive("CAP * LS :", "FAIL NICK NICKNAME_IN_USE botbot :Nickname is reserved")
    assert local.read_sent("NICK")[-1] == "NICK botbot_"
    local.receive(":s 001 botbot_ :hi", "FAIL NICK NICKNAME_IN_USE botbot :Nickname is reserved")
    assert local.read_sent("NICK") == []
