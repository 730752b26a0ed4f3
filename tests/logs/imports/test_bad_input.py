"""Logs that are damaged, mixed or hostile: what is stored is right, and the rest is told by file and number."""

from __future__ import annotations

from pathlib import Path

import pytest

from logs.models import Line
from tests.logs.imports.test_import_cases import importlogs, rows, write

pytestmark = pytest.mark.django_db

IRSSI = "".join(f"12:{minute:02} < anna> hi {minute}\n" for minute in range(50))
WEECHAT = "".join(f"2014-03-01 13:{minute:02}:00\tberta\tho {minute}\n" for minute in range(50))


@pytest.mark.parametrize("dry_run", [True, False])
def test_two_clients_in_one_file_are_refused_as_a_whole(tmp_path: Path, dry_run: bool) -> None:
    path = write(tmp_path, IRSSI + WEECHAT, "#c_2014-03-01.log")
    output, error = importlogs(path, network="n", dry_run=dry_run)
    assert "say --format" in error
    assert not Line.objects.exists()
    assert f"{path}:51: not understood: '2014-03-01 13:00:00\\tberta\\tho 0'" in output


def test_a_client_that_comes_late_in_a_file_refuses_it(tmp_path: Path) -> None:
    path = write(tmp_path, IRSSI * 20 + WEECHAT * 5, "#c_2014-03-01.log")
    output, error = importlogs(path, network="n")
    assert "It begins as irssi but not all of it is: 250 of its 1,250 lines are not understood." in output
    assert "could not be read" in error
    assert not Line.objects.exists()


def test_a_log_that_somebody_pasted_is_what_they_said(tmp_path: Path) -> None:
    text = (
        "12:00 < anna> 11:00 < berta> hi\n12:01 < anna> [11:00:00] *** Joins: x (a@h.example)\n12:02 < anna> --- Day\n"
    )
    assert importlogs(write(tmp_path, text, "#c_2014-03-01.log"), network="n")[1] == ""
    texts = ["11:00 < berta> hi", "[11:00:00] *** Joins: x (a@h.example)", "--- Day"]
    assert rows() == [("anna", text) for text in texts]


def test_lines_of_control_characters_are_reported(tmp_path: Path) -> None:
    noise = "\x01\x02\x03\n\x7f\n\x1b[0m\n\x03\n"
    path = write(tmp_path, IRSSI + noise + "12:59 < anna> \x02\x03\n", "#c_2014-03-01.log")
    output, error = importlogs(path, network="n")
    assert error == ""
    assert "51 lines, 51 stored, 0 known already, 4 not understood" in output
    assert f"{path}:51: not understood: '\\x01\\x02\\x03'" in output


def test_a_nick_of_400_characters_is_a_nick(tmp_path: Path) -> None:
    path = write(tmp_path, f"12:00 < {'n' * 400}> hi\n12:01 < {'é' * 400}> hi\n", "#c_2014-03-01.log")
    assert importlogs(path, network="n")[1] == ""
    assert sorted(len(nick) for nick, _ in rows()) == [251, 400]


@pytest.mark.parametrize("time", ["24:00", "12:60", "12:00:60", "99:99"])
def test_times_that_do_not_exist_are_reported(tmp_path: Path, time: str) -> None:
    path = write(tmp_path, f"{IRSSI}{time} < anna> x\n", "#c_2014-03-01.log")
    output, error = importlogs(path, network="n")
    assert error == ""
    assert f"{path}:51: not understood: '{time} < anna> x'" in output
    assert "50 lines, 50 stored" in output


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("2014-01-01/#c-2014-02-30.log", IRSSI),
        ("2014-01-01/2014-02-30/#c.log", IRSSI),
        ("2014-01-01/#c.30Feb2014.log", IRSSI),
        ("2014-01-01/#c_03-04-2014.log", IRSSI),
        ("2014/02/30/#c.log", IRSSI),
        ("#c.log", "--- Log opened Sun Feb 30 12:00:00 2014\n" + IRSSI),
        ("#c.log", "**** BEGIN LOGGING AT Sun Feb 30 12:00:00 2014\n\nFeb 28 12:00:00 <anna>\thi\n"),
        ("#c.log", "Session Start: Sun Feb 30 12:00:00 2014\n[12:00] <anna> hi\n"),
        (
            "#c.txt",
            "Conversation with #c at Sun 30 Feb 2014 10:00:00 PM CEST on a@irc.b.net (irc)\n(22:00:01) anna: x\n",
        ),
    ],
)
def test_of_the_30_of_february_nothing_is_stored(tmp_path: Path, name: str, text: str) -> None:
    """Nor of a day that may be two, and not under the day of a folder around it."""
    write(tmp_path, text, name)
    _, error = importlogs(tmp_path, network="n")
    assert error
    assert not Line.objects.exists()


def test_two_files_that_claim_one_day_are_merged_line_by_line(tmp_path: Path) -> None:
    write(tmp_path, "12:00 < anna> hi\n12:00 < anna> hi\n12:01 < berta> ho\n", "a/#c_2014-03-01.log")
    write(tmp_path, "12:00 < anna> hi\n12:00 < anna> hi\n12:00 < anna> hi\n12:02 < carl> x\n", "b/#c_2014-03-01.log")
    output, error = importlogs(tmp_path, network="n")
    assert error == ""
    assert "2 files: 7 lines, 5 stored, 2 known already, 0 not understood" in output
    assert rows() == [("anna", "hi")] * 3 + [("berta", "ho"), ("carl", "x")]


@pytest.mark.parametrize(
    ("status", "nick"),
    [
        ("carl (dyn-5.example.net) has quit", "carl"),
        ("carl [dyn-5.example.net] joined", "carl"),
        ("carl <dyn-5.example.net> left #c", "carl"),
    ],
)
def test_a_host_without_an_at_sign_is_no_action(tmp_path: Path, status: str, nick: str) -> None:
    text = f"[12:00:00] <{nick}> hi\n[12:00:01] * {status}\n" + "[12:00:02] <anna> ho\n" * 20
    output, error = importlogs(write(tmp_path, text, "#c_2014-03-01.log"), network="n", format="znc")
    assert error == ""
    assert f":2: not understood: '[12:00:01] * {status}'" in output
    assert "example" not in repr(rows())


@pytest.mark.parametrize("name", ["logs.sqlite", "export.json", "log.csv", "traffic.TRL"])
def test_what_only_begins_like_a_database_is_a_sentence(tmp_path: Path, name: str) -> None:
    beginnings = {
        "logs.sqlite": b"SQLite format 3\0" + b"\xff" * 200,
        "export.json": b'{"guild": {}, "channel": 5, "messages": 7}',
        "log.csv": b"channel,timestamp,nick,text\n" + b'"' * 200_000,
        "traffic.TRL": b"2014-00-01-12-00-00:#c::a!b@c PRIVMSG #c\n\xff\xfe\x00",
    }
    output, error = importlogs(write(tmp_path, beginnings[name], name), network="n")
    assert error or ", 0 stored" in output
    assert "export" not in name or "It has no messages." in error
    assert not Line.objects.exists()
