"""Strict transport security: which policies are believed and how long they are stored."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from time import time

import pytest

from bot.desired_state import WantedNetwork
from bot.irc.capabilities import Capabilities
from bot.irc.message import parse
from bot.registration import Registration, UpgradeError
from bot.state_file import StsStore

NETWORK = WantedNetwork(1, "net", "irc.example.org", 6667, False, "botbot", "b", "r", "")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sts.json"


def receive_policy(path: Path, value: str, *, secure: bool) -> Registration:
    """Return a registration, at port 7000, that has received this policy."""
    registration = Registration(
        replace(NETWORK, port=7000, tls=secure), Capabilities(), StsStore(path), lambda *_: None
    )
    message = parse(f"CAP * LS :{value}".encode())
    assert message
    registration.handle_cap(message)
    return registration


def expires_at(path: Path) -> float:
    return float(json.loads(path.read_text())["irc.example.org"][1])


def test_a_policy_outlives_the_process_but_not_its_duration(path: Path) -> None:
    StsStore(path).save("IRC.example.org", 6697, 60)
    assert StsStore(path).find_port("irc.EXAMPLE.org") == 6697
    assert StsStore(path).find_port("example.org") is None
    path.write_text(json.dumps({"irc.example.org": [6697, 1.0]}))
    assert StsStore(path).find_port("irc.example.org") is None


def test_a_very_short_policy_outlives_a_restart(path: Path) -> None:
    before = time()
    receive_policy(path, "sts=duration=1", secure=True)
    assert expires_at(path) >= before + 60


@pytest.mark.parametrize("content", ["", "{", "[]", '{"a": 1}', '{"a": ["x", "y"]}', "null"])
def test_a_damaged_file_is_forgotten(path: Path, content: str) -> None:
    path.write_text(content)
    assert StsStore(path).find_port("a") is None


def test_a_secure_server_sets_the_port_of_its_connection(path: Path) -> None:
    receive_policy(path, "sts=duration=60,port=1", secure=True)
    assert StsStore(path).find_port("irc.example.org") == 7000


def test_the_time_counts_from_the_end_of_the_connection(path: Path) -> None:
    registration = receive_policy(path, "sts=duration=60", secure=True)
    before = expires_at(path)
    registration.handle_disconnect()
    assert expires_at(path) > before


def test_a_duration_of_zero_deletes_the_policy(path: Path) -> None:
    receive_policy(path, "sts=duration=60", secure=True)
    receive_policy(path, "sts=duration=0", secure=True).handle_disconnect()
    assert StsStore(path).find_port("irc.example.org") is None


def test_a_plain_server_names_its_port_but_sets_no_policy(path: Path) -> None:
    with pytest.raises(UpgradeError) as error:
        receive_policy(path, "batch sts=unknown=1,port=6697,duration=60", secure=False)
    assert error.value.port == 6697
    assert not path.exists()


@pytest.mark.parametrize(
    "value", ["sts", "sts=", "sts=port=", "sts=port=x", "sts=port=0", "sts=port=65536", "sts=port=-1", "sts=duration=5"]
)
def test_a_policy_without_a_valid_port_is_ignored(path: Path, value: str) -> None:
    receive_policy(path, value, secure=False)


@pytest.mark.parametrize("value", ["sts", "sts=duration=", "sts=duration=x", "sts=duration=-5", "sts=port=6697"])
def test_a_policy_without_a_valid_duration_is_not_stored(path: Path, value: str) -> None:
    receive_policy(path, value, secure=True).handle_disconnect()
    assert not path.exists()
