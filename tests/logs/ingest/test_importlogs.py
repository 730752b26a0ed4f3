"""`manage.py importlogs`: what it stores, what it tells, and that it can be repeated."""

from __future__ import annotations

import gzip
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from logs.formats.reading import CHUNK, LONGEST
from logs.ingest import importing
from logs.models import Channel, Gap, Line, Network
from tests.logs.formats.reading import PIECES
from tests.processes import ROOT, wait_for

RAKU = PIECES / "raku"


def importlogs(*paths: Path, network: str = "libera", channel: str = "#raku", **options: object) -> str:
    told = StringIO()
    options = {"network": network, "channel": channel, "format": "raku"} | options
    call_command("importlogs", *map(str, paths), stdout=told, **options)
    return told.getvalue()


def rows(channel: str = "#raku") -> list[tuple[str, str]]:
    lines = Line.objects.filter(channel__name=channel).order_by("at", "id")
    return list(lines.values_list("nick", "text"))


def day(folder: Path, text: str | bytes, name: str = "2020-01-02") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_a_file_becomes_lines_of_a_new_public_channel_that_the_bot_does_not_join(db: None) -> None:
    told = importlogs(RAKU / "2021-04-22")
    assert "8 lines, 8 stored, 0 known already, 0 not understood" in told
    channel = Channel.objects.get()
    assert (channel.name, channel.visibility, channel.wanted) == ("#raku", "public", False)
    assert (channel.network.name, channel.network.host) == ("libera", "")
    assert len(rows()) == 8


def test_a_folder_is_read_with_all_below_it(db: None) -> None:
    told = importlogs(RAKU)
    assert len(rows()) == 8 + 2 + 1 + 8 + 3
    assert "2008-10-27" in told
    assert "5 files: 22 lines" in told


def test_running_twice_changes_nothing(db: None) -> None:
    importlogs(RAKU)
    before = list(Line.objects.order_by("id").values())
    assert "0 stored, 22 known already" in importlogs(RAKU)
    assert list(Line.objects.order_by("id").values()) == before
    assert Channel.objects.count() == Network.objects.count() == 1


def test_a_channel_is_found_however_it_is_written(channel: Channel) -> None:
    importlogs(RAKU / "2021-04-22", network="TESTNET", channel="#GARDEN")
    assert Channel.objects.get() == channel
    assert channel.lines.count() == 8


def test_a_dry_run_stores_nothing(db: None) -> None:
    assert "22 lines, 22 would be stored" in importlogs(RAKU, dry_run=True)
    assert not Network.objects.exists()
    importlogs(RAKU / "2021-04-22")
    assert "22 lines, 14 would be stored, 8 known already" in importlogs(RAKU, dry_run=True)
    assert len(rows()) == 8


def test_lines_that_are_none_are_told_with_file_and_number(db: None, tmp_path: Path) -> None:
    path = day(tmp_path, "[01:02] <a> b\nwhat is this\n\n[01:03] <a> c\n[99:99] <a> d\n")
    told = importlogs(path)
    assert f"{path}:2: not understood: 'what is this'" in told
    assert f"{path}:5: not understood: '[99:99] <a> d'" in told
    assert "2 lines, 2 stored, 0 known already, 2 not understood" in told


def test_of_many_bad_lines_some_are_shown_and_all_are_counted(db: None, tmp_path: Path) -> None:
    path = day(tmp_path, "bad\n" * 1000)
    told = importlogs(path)
    assert "0 lines, 0 stored, 0 known already, 1,000 not understood" in told
    assert told.count("not understood: 'bad'") == importing.SHOWN
    assert "980 more" in told


def test_bytes_that_are_not_utf_8_are_taken_for_windows_1252(db: None, tmp_path: Path) -> None:
    importlogs(
        day(tmp_path, b"[01:02] <a> caf\xe9 \x93hi\x94\n[01:02] <a> \x81\n[01:02] <a> \xc3\xa9\r\n[01:03] <b> \0\n")
    )
    assert rows() == [("a", "café “hi”"), ("a", "\x81"), ("a", "é"), ("b", "")]


