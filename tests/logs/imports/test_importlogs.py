"""`manage.py importlogs`: what it stores, what it tells, and that it can be repeated."""

from __future__ import annotations

import gzip
import os
import signal
import sqlite3
import subprocess
import sys
import tarfile
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from backports import zstd
from django.core.management import CommandError, call_command
from django.test import Client

from logs.formats.numbered_lines import CHUNK_BYTES, MAX_LINE_BYTES
from logs.imports.priority import NICENESS
from logs.models import STRANGER, Channel, Fill, Gap, Line, Network, OldNumber, OptOut, Unfinished
from tests.conftest import Say
from tests.logs.formats.reading import PIECES
from tests.processes import ROOT, wait_for

RAKU = PIECES / "raku"


def importlogs(*paths: Path, network: str = "libera", channel: str = "#raku", **options: object) -> str:
    output = StringIO()
    options = {"network": network, "channel": channel, "format": "raku"} | options
    call_command("importlogs", *map(str, paths), stdout=output, **options)
    return output.getvalue()


def rows(channel: str = "#raku") -> list[tuple[str, str]]:
    lines = Line.objects.filter(channel__name=channel).order_by("at", "id")
    return list(lines.values_list("nick", "text"))


def day(folder: Path, text: str | bytes, name: str = "2020-01-02") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_a_file_becomes_lines_of_a_new_public_channel_that_the_bot_does_not_join(db: None) -> None:
    output = importlogs(RAKU / "2021-04-22")
    assert "8 lines, 8 stored, 0 known already, 0 not understood" in output
    channel = Channel.objects.get()
    assert (channel.name, channel.visibility, channel.wanted) == ("#raku", "public", False)
    assert (channel.network.name, channel.network.host) == ("libera", "")
    assert len(rows()) == 8


def test_a_folder_is_read_with_all_below_it(db: None) -> None:
    output = importlogs(RAKU)
    assert len(rows()) == 8 + 2 + 1 + 8 + 3
    assert "2008-10-27" in output
    assert "5 files: 22 lines" in output


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


def test_lines_that_are_none_are_reported_with_file_and_number(db: None, tmp_path: Path) -> None:
    path = day(tmp_path, "[01:02] <a> b\nwhat is this\n\n[01:03] <a> c\n[99:99] <a> d\n")
    output = importlogs(path)
    assert f"{path}:2: not understood: 'what is this'" in output
    assert f"{path}:5: not understood: '[99:99] <a> d'" in output
    assert "2 lines, 2 stored, 0 known already, 2 not understood" in output


def test_of_many_bad_lines_every_one_is_reported(db: None, tmp_path: Path) -> None:
    path = day(tmp_path, "bad\n" * 1000)
    output = importlogs(path)
    assert "0 lines, 0 stored, 0 known already, 1,000 not understood" in output
    assert [line for line in output.splitlines() if "not understood: 'bad'" in line] == [
        f"{path}:{number}: not understood: 'bad'" for number in range(1, 1001)
    ]


def test_bytes_that_are_not_utf_8_are_taken_for_windows_1252(db: None, tmp_path: Path) -> None:
    importlogs(
        day(tmp_path, b"[01:02] <a> caf\xe9 \x93hi\x94\n[01:02] <a> \x81\n[01:02] <a> \xc3\xa9\r\n[01:03] <b> \0\n")
    )
    assert rows() == [("a", "café “hi”"), ("a", "\x81"), ("a", "é"), ("b", "")]


def test_a_line_without_end_takes_no_memory_and_is_reported(db: None, tmp_path: Path) -> None:
    path = tmp_path / "2020-01-02"
    with path.open("wb") as file:
        file.write(b"[01:02] <a> b\n[01:02] <a> ")
        for _ in range(40):
            file.write(b"x" * CHUNK_BYTES)
        file.write(b"\n[01:03] <a> c\n" + b"[01:04] <a> " + b"y" * MAX_LINE_BYTES)
    output = importlogs(path)
    assert rows() == [("a", "b"), ("a", "c")]
    assert "2 not understood" in output
    assert f"{path}:2: " in output
    assert f"{path}:4: " in output


