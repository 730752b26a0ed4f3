"""Environment variables are read as asked, or refused with a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from botbot import env
from botbot.env import SettingError


@pytest.fixture(autouse=True)
def only_test_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("THING", "THING_FILE"):
        monkeypatch.delenv(name, raising=False)


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THING", "  ")
    assert env.text("THING", "default") == "default"
    assert env.integer("THING", 7) == 7


def test_a_secret_may_stand_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hush\n")
    monkeypatch.setenv("THING_FILE", str(tmp_path / "secret"))
    assert env.text("THING") == "hush"


def test_a_file_that_cannot_be_read_is_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("THING_FILE", str(tmp_path / "none"))
    with pytest.raises(SettingError, match="none cannot be read"):
        env.text("THING")


def test_a_variable_and_its_file_exclude_each_other(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("THING", "a")
    monkeypatch.setenv("THING_FILE", str(tmp_path))
    with pytest.raises(SettingError, match="both set"):
        env.text("THING")


@pytest.mark.parametrize(("written", "expected"), [("1", True), ("YES", True), ("off", False), ("false", False)])
def test_yes_and_no(monkeypatch: pytest.MonkeyPatch, written: str, expected: bool) -> None:
    monkeypatch.setenv("THING", written)
    assert env.boolean("THING", not expected) is expected


def test_neither_yes_nor_no_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THING", "perhaps")
    with pytest.raises(SettingError, match="neither yes nor no"):
        env.boolean("THING", default=True)


@pytest.mark.parametrize(("written", "message"), [("ten", "not a whole number"), ("0", "1 to 5"), ("6", "1 to 5")])
def test_a_wrong_number_is_refused(monkeypatch: pytest.MonkeyPatch, written: str, message: str) -> None:
    monkeypatch.setenv("THING", written)
    with pytest.raises(SettingError, match=message):
        env.integer("THING", 3, minimum=1, maximum=5)


def test_both_bounds_are_included(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THING", "5")
    assert env.integer("THING", 3, minimum=1, maximum=5) == 5


def test_a_list_is_written_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THING", "a, b,,c ")
    assert env.words("THING", []) == ["a", "b", "c"]


def test_a_choice_is_one_of_those_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THING", "blue")
    with pytest.raises(SettingError, match="red, green"):
        env.choice("THING", "red", ["red", "green"])


@pytest.mark.parametrize("url", ["mysql://a/b", "nonsense", "postgres://host", "postgres://host:port/name", "://"])
def test_a_wrong_address_of_a_database_is_refused(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("THING", url)
    with pytest.raises(SettingError, match="THING"):
        env.database("THING", "botbot.pool")


def test_the_folder_of_a_socket_is_a_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THING", "postgres://me:p%40ss@%2Ftmp%2Fsockets:5433/name")
    database = env.database("THING", "botbot.pool")
    assert (database["HOST"], database["PORT"], database["PASSWORD"]) == ("/tmp/sockets", "5433", "p@ss")


def test_networks_are_addresses_with_or_without_a_length(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THING", "192.0.2.7, 2001:db8::/32")
    assert [str(network) for network in env.networks("THING", [])] == ["192.0.2.7/32", "2001:db8::/32"]
    monkeypatch.setenv("THING", "192.0.2.7/24")
    with pytest.raises(SettingError, match="THING needs addresses or networks"):
        env.networks("THING", [])


def test_addresses_of_databases_are_those_of_libpq(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several hosts in either form, and every parameter."""
    query = "target_session_attrs=read-write&sslmode=verify-full&sslrootcert=/etc/a%20b.pem"
    monkeypatch.setenv("THING", f"postgresql://me@one:5433,two:5434/name?{query}")
    in_front = env.database("THING", "botbot.pool")
    assert (in_front["HOST"], in_front["PORT"]) == ("one,two", "5433,5434")
    assert in_front["OPTIONS"] == {
        "target_session_attrs": "read-write",
        "sslmode": "verify-full",
        "sslrootcert": "/etc/a b.pem",
    }
    monkeypatch.setenv("THING", f"postgres://me@/name?host=one,two&port=5433,5434&{query}")
    assert env.database("THING", "botbot.pool") == in_front
    monkeypatch.setenv("THING", "postgres:///?service=archive")
    assert env.database("THING", "botbot.pool")["OPTIONS"] == {"service": "archive"}


@pytest.mark.parametrize("url", ["postgres://me:hush@host/name?hosts=a", "postgres://me:hush@[host/name?x"])
def test_the_password_in_a_wrong_address_is_not_printed(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("THING", url)
    with pytest.raises(SettingError, match="THING") as raised:
        env.database("THING", "botbot.pool")
    assert "hush" not in str(raised.value)


def test_addresses_of_ipv6_get_brackets(monkeypatch: pytest.MonkeyPatch) -> None:
    for value, expected in {"::1": "[::1]", "[::]": "[::]", "10.0.0.1": "10.0.0.1"}.items():
        monkeypatch.setenv("THING", value)
        assert env.bind_address("THING", "") == expected


def test_addresses_to_listen_on(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {"": None, "127.0.0.1:8002": ("127.0.0.1", 8002), "[::1]:8002": ("::1", 8002), "0.0.0.0:1": ("0.0.0.0", 1)}
    for value, expected in found.items():
        monkeypatch.setenv("THING", value)
        assert env.listen_address("THING") == expected
    for value in ("8002", "localhost:8002", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:70000", "127.0.0.1:x"):
        monkeypatch.setenv("THING", value)
        with pytest.raises(SettingError, match="such as"):
            env.listen_address("THING")