def test_a_line_without_end_takes_no_memory_and_is_told(db: None, tmp_path: Path) -> None:
    path = tmp_path / "2020-01-02"
    with path.open("wb") as file:
        file.write(b"[01:02] <a> b\n[01:02] <a> ")
        for _ in range(40):
            file.write(b"x" * CHUNK)
        file.write(b"\n[01:03] <a> c\n" + b"[01:04] <a> " + b"y" * LONGEST)
    told = importlogs(path)
    assert rows() == [("a", "b"), ("a", "c")]
    assert "2 not understood" in told
    assert f"{path}:2: " in told
    assert f"{path}:4: " in told


@pytest.mark.parametrize("content", [b"", b"\n\n\n", bytes(range(256)) * 1000, b"\x89PNG\r\n\x1a\n" + b"\0" * 5000])
def test_any_bytes_can_be_given(db: None, tmp_path: Path, content: bytes) -> None:
    assert "0 stored" in importlogs(day(tmp_path, content))


def test_a_file_whose_name_tells_no_day_is_told_and_the_others_are_stored(db: None, tmp_path: Path) -> None:
    day(tmp_path, "[01:02] <a> b")
    day(tmp_path, "[01:02] <a> c", "notes")
    with pytest.raises(CommandError, match="1 of 2 files could not be read"):
        importlogs(tmp_path)
    assert rows() == [("a", "b")]


def test_a_file_that_cannot_be_opened_is_told_and_the_others_are_stored(db: None, tmp_path: Path) -> None:
    day(tmp_path, "[01:02] <a> b")
    (tmp_path / "2020-01-03").symlink_to("/proc/self/mem")
    with pytest.raises(CommandError, match="1 of 2 files could not be read"):
        importlogs(tmp_path)
    assert rows() == [("a", "b")]


@pytest.mark.parametrize(
    ("paths", "options", "message"),
    [
        ([Path("/nowhere/at/all")], {}, "/nowhere/at/all: No such file or directory"),
        ([RAKU], {"channel": "raku"}, "A channel starts with"),
        ([RAKU], {"network": "admin"}, "choose another name"),
        ([RAKU], {"network": "a b"}, "Write letters"),
        ([RAKU], {"timezone": "Mars/Olympus"}, "There is no time zone Mars/Olympus"),
        ([RAKU], {"timezone": "../../etc/passwd"}, "There is no time zone"),
    ],
)
def test_what_cannot_be_is_told_in_a_sentence(
    db: None, paths: list[Path], options: dict[str, str], message: str
) -> None:
    with pytest.raises(CommandError, match=message):
        importlogs(*paths, **options)
    assert not Line.objects.exists()
    assert not Channel.objects.exists()


def test_hidden_files_are_passed_over(db: None, tmp_path: Path) -> None:
    day(tmp_path, "[01:02] <a> b")
    day(tmp_path / ".git", "junk")
    assert "1 file: 1 lines" in importlogs(tmp_path)


def test_a_tree_of_logs_tells_networks_channels_days_and_formats(db: None, tmp_path: Path) -> None:
    day(
        tmp_path / "libera" / "#a",
        "[12:00:00] <ada> hi\n[12:00:01] *** Joins: bob (b@host.example)\n",
        "2020-01-02.log",
    )
    weechat = "2020-01-02 12:00:00\tada\tho\n2020-01-02 12:00:00\t-->\tbob (b@host.example) has joined #b\n"
    day(tmp_path, gzip.compress(weechat.encode()), "irc.oftc.#b.weechatlog.gz")
    told = importlogs(tmp_path, network=None, channel=None, format=None, timezone="Europe/Berlin")
    assert "ZNC or soju: 2 of the first 2 lines understood" in told
    assert "WeeChat: 2 of the first 2 lines understood" in told
    assert rows("#a") == [("ada", "hi"), ("bob", "")]
    assert rows("#b") == [("ada", "ho"), ("bob", "")]
    assert {line.at.hour for line in Line.objects.all()} == {11}
    assert set(Network.objects.values_list("name", flat=True)) == {"libera", "oftc"}


def test_without_a_time_zone_nothing_is_stored(db: None) -> None:
    with pytest.raises(CommandError, match="ZNC or soju tells no time zone: say --timezone"):
        importlogs(PIECES / "znc", format=None)
    assert not Network.objects.exists()
    importlogs(PIECES / "znc", format=None, timezone="UTC")
    assert Line.objects.exists()