@pytest.mark.parametrize("content", [b"", b"\n\n\n", bytes(range(256)) * 1000, b"\x89PNG\r\n\x1a\n" + b"\0" * 5000])
def test_any_bytes_can_be_given(db: None, tmp_path: Path, content: bytes) -> None:
    assert "0 stored" in importlogs(day(tmp_path, content))


def test_a_file_whose_name_contains_no_day_is_reported_and_the_others_are_stored(db: None, tmp_path: Path) -> None:
    day(tmp_path, "[01:02] <a> b")
    day(tmp_path, "[01:02] <a> c", "notes")
    with pytest.raises(CommandError, match="1 of 2 files could not be read"):
        importlogs(tmp_path)
    assert rows() == [("a", "b")]


def test_a_file_that_cannot_be_opened_is_reported_and_the_others_are_stored(db: None, tmp_path: Path) -> None:
    day(tmp_path, "[01:02] <a> b")
    (tmp_path / "2020-01-03").symlink_to("/proc/self/mem")
    with pytest.raises(CommandError, match="1 of 2 files could not be read"):
        importlogs(tmp_path)
    assert rows() == [("a", "b")]


@pytest.mark.parametrize(
    ("paths", "options", "message"),
    [
        ([Path("/nowhere/at/all")], {}, "/nowhere/at/all: No such file or directory"),
        ([RAKU], {"channel": "raku"}, "starts with # &"),
        ([RAKU], {"network": "admin"}, "choose another name"),
        ([RAKU], {"network": "a b"}, "Write letters"),
        ([RAKU], {"timezone": "Mars/Olympus"}, "There is no time zone Mars/Olympus"),
        ([RAKU], {"timezone": "../../etc/passwd"}, "There is no time zone"),
    ],
)
def test_what_is_impossible_is_reported_in_one_sentence(
    db: None, paths: list[Path], options: dict[str, str], message: str
) -> None:
    with pytest.raises(CommandError, match=message):
        importlogs(*paths, **options)
    assert not Line.objects.exists()
    assert not Channel.objects.exists()


def test_a_folder_of_which_nothing_can_be_read_makes_no_channel(db: None, tmp_path: Path) -> None:
    day(tmp_path, gzip.compress(b"[12:00] <ada> hi\n" * 100)[:-5], "2020-01-01.gz")
    with pytest.raises(CommandError, match="1 of 1 files could not be read"):
        importlogs(tmp_path)
    assert not Channel.objects.exists()


def test_a_dry_run_opens_no_channel_of_which_half_is_there(db: None, tmp_path: Path) -> None:
    path = day(tmp_path, "[12:00] <ada> hi\n")
    importlogs(path)
    Unfinished.objects.create(channel=Channel.objects.get())
    Channel.objects.update(hidden=True)
    importlogs(path, dry_run=True)
    assert Channel.objects.get().hidden
    importlogs(path)
    assert not Channel.objects.get().hidden


def test_a_sample_shows_how_lines_are_understood(db: None) -> None:
    output = importlogs(RAKU / "2021-04-22", format=None, dry_run=True).splitlines()
    assert output[1:4] == [
        "    2021-04-22 05:36:00Z join MasterDuke",
        "    2021-04-22 08:01:00Z message MasterDuke any objections to merging ?",
        "    2021-04-22 08:01:00Z action sena_kun still awaits the release blocker",
    ]


def test_a_file_that_changes_to_another_format_is_refused_whole(db: None, tmp_path: Path) -> None:
    raku = "".join(f"[{n // 60:02}:{n % 60:02}] *** ada{n} joined\n" for n in range(500))
    znc = "".join(f"[{n // 60:02}:{n % 60:02}:00] <ada> line {n}\n" for n in range(900, 1400))
    path = day(tmp_path, raku + znc)
    with pytest.raises(CommandError, match="1 of 1 files could not be read"):
        importlogs(path, format=None)
    assert not Line.objects.exists()
    assert "500 stored" in importlogs(path), "unless somebody says how it is written"


