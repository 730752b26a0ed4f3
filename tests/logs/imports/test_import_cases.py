"""Whole imports of logs that are easily read wrongly: what is stored, what is reported, and how the command ends."""

from __future__ import annotations

import os
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from logs.models import Channel, Line, Network

pytestmark = pytest.mark.django_db

WEBLOG = """[00:03] <anna> hi
[00:04] === berta is now known as berta-away
[00:05] === carl [~carl@host-17.example.net] has joined #kubuntu
[00:06]  * anna waves
"""


def write(folder: Path, text: str | bytes, name: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def importlogs(path: Path | str, **options: object) -> tuple[str, str]:
    """What the command printed, and the error with which it ended."""
    output = StringIO()
    try:
        call_command("importlogs", str(path), stdout=output, **{"timezone": "UTC", **options})
    except CommandError as error:
        return output.getvalue(), str(error)
    return output.getvalue(), ""


def rows() -> list[tuple[str, str]]:
    return list(Line.objects.order_by("at", "id").values_list("nick", "text"))


def test_days_in_folders_and_pages_beside_text_files(tmp_path: Path) -> None:
    write(tmp_path, WEBLOG, "2013/01/12/#kubuntu.txt")
    write(tmp_path, "<html>", "2013/01/12/#kubuntu.html")
    assert importlogs(tmp_path, network="freenode")[1] == ""
    assert rows() == [("anna", "hi"), ("berta", ""), ("carl", ""), ("anna", "waves")]
    assert Channel.objects.get().name == "#kubuntu"
    assert {f"{line.at:%F}" for line in Line.objects.all()} == {"2013-01-12"}


def test_a_lost_day_is_reported_and_nothing_stored_under_another(tmp_path: Path) -> None:
    text = (
        "--- Log opened Fri Feb 28 12:00:00 2014\n12:00 < anna> x\n--- Day changed Sat Feb 29 2014\n12:01 < anna> y\n"
    )
    path = write(tmp_path, text, "#c.log")
    output, error = importlogs(path, network="n")
    assert error == ""
    assert "1 lines, 1 stored, 0 known already, 2 not understood" in output
    assert f"{path}:4: not understood: '12:01 < anna> y' (its day is not known)" in output
    assert rows() == [("anna", "x")]


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_dry_run_has_the_same_doubts_and_status(tmp_path: Path, dry_run: bool) -> None:
    for number in range(5):
        write(tmp_path, f"[12:00] <anna> hi {number}\n", f"#c_2014-01-0{number + 1}.log")
    output, error = importlogs(tmp_path, network="n", timezone="Europe/Berlin", dry_run=dry_run)
    assert "might as well be" in error
    assert "5 files: 5 lines, 5 would be stored" in output
    assert not Line.objects.exists()


def test_a_file_in_doubt_has_the_format_of_its_neighbours(tmp_path: Path) -> None:
    write(tmp_path, "[12:00:00] <anna> hi\n", "#c/2014-01-01.log")
    write(tmp_path, "[12:00:00] <anna> ho\n[12:00:01] *** Joins: b (b@h.example)\n", "#c/2014-01-02.log")
    assert importlogs(tmp_path, network="n", timezone="Europe/Berlin")[1] == ""
    assert rows() == [("anna", "hi"), ("anna", "ho"), ("b", "")]


def test_names_inside_a_file_come_before_its_name(tmp_path: Path) -> None:
    text = "Session Start: Tue Feb 07 22:10:15 2017\nSession Ident: #salamanders\n[22:11] <anna> hi\n"
    write(tmp_path, text, "#salamanders.Rizon.log")
    output, error = importlogs(tmp_path)
    assert error == ""
    assert (Network.objects.get().name, Channel.objects.get().name) == ("Rizon", "#salamanders")
    assert "network Rizon from its name, channel #salamanders from its lines" in output


def test_a_private_conversation_is_refused(tmp_path: Path) -> None:
    text = "Session Start: Tue Feb 07 22:10:15 2017\nSession Ident: berta\n[22:11] <anna> hi\n"
    output, error = importlogs(write(tmp_path, text, "x.log"), network="n", channel="#c")
    assert "It is the log of a conversation with berta, not of a channel." in output
    assert "1 of 1 files could not be read" in error
    assert not Line.objects.exists()


def test_an_encoding_in_doubt_is_shown_with_a_sample(tmp_path: Path) -> None:
    path = write(tmp_path, "[12:00] <anna> Привет\n".encode("koi8_r"), "2014-01-01")
    output, error = importlogs(path, network="n", channel="#c", format="raku")
    assert "Its encoding is in doubt: in koi8_r it has 'Привет'. Say --encoding." in output
    assert "1 of 1 files could not be read" in error
    assert not Line.objects.exists()
    assert importlogs(path, network="n", channel="#c", format="raku", encoding="koi8-r")[1] == ""
    assert rows() == [("anna", "Привет")]


def test_an_encoding_in_doubt_behind_the_first_lines_stores_nothing_of_the_file(tmp_path: Path) -> None:
    text = b"[12:00] <anna> hi\n" * 500 + "[12:00] <anna> Привет\n".encode("koi8_r")
    output, error = importlogs(write(tmp_path, text, "2014-01-01"), network="n", channel="#c", format="raku")
    assert "in koi8_r it has 'Привет'" in output
    assert error
    assert not Line.objects.exists()


def test_a_copy_in_another_encoding_is_not_stored_again(tmp_path: Path) -> None:
    text = "[12:00] <anna> Привет всем\n[12:01] <anna> hi\n"
    mojibake = text.encode("koi8_r").decode("cp1252")
    importlogs(write(tmp_path, mojibake, "2014-01-01"), network="n", channel="#c", format="raku")
    options = {"network": "n", "channel": "#c", "format": "raku"}
    output, error = importlogs(write(tmp_path, text, "2014-01-01"), **options)
    assert "0 stored, 2 known already" in output
    assert "1 in another encoding" in output
    assert (Line.objects.count(), error) == (2, "")


@pytest.mark.parametrize("name", [b"#caf\xe9-2014-01-01.log", b"#c-2014-01-01\xe9.log"])
def test_a_name_that_is_no_utf_8_is_refused_in_a_sentence(tmp_path: Path, name: bytes) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name))
    path.write_bytes(b"[12:00:00] <anna> hi\n[12:00:01] *** Joins: b (b@h.example)\n")
    output, error = importlogs(path, network="n")
    output.encode()
    error.encode()
    assert error == "" or "could not be read" in error or "not" in error


