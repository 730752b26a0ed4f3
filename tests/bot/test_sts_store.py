"""Servers that want TLS: what of their word is believed, when, and for how long."""

from __future__ import annotations

import json
from pathlib import Path
from time import time

import pytest

from bot.desired_state import WantedNetwork
from bot.irc.message import parse
from bot.registration import Registration, UpgradeError
from bot.sts_store import Policies

NETWORK = WantedNetwork(1, "net", "irc.example.org", 6667, False, "botbot", "b", "r", "")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sts.json"


def hear(path: Path, value: str, *, secure: bool) -> Registration:
    """A registration that has been told this policy, at port 7000."""
    registration = Registration(NETWORK, lambda *_: None, Policies(path), 7000, secure=secure)
    message = parse(f"CAP * LS :{value}".encode())
    assert message
    registration.negotiate(message)
    return registration


def until(path: Path) -> float:
    return float(json.loads(path.read_text())["irc.example.org"][1])


def test_a_policy_outlives_the_process_and_not_its_time(path: Path) -> None:
    Policies(path).keep("IRC.example.org", 6697, 60)
    assert Policies(path).port("irc.EXAMPLE.org") == 6697
    assert Policies(path).port("example.org") is None
    path.write_text(json.dumps({"irc.example.org": [6697, 1.0]}))
    assert Policies(path).port("irc.example.org") is None


def test_a_very_short_policy_outlives_a_restart(path: Path) -> None:
    before = time()
    hear(path, "sts=duration=1", secure=True)
    assert until(path) >= before + 60


@pytest.mark.parametrize("content", ["", "{", "[]", '{"a": 1}', '{"a": ["x", "y"]}', "null"])
def test_a_damaged_file_is_forgotten(path: Path, content: str) -> None:
    path.write_text(content)
    assert Policies(path).port("a") is None


def test_a_secure_server_binds_us_to_the_port_where_it_said_so(path: Path) -> None:
    hear(path, "sts=duration=60,port=1", secure=True)
    assert Policies(path).port("irc.example.org") == 7000


def test_the_time_counts_from_the_end_of_the_connection(path: Path) -> None:
    registration = hear(path, "sts=duration=60", secure=True)
    before = until(path)
    registration.left()
    assert until(path) > before


def test_a_duration_of_zero_takes_it_back(path: Path) -> None:
    hear(path, "sts=duration=60", secure=True)
    hear(path, "sts=duration=0", secure=True).left()
    assert Policies(path).port("irc.example.org") is None


def test_a_plain_server_sends_us_to_its_port_and_cannot_bind_us(path: Path) -> None:
    with pytest.raises(UpgradeError) as error:
        hear(path, "batch sts=unknown=1,port=6697,duration=60", secure=False)
    assert error.value.port == 6697
    assert not path.exists()


@pytest.mark.parametrize(
    "value", ["sts", "sts=", "sts=port=", "sts=port=x", "sts=port=0", "sts=port=65536", "sts=port=-1", "sts=duration=5"]
)
def test_a_policy_without_a_port_that_can_be_is_ignored(path: Path, value: str) -> None:
    hear(path, value, secure=False)


@pytest.mark.parametrize("value", ["sts", "sts=duration=", "sts=duration=x", "sts=duration=-5", "sts=port=6697"])
def test_a_policy_without_a_duration_that_can_be_is_not_kept(path: Path, value: str) -> None:
    hear(path, value, secure=True).left()
    assert not path.exists()
