"""Which format a log is of, what its path tells, and how it is opened."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import sys
import tarfile
import zipfile
from datetime import UTC, date
from pathlib import Path, PurePath
from zoneinfo import ZoneInfo

import pytest

from logs.formats.detect import detect_format
from logs.formats.file_names import (
    ChannelRef,
    channel_file_name,
    channel_folder,
    channel_in_path,
    day_in_name,
    day_in_path,
)
from logs.formats.log_files import ArchiveLimits, open_log_files
from logs.formats.log_format import ParseContext
from logs.formats.numbered_lines import MAX_LINE_BYTES, TOO_LONG, UnreadableError, numbered_lines
from logs.formats.registry import FORMATS
from tests.logs.formats.reading import PIECES

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("irssi/ddnet_2014-03-01.log", "irssi"),
        ("znc/#qtox_20160605.log.txt", "znc"),
        ("znc-stripped/2020-06-10.log", "znc"),
        ("limnoria/sample-pov-latin1.log", "limnoria"),
        ("limnoria/#fluid-tech.2018-11-14.log", "limnoria"),
        ("textual/2021-04-22.txt", "textual"),
        ("hexchat/_obsidian_md_log.log", "hexchat"),
        ("raku/2021-04-22", "raku"),
    ],
)
def test_real_logs_are_known_for_sure(path: str, name: str) -> None:
    with open_log_files([PIECES / path]) as (file,):
        guess = detect_format(file.lines(), ParseContext(UTC, day_in_name(file.path.name)))
    assert guess.format is FORMATS[name]
    assert guess.is_certain
    assert "lines understood" in guess.reason


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("[12:00] <a> b\n[12:01] Nick change: a -> c\n[12:02] b (c@d) joined #e.", "eggdrop"),
        ("Session Start: Tue Feb 07 22:10:15 2017\n[23:29] <a> b\n[23:30] * c (d@e) has joined #f", "mirc"),
        ("[03:08:46] *** Joins: a (~a@b.example)\n[03:08:46] *** Server sets mode: + \n[03:08:46] <a> hi", "znc"),
        ("2026-07-24 11:32:21\ta\tb\n2026-07-24 11:32:21\t-->\tc (d@e) has joined #f", "weechat"),
        ("[12:00] Joins: n (u@h)\n[12:01] *** Quits: n (u@h) (r)", "energymech"),
        ("[12:00:01] <a> b\n[12:00:02] * a joined the channel", "botbot"),
        ("12:00:01 <a> b\n12:00:02 * a does", "logbot"),
        ("2014-03-01 23:59 <a> b", "irclogger"),
        ('{"at":"2026-01-02T03:04:05Z","kind":"message","nick":"a","text":"b"}', "jsonl"),
        ('{"text":"b","displayName":"a","timestamp":"2026-01-02T03:04:05Z"}', "rustlog"),
    ],
)
def test_short_logs_are_known(text: str, name: str) -> None:
    guess = detect_format(enumerate(text.split("\n"), 1), ParseContext(UTC, date(2020, 1, 2)))
    assert guess.format is FORMATS[name], guess.reason
    assert guess.is_certain, guess.reason


def test_an_unknown_format_is_not_guessed() -> None:
    guess = detect_format(enumerate(["dear diary", "it rains"], 1), ParseContext(UTC, date(2020, 1, 2)))
    assert (guess.format, guess.is_certain) == (None, False)


def test_a_log_that_is_half_understood_is_in_doubt() -> None:
    text = ["[12:00] *** a joined", "noise", "noise"]
    guess = detect_format(enumerate(text, 1), ParseContext(UTC, date(2020, 1, 2)))
    assert guess.format is FORMATS["raku"]
    assert not guess.is_certain
    assert "1 of the first 3 lines" in guess.reason


def test_what_may_be_read_in_two_ways_is_in_doubt() -> None:
    """The one has local time, the other UTC."""
    guess = detect_format(enumerate(["[12:00] <a> b"], 1), ParseContext(ZoneInfo("Europe/Berlin"), date(2020, 1, 2)))
    assert not guess.is_certain
    assert "might as well be Raku / Colabti" in guess.reason


def test_neighbours_are_alike_where_that_explains_all() -> None:
    source = ParseContext(ZoneInfo("Europe/Berlin"), date(2020, 1, 2))
    guess = detect_format(enumerate(["[12:00] <a> b"], 1), source, FORMATS["raku"])
    assert (guess.format, guess.is_certain) == (FORMATS["raku"], True)
    other = "[12:00] <a> b\n[12:01] Nick change: a -> c\n[12:02] b (c@d) joined #e."
    assert detect_format(enumerate(other.split("\n"), 1), source, FORMATS["raku"]).format is FORMATS["eggdrop"]


def test_a_log_without_a_day_is_reported() -> None:
    with pytest.raises(UnreadableError, match="contain the day"):
        detect_format(enumerate(["[12:00] <a> b"], 1), ParseContext(UTC))


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("2014-03-01", date(2014, 3, 1)),
        ("#c_20160605.log.txt", date(2016, 6, 5)),
        ("#c.2018-11-14.log.gz", date(2018, 11, 14)),
        ("channel.log.05Jan2026", date(2026, 1, 5)),
        ("2014_03_01.txt", date(2014, 3, 1)),
        ("2014-13-01", None),
        ("2014-02-30", None),
        ("123456789", None),
        ("notes", None),
        ("#2001-01-01_2014-03-01.log", date(2014, 3, 1)),
    ],
)
def test_days_in_names(name: str, day: date | None) -> None:
    assert day_in_name(name) == day


@pytest.mark.parametrize(
    ("path", "day"),
    [
        ("#c/2014/03/01.log", date(2014, 3, 1)),
        ("#c/2014-03/01.txt.gz", date(2014, 3, 1)),
        ("#c/2014/03/2015-01-02.log", date(2015, 1, 2)),
        ("#c/2014/02/30.log", None),
        ("#c/2014/notes", None),
    ],
)
def test_days_in_folders(path: str, day: date | None) -> None:
    assert day_in_path(PurePath(path)) == day


@pytest.mark.parametrize(
    ("path", "folder"),
    [
        ("raku-dev/2023/2023-04-03", "raku-dev"),
        ("/backup/logs/moarvm/2020/01/02.log", "moarvm"),
        ("raku.tar.gz/2023-04-03", "raku"),
        ("logs/2023/2023-04-03", None),
        ("2023-04-03", None),
    ],
)
def test_folders_that_may_be_channels(path: str, folder: str | None) -> None:
    assert channel_folder(PurePath(path)) == folder


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("znc/libera/#python/2020-01-02.log", ChannelRef("libera", "#python")),
        ("irclogs/libera/#python.log", ChannelRef("libera", "#python")),
        ("logs/irc.libera.#python.weechatlog", ChannelRef("libera", "#python")),
        ("logs/libera_#python_20200102.log.gz", ChannelRef("libera", "#python")),
        ("logs/#python.log", ChannelRef(None, "#python")),
        ("ChannelLogger/libera/#python/#python.2018-11-14.log", ChannelRef("libera", "#python")),
        ("libera/##c++.log", ChannelRef("libera", "##c++")),
        ("libera/&local.jsonl", ChannelRef("libera", "&local")),
        ("libera/#a%2Fb%252Fc.log.jsonl", ChannelRef("libera", "#a/b%2Fc.log")),
        ("libera/python.log", ChannelRef(None, None)),
        ("libera/#/x", ChannelRef("libera", None)),
    ],
)
def test_places_in_paths(path: str, place: ChannelRef) -> None:
    assert channel_in_path(PurePath(path)) == place


@pytest.mark.parametrize("name", ["#a", "##a/b", "#a%2F", "&x", "#a b", "#%"])
def test_a_channels_file_is_known_as_its(name: str) -> None:
    assert channel_in_path(PurePath("net", f"{channel_file_name(name)}.jsonl")) == ChannelRef("net", name)


CONTENT = "".join(f"[12:00] <a> line {number}\n" for number in range(1000)).encode()
PACKED = {
    "gz": gzip.compress(CONTENT),
    "zst": zstd.compress(CONTENT),
    "bz2": bz2.compress(CONTENT),
    "xz": lzma.compress(CONTENT),
    "log": CONTENT,
}


@pytest.mark.parametrize("ending", list(PACKED))
def test_files_are_unpacked_by_what_is_in_them(tmp_path: Path, ending: str) -> None:
    path = tmp_path / "whatever"
    path.write_bytes(PACKED[ending])
    sizes: list[int] = []
    with open_log_files([path]) as (file,):
        assert [text for _, text in file.lines(sizes.append)] == CONTENT.decode().splitlines()
        assert sum(sizes) == file.size == len(PACKED[ending])


@pytest.mark.parametrize("ending", ["gz", "zst", "bz2", "xz"])
@pytest.mark.parametrize("share", [0.5, 0.9])
def test_a_torn_file_cannot_be_read(tmp_path: Path, ending: str, share: float) -> None:
    path = tmp_path / "torn"
    path.write_bytes(PACKED[ending][: int(len(PACKED[ending]) * share)])
    with open_log_files([path]) as (file,), pytest.raises(UnreadableError, match="cannot be read to its end"):
        list(file.lines())


def test_a_damaged_file_cannot_be_read(tmp_path: Path) -> None:
    for ending in ("gz", "bz2", "xz"):  # what zstd writes has no checksum unless requested
        damaged = bytearray(PACKED[ending])
        damaged[len(damaged) // 2] ^= 255
        (tmp_path / ending).write_bytes(damaged)
    with open_log_files([tmp_path]) as files:
        for file in files:
            with pytest.raises(UnreadableError, match="cannot be read to its end"):
                list(file.lines())


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:xz"])
def test_archives_are_unpacked_and_vanish(tmp_path: Path, mode: str) -> None:
    path = tmp_path / f"logs.tar{mode[1:].replace(':', '.')}"
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name in ("libera/#c/2020-01-02.log", "libera/.hidden"):
            entry = tarfile.TarInfo(name)
            entry.size = len(CONTENT)
            archive.addfile(entry, io.BytesIO(CONTENT))
    with open_log_files([path]) as (file,):
        assert file.display_path == path / "libera/#c/2020-01-02.log"
        assert len(list(file.lines())) == 1000
    assert not file.path.exists()


def test_an_archive_that_reaches_outside_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "evil.tar"
    with tarfile.open(path, "w") as archive:
        archive.addfile(tarfile.TarInfo("../../outside"))
    with pytest.raises(UnreadableError, match="leads out of the archive"), open_log_files([path]):
        pass


def make_zip(path: Path, *names: str, content: bytes = CONTENT) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, content)
    return path


def test_zip_archives_are_unpacked_and_vanish(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "backup", "libera/#c/2020-01-02.log", ".hidden", "../../outside.log")
    with open_log_files([path]) as files:
        assert [str(file.display_path.relative_to(path)) for file in files] == [
            "libera/#c/2020-01-02.log",
            "outside.log",
        ]
        assert all(len(list(file.lines())) == 1000 for file in files)
    assert not any(file.path.exists() for file in files)
    assert not (tmp_path.parent / "outside.log").exists()


def test_names_in_zip_archives_of_windows_and_with_controls(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "backup.zip", "libera\\#c\\2020-01-02.log", "a/\x1b]0;x\x07\n.log")
    with open_log_files([path]) as files:
        names = [str(file.display_path.relative_to(path)) for file in files]
    assert names == ["a/?]0;x??.log", "libera/#c/2020-01-02.log"]


@pytest.mark.parametrize(
    ("limits", "sentence"),
    [(ArchiveLimits(max_bytes=10_000), "too large"), (ArchiveLimits(max_files=1), "more than 1 files")],
)
def test_a_zip_archive_over_its_limits_is_refused(tmp_path: Path, limits: ArchiveLimits, sentence: str) -> None:
    path = make_zip(tmp_path / "large.zip", "a", "b")
    with pytest.raises(UnreadableError, match=sentence), open_log_files([path], limits):
        pass


def test_a_torn_zip_archive_is_reported(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "torn.zip", "a")
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(UnreadableError, match=r"torn\.zip: "), open_log_files([path]):
        pass


def test_a_torn_archive_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "torn.tar.gz"
    path.write_bytes(gzip.compress(b"x" * 5000)[:20])
    with pytest.raises(UnreadableError, match=r"torn\.tar\.gz: "), open_log_files([path]):
        pass


def test_lines_end_in_newlines_only() -> None:
    text = "a\x0bb\x85c\u2028d\r\ne\n\nf"
    assert list(numbered_lines(io.BytesIO(text.encode()))) == [(1, "a\x0bb\x85c\u2028d"), (2, "e"), (3, ""), (4, "f")]


def test_long_lines_are_marked() -> None:
    lines = [b"x" * MAX_LINE_BYTES, b"y" * (MAX_LINE_BYTES + 1), b"z"]
    read = [text for _, text in numbered_lines(io.BytesIO(b"\n".join(lines)))]
    assert (len(read[0]), read[1], read[2]) == (MAX_LINE_BYTES, TOO_LONG + "y" * 80, "z")