def test_halves_of_characters_are_stored_as_question_marks(tmp_path: Path) -> None:
    line = '{"at":"2020-01-02T12:00:00+00:00","kind":"message","nick":"an\\ud800na","text":"a\\ud800b"}'
    assert importlogs(write(tmp_path, line, "x.jsonl"), network="n", channel="#c")[1] == ""
    assert rows() == [("an?na", "a?b")]
    names = '{"at":"2020-01-02T12:00:00+00:00","kind":"filled","first":1,"last":2,"from":"a\\ud800b"}'
    assert importlogs(write(tmp_path, names, "y.jsonl"), network="n", channel="#c", timezone=None)[1] == ""


def test_times_with_their_zone_need_no_other(tmp_path: Path) -> None:
    text = "[2014-01-01T00:00:00.123Z] <@arnold> hi\n[2014-01-01T00:00:01.123Z] *** arnold (~a@foo.example) joined\n"
    assert importlogs(write(tmp_path, text, "#c.log"), network="n", timezone=None)[1] == ""
    assert rows() == [("arnold", "hi"), ("arnold", "")]
    irssi = "2014-04-29T22:01:03+0200 < anna> hi\n2014-04-29T22:01:04+0200 -!- b [b@h.example] has joined #d\n"
    assert importlogs(write(tmp_path, irssi, "#d.log"), network="n", timezone=None)[1] == ""


def test_a_folder_of_many_empty_files_is_read(tmp_path: Path) -> None:
    for number in range(300):
        (tmp_path / f"#c_{number}.log").touch()
    output, error = importlogs(tmp_path, network="n")
    assert "300 files: 0 lines" in output
    assert error == ""