def test_in_doubt_of_the_format_nothing_is_stored(db: None, tmp_path: Path) -> None:
    path = day(tmp_path, "[12:00] *** a joined\nnoise\nnoise\n")
    with pytest.raises(CommandError, match="1 of the first 3 lines understood: say --format"):
        importlogs(path, format=None)
    assert not Line.objects.exists()


def test_a_folder_of_pictures_is_told(db: None, tmp_path: Path) -> None:
    for number in range(3):
        day(tmp_path, b"\x89PNG\r\n\x1a\n" + os.urandom(5000), f"{number}.png")
    with pytest.raises(CommandError, match="3 of 3 files could not be read"):
        importlogs(tmp_path, format=None)
    assert not Line.objects.exists()


def test_a_path_that_tells_no_channel_is_told(db: None) -> None:
    with pytest.raises(CommandError, match="1 of 1 files could not be read"):
        importlogs(RAKU / "2021-04-22", network=None, channel=None, format=None)


def test_of_a_torn_file_nothing_is_stored(db: None, tmp_path: Path) -> None:
    text = "".join(f"[12:{minute:02}] <ada> {'words ' * minute}\n" for minute in range(60)).encode()
    day(tmp_path, gzip.compress(text)[:-20], "2020-01-01.gz")
    day(tmp_path, gzip.compress(text), "2020-01-02.gz")
    with pytest.raises(CommandError, match="1 of 2 files could not be read"):
        importlogs(tmp_path)
    assert Line.objects.count() == 60
    assert set(Line.objects.values_list("at__day", flat=True)) == {2}


def test_gaps_shrink_by_what_fills_them(channel: Channel, tmp_path: Path) -> None:
    hour = datetime(2020, 1, 2, 12, tzinfo=UTC)
    for start in (0, 3, 6):
        to_at = hour + timedelta(hours=start + 2)
        Gap.objects.create(channel=channel, from_at=hour + timedelta(hours=start), to_at=to_at, reason="stopped")
    path = day(tmp_path, "[13:00] <ada> a\n[14:30] <ada> between\n[15:30] <ada> b\n[17:30] <ada> later\n")
    where = {"network": "testnet", "channel": "#garden", "fill_gaps": True}
    importlogs(path, dry_run=True, **where)
    assert Gap.objects.count() == 3
    told = importlogs(path, **where)
    assert "4 lines, 2 stored, 2 known already or not missing" in told
    assert rows("#garden") == [("ada", "a"), ("ada", "b")]
    left = [(gap.from_at.hour, gap.to_at and gap.to_at.hour) for gap in Gap.objects.order_by("from_at")]
    assert left == [(12, 13), (18, 20)]


SMALL_BATCHES = """
import botbot.green, sys, django
django.setup()
from botbot.start import main
from logs.ingest import importing
importing.BATCH_BYTES = 100_000
sys.exit(main(["manage.py", "importlogs", *sys.argv[1:]]))
"""


def test_a_kill_leaves_whole_batches_and_another_run_the_rest(process_env: dict[str, str], tmp_path: Path) -> None:
    per_file, files = 1000, 40
    for number in range(files):
        text = "".join(f"[{n // 60:02}:{n % 60:02}] <ada> {number} said some words {n}\n" for n in range(per_file))
        day(tmp_path / "logs", text, f"2020-{number // 28 + 1:02}-{number % 28 + 1:02}")
    command = [sys.executable, "-c", SMALL_BATCHES, str(tmp_path / "logs"), "--network=n", "--channel=#c", "-v0"]
    command += ["--format=raku"]
    env = os.environ | process_env | {"DJANGO_SETTINGS_MODULE": "botbot.settings"}
    process = subprocess.Popen(command, cwd=ROOT, env=env)
    wait_for(Line.objects.exists, 60)
    process.send_signal(signal.SIGKILL)
    process.wait()
    kept = Line.objects.count()
    assert 0 < kept < per_file * files
    assert kept % per_file == 0
    subprocess.run(command, cwd=ROOT, env=env, check=True)
    assert Line.objects.count() == per_file * files