@pytest.mark.parametrize("name", ["2099-01-02", "1970-01-01"])
def test_a_year_that_is_impossible_is_reported_and_nothing_stored(db: None, tmp_path: Path, name: str) -> None:
    day(tmp_path, "[01:02] <a> b", name)
    day(tmp_path, "[01:02] <a> c")
    output = StringIO()
    with pytest.raises(CommandError, match="1 of 2 files could not be read"):
        call_command("importlogs", str(tmp_path), network="n", channel="#raku", format="raku", stdout=output)
    assert f"A line of it is of {name}, which cannot be: is the year wrong?" in output.getvalue()
    assert rows() == [("a", "c")]
    importlogs(tmp_path, network="n", any_year=True)
    assert sorted(rows()) == [("a", "b"), ("a", "c")]


def test_a_clock_that_runs_backwards_is_reported(db: None, tmp_path: Path) -> None:
    path = day(tmp_path, "[12:00] <a> b\n[12:05] <a> c\n[11:00] <a> d\n[11:00] <a> e\n[11:30] <a> f\n")
    assert "5 lines, 5 stored, 0 known already, 0 not understood, the clock runs backwards 1 times" in importlogs(path)
    assert rows() == [("a", "d"), ("a", "e"), ("a", "f"), ("a", "b"), ("a", "c")]


def test_who_opted_out_stays_out(channel: Channel, tmp_path: Path) -> None:
    OptOut.objects.create(network=channel.network, account="", nick="eve")
    Channel.objects.update(opted_out="nothing")
    path = day(tmp_path, "[12:00] <ada> hi\n[12:01] <Eve> me\n[12:02] *** Eve joined\n")
    output = importlogs(path, network="testnet", channel="#garden")
    assert "3 lines, 1 stored, 0 known already, 2 rejected by the channel's rules" in output
    assert rows("#garden") == [("ada", "hi")]


def test_what_is_older_than_a_channel_keeps_is_not_stored(channel: Channel, tmp_path: Path) -> None:
    Channel.objects.update(retention=30)
    path = day(tmp_path, "[12:00] <ada> old\n")
    assert "1 lines, 0 stored, 0 known already, 1 rejected by the channel's rules" in importlogs(
        path, network="testnet", channel="#garden"
    )


def test_a_line_of_100_megabytes_is_reported_and_the_others_are_stored(db: None, tmp_path: Path) -> None:
    path = tmp_path / "2020-01-02"
    with path.open("wb") as file:
        file.write(b"[01:02] <a> b\n[01:02] <a> ")
        for _ in range(100):
            file.write(b"x" * 1_000_000)
        file.write(b"\n[01:03] <a> c\n")
    assert "2 lines, 2 stored, 0 known already, 1 not understood" in importlogs(path)


@pytest.mark.parametrize("cut", [b"", b"\x28\xb5\x2f\xfd junk"])
def test_a_broken_archive_is_reported_in_one_sentence(db: None, tmp_path: Path, cut: bytes) -> None:
    path = day(tmp_path, cut or zstd.compress(b"x" * 5000)[:-9], "logs.tar.zst")
    with pytest.raises(CommandError, match=r"logs\.tar\.zst: "):
        importlogs(path)


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstd.compress])
def test_an_archive_is_known_by_what_is_in_it(db: None, tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    held = BytesIO()
    with tarfile.open(fileobj=held, mode="w") as archive:
        archive.add(RAKU, "raku")
    importlogs(day(tmp_path, pack(held.getvalue()), "backup"))
    assert Line.objects.count() == 22


def test_channels_by_their_folders(db: None, tmp_path: Path) -> None:
    for name, path in (("raku-dev", "raku-dev/2020/2020-01-02"), ("moarvm", "moarvm/2020/01/02.log")):
        day(tmp_path, f"[12:00] *** {name} joined\n", path)
    output = StringIO()
    with pytest.raises(CommandError, match="2 of 2 files could not be read"):
        call_command("importlogs", str(tmp_path), network="libera", stdout=output)
    assert "or --by-folder if it is of #raku-dev" in output.getvalue()
    importlogs(tmp_path, channel=None, format=None, by_folder=True)
    assert (rows("#raku-dev"), rows("#moarvm")) == ([("raku-dev", "")], [("moarvm", "")])


def test_old_addresses_lead_to_lines_also_to_those_that_were_there(
    channel: Channel, tmp_path: Path, say: Say, client: Client
) -> None:
    say(channel, "ada", "hi", at=datetime(2014, 3, 1, 12, 0, 0, 250000, tzinfo=UTC))
    path = tmp_path / "log.csv"
    path.write_text(
        "id,channel,timestamp,nick,text,command\n"
        "90000000001,#garden,2014-03-01 12:00:00.25+00,ada,hi,PRIVMSG\n"
        "90000000002,#garden,2014-03-01 12:00:01+00,ada,ho,PRIVMSG\n"
        "90000000003,#pond,2014-03-01 12:00:01+00,ada,elsewhere,PRIVMSG\n"
    )
    for _ in range(2):
        importlogs(path, network="testnet", channel="#garden", format=None)
        assert list(OldNumber.objects.order_by("number").values_list("number", "line")) == [
            (90000000001, 1),
            (90000000002, 2),
        ]
    assert [text for _, text in rows("#garden")] == ["hi", "ho"]
    for address in ("/testnet/garden/msg/90000000002/", "/msg/90000000002/"):
        response = client.get(address, follow=True)
        location = response.redirect_chain[-1][0]
        assert location.startswith("/testnet/garden/2014-03-01/")
        assert location.endswith("#l2")


def test_lines_that_fill_a_gap_tell_their_source(channel: Channel, tmp_path: Path, say: Say, client: Client) -> None:
    noon = datetime(2020, 1, 2, 12, tzinfo=UTC)
    say(channel, "ada", "heard", at=noon)
    Gap.objects.create(channel=channel, from_at=noon, to_at=noon + timedelta(hours=2), reason="stopped")
    path = day(tmp_path, "[11:00] <ada> before\n[13:00] <ada> missed\n[13:01] <ada> missed, too\n[15:00] <ada> z\n")
    importlogs(path, network="testnet", channel="#garden", fill_gaps=True, source="ada's log")
    assert Fill.objects.values_list("first", "last", "name").get() == (3, 4, "ada's log")
    assert not Gap.objects.exists()
    page = client.get("/testnet/garden/2020-01-02/").content.decode()
    assert page.count('data-source="ada&#39;s log"') == 2
    assert "Not recorded" not in page


@pytest.mark.parametrize(("is_logged", "source"), [(True, ""), (True, "x"), (False, "x")])
def test_an_import_into_a_channel_that_the_bot_logs_names_its_source(
    channel: Channel, tmp_path: Path, say: Say, is_logged: bool, source: str
) -> None:
    """Also of lines with an id of their own: they may claim any nick and account."""
    client, shown = Client(), source or "old.jsonl"
    say(channel, "bob", "recorded", at=datetime(2020, 1, 2, 12, tzinfo=UTC))
    Channel.objects.update(wanted=is_logged)
    line = '{"at": "2020-01-02T13:00:00Z", "kind": "message", "nick": "ann", "text": "x", "account": "ann", "id": 7}\n'
    path = day(tmp_path, line, "old.jsonl")
    importlogs(path, network="testnet", channel="#garden", format="jsonl", source=source)
    page = client.get("/testnet/garden/2020-01-02/").content.decode()
    assert (page.count(f'data-source="{shown}"'), page.count("data-source=")) == (1, 1)
    record = client.get("/api/v1/networks/testnet/channels/garden/lines").json()["lines"]
    assert [line["source"] for line in record] == [None, shown]


def test_archives_of_old_logs_and_restored_exports_name_no_source(channel: Channel, tmp_path: Path) -> None:
    Channel.objects.update(wanted=True)
    line = '{"at": "2020-01-02T13:00:00Z", "kind": "message", "nick": "ann", "text": "x", "id": 7}\n'
    importlogs(day(tmp_path, line, "a.jsonl"), network="testnet", channel="#garden", format="jsonl")
    for text in ("[11:00] <ada> one\n", "[12:00] <ada> two\n"):
        importlogs(day(tmp_path, text), network="testnet", channel="#archive")
    assert not Fill.objects.exists()
    assert Line.objects.filter(channel=channel).get().id == 7


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
    output = importlogs(tmp_path, network=None, channel=None, format=None, timezone="Europe/Berlin")
    assert "ZNC or soju: 2 of the first 2 lines understood" in output
    assert "WeeChat: 2 of the first 2 lines understood" in output
    assert rows("#a") == [("ada", "hi"), ("bob", "")]
    assert rows("#b") == [("ada", "ho"), ("bob", "")]
    assert {line.at.hour for line in Line.objects.all()} == {11}
    assert set(Network.objects.values_list("name", flat=True)) == {"libera", "oftc"}


def test_without_a_time_zone_nothing_is_stored(db: None) -> None:
    with pytest.raises(CommandError, match="ZNC or soju has no time zone: say --timezone"):
        importlogs(PIECES / "znc", format=None)
    assert not Network.objects.exists()
    importlogs(PIECES / "znc", format=None, timezone="UTC")
    assert Line.objects.exists()


def test_in_doubt_of_the_format_nothing_is_stored(db: None, tmp_path: Path) -> None:
    path = day(tmp_path, "[12:00] *** a joined\nnoise\nnoise\n")
    with pytest.raises(CommandError, match="1 of the first 3 lines understood: say --format"):
        importlogs(path, format=None)
    assert not Line.objects.exists()


def test_a_folder_of_pictures_is_reported(db: None, tmp_path: Path) -> None:
    for number in range(3):
        day(tmp_path, b"\x89PNG\r\n\x1a\n" + os.urandom(5000), f"{number}.png")
    with pytest.raises(CommandError, match="3 of 3 files could not be read"):
        importlogs(tmp_path, format=None)
    assert not Line.objects.exists()


def test_a_path_that_contains_no_channel_is_reported(db: None) -> None:
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
    options = {"network": "testnet", "channel": "#garden", "fill_gaps": True}
    importlogs(path, dry_run=True, **options)
    assert Gap.objects.count() == 3
    output = importlogs(path, **options)
    assert "4 lines, 2 stored, 2 known already or not missing" in output
    assert rows("#garden") == [("ada", "a"), ("ada", "b")]
    gaps = [(gap.from_at.hour, gap.to_at and gap.to_at.hour) for gap in Gap.objects.order_by("from_at")]
    assert gaps == [(12, 13), (18, 20)]


SMALL_BATCHES = """
import botbot.green, sys, django
django.setup()
from botbot.command_line import main
from logs.imports import importer
importer.BATCH_BYTES = 100_000
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
    # Readers come first.
    assert os.getpriority(os.PRIO_PROCESS, process.pid) == min(19, os.getpriority(os.PRIO_PROCESS, 0) + NICENESS)
    process.send_signal(signal.SIGKILL)
    process.wait()
    line_count = Line.objects.count()
    assert 0 < line_count < per_file * files
    assert line_count % per_file == 0
    assert not Channel.objects.visible_to(STRANGER).exists(), "nobody sees half of it"
    subprocess.run(command, cwd=ROOT, env=env, check=True)
    assert Line.objects.count() == per_file * files
    assert Channel.objects.visible_to(STRANGER).get().name == "#c"


def test_names_and_words_that_cannot_be_printed_are_printed_with_question_marks(db: None, tmp_path: Path) -> None:
    line = '{"at":"2020-01-02T12:00:00+00:00","kind":"message","nick":"ada","text":"half \\ud800"}'
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/2020-01-02 caf\xe9.jsonl"))
    path.write_text(f"{line}\nnoise\n", encoding="utf-8")
    output = importlogs(path, format="jsonl")
    output.encode()
    assert "2020-01-02 caf?.jsonl: 1 lines, 1 stored" in output
    assert rows() == [("ada", "half ?")]


def test_a_database_that_would_run_its_authors_sql_is_reported_in_one_sentence(db: None, tmp_path: Path) -> None:
    path = tmp_path / "logs.sqlite"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(
            "CREATE VIEW logs AS WITH RECURSIVE c(x) AS (VALUES (1) UNION SELECT x + 1 FROM c) SELECT x FROM c"
        )
    with pytest.raises(CommandError, match=r"^\S+/logs\.sqlite: logs is not an ordinary table$"):
        importlogs(path)
