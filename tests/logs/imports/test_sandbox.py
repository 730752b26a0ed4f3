"""Uploads are parsed by a process with limits, which cleans up whatever happens."""

from __future__ import annotations

import io
import lzma
import os
import signal
import sqlite3
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import gevent
import pytest

from logs.formats import log_format as kinds
from logs.formats.log_format import FilledLines, Item, LogLine, MissingTime, ReplyDecision, UnparsedLine
from logs.formats.numbered_lines import UnreadableError
from logs.formats.upload_process import ItemDecoder, UploadRequest, encode_item
from logs.imports import sandbox
from logs.imports.sandbox import parse_in_sandbox
from tests.processes import ROOT, wait_for

AT = datetime(2020, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which the process makes its own, which is empty at the end."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


def parse(content: bytes, name: str = "upload", **more: str) -> list[tuple[str, str, list[Item]]]:
    """The name, error and items of each file."""
    request = UploadRequest(name, len(content), "testnet", "#garden", **more)
    with parse_in_sandbox(request, content) as files:
        return [(file.name, file.error or file.broken, list(file.items()) if not file.broken else []) for file in files]


def refusal(content: bytes, name: str = "upload") -> str:
    with pytest.raises(UnreadableError) as error:
        parse(content, name)
    return str(error.value)


def database(tmp_path: Path, *statements: str) -> bytes:
    path = tmp_path / "logs.sqlite"
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)
    return path.read_bytes()


def tar(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz") as archive:
        for member, content in members:
            archive.addfile(member, io.BytesIO(content))
    return target.getvalue()


@pytest.mark.parametrize(
    "item",
    [
        LogLine(AT, kinds.MESSAGE, "ada", "hi"),
        LogLine(AT, kinds.NICK, "ada", "", "eve", "account", "id", 7, (3, 4)),
        LogLine(AT, kinds.JOIN, "ada", "", None, None, None, 7),
        UnparsedLine(3, "noise"),
        MissingTime(AT, None, "stopped"),
        MissingTime(AT, AT, "stopped"),
        FilledLines(1, 3, "a log"),
        ReplyDecision(3, 1, "ada"),
        ReplyDecision(3, None, "ada"),
    ],
)
def test_items_survive_the_sandbox(item: Item) -> None:
    first, *fields = encode_item(item)
    assert ItemDecoder().from_fields(first, fields) == item


def test_files_are_parsed_as_they_were(temporary: Path) -> None:
    content = b"[12:00:00] <ada> hi\nnoise\n[12:00:01] <ada> ho\n"
    assert parse(content, "2020-01-02.log", timezone="Europe/Berlin") == [
        (
            "2020-01-02.log",
            "",
            [
                LogLine(datetime(2020, 1, 2, 11, 0, 0, tzinfo=UTC), kinds.MESSAGE, "ada", "hi"),
                UnparsedLine(2, "noise"),
                LogLine(datetime(2020, 1, 2, 11, 0, 1, tzinfo=UTC), kinds.MESSAGE, "ada", "ho"),
            ],
        )
    ]
    assert list(temporary.iterdir()) == []


COLUMNS = "NULL AS old_id, x AS id, 1.0 AS time, '#garden' AS channel, 'a' AS nick, 0 AS type"
RECURSIVE = "WITH RECURSIVE c(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM c{})"
ENDLESS_VIEW = f"CREATE VIEW logs AS {RECURSIVE.format('')} SELECT {COLUMNS}, 'x' AS text FROM c"  # noqa: S608
_LARGE = f"{RECURSIVE.format(' LIMIT 120')} SELECT {COLUMNS}, hex(zeroblob(500000)) AS text FROM c"  # noqa: S608
LARGE_VIEW = f"CREATE VIEW logs AS {_LARGE}"
TABLE = "CREATE TABLE logs (id INTEGER PRIMARY KEY, old_id, time REAL, channel, nick, type, text{})"


@pytest.mark.parametrize(
    ("statements", "sentence"),
    [
        ([ENDLESS_VIEW], "not an ordinary table"),
        ([LARGE_VIEW], "not an ordinary table"),
        (["CREATE VIRTUAL TABLE logs USING fts5(id, time, channel, nick, type, text)"], "not an ordinary table"),
        (
            [
                TABLE.format(", much AS (hex(zeroblob(100000000)))"),
                "INSERT INTO logs VALUES (1, 1, 1.0, '#garden', 'a', 0, 'x')",
            ],
            "computed columns",
        ),
        (["CREATE TABLE other (x)"], "no such table: logs"),
        ([TABLE.format(""), "INSERT INTO logs VALUES (1, 1, 1.0, '#g', 'a', 0, zeroblob(1500000))"], "too big"),
    ],
)
def test_nothing_in_a_database_runs(tmp_path: Path, temporary: Path, statements: list[str], sentence: str) -> None:
    assert sentence in refusal(database(tmp_path, *statements), "logs.sqlite")
    assert list(temporary.iterdir()) == []


def test_a_database_that_links_a_page_many_times_yields_few_rows(tmp_path: Path) -> None:
    """As a file could be written by hand."""
    content = database(
        tmp_path,
        TABLE.format(""),
        "CREATE TABLE other (x)",
        f"INSERT INTO logs {RECURSIVE.format(' LIMIT 20000')} SELECT x, x, 1.0, '#garden', 'a', 0, 'text' FROM c",  # noqa: S608
    )
    size = 4096
    pages = [bytearray(content[start : start + size]) for start in range(0, len(content), size)]
    root = pages[1]
    assert root[0] == 5, "an inner page of the table"
    # Every cell of the root leads to the root's first child, which holds the same rows: the file stays as small.
    cells = int.from_bytes(root[3:5], "big")
    offsets = [int.from_bytes(root[12 + 2 * cell : 14 + 2 * cell], "big") for cell in range(cells)]
    child = root[offsets[0] : offsets[0] + 4]
    for offset in offsets:
        root[offset : offset + 4] = child
    [(name, error, items)] = parse(b"".join(pages), "logs.sqlite")
    assert (name, error) == ("logs.sqlite/#garden.jsonl", "")
    assert len(items) < 30_000


@pytest.mark.parametrize(("count", "sentence"), [(600, ""), (2001, "It contains more than 2,000 channels.")])
def test_a_database_may_have_more_channels_than_files_may_be_open(tmp_path: Path, count: int, sentence: str) -> None:
    numbers = RECURSIVE.format(f" LIMIT {count}")
    rows = f"INSERT INTO logs {numbers} SELECT x, x, 1.0, '#c' || x, 'a', 0, 'text' FROM c"  # noqa: S608
    content = database(tmp_path, TABLE.format(""), rows)
    if sentence:
        assert refusal(content, "logs.sqlite") == sentence
    else:
        assert len(parse(content, "logs.sqlite")) == count


def test_channels_of_a_table_take_turns() -> None:
    """As they do in a table that is ordered by time: no file can stay open until its channel ends."""
    rows = [f"#c{number},2020-01-02 03:04:05,ada,{number} {turn}" for turn in range(2) for number in range(300)]
    content = "\n".join(["channel,timestamp,nick,text", *rows]).encode()
    request = UploadRequest("logs.csv", len(content), "testnet", "#c7")
    with parse_in_sandbox(request, content) as files:
        assert len(files) == 300
        assert [item.text for file in files for item in file.items() if isinstance(item, LogLine)] == ["7 0", "7 1"]


LINE = b"[12:00:00] <ada> This is what people say in a channel.\n"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (LINE * (85_000_000 // len(LINE)), "It is too large when unpacked."),
        (LINE + b"a\n" * 500_000, "It has more than 400,000 lines."),
        (LINE + b"\r" * 500_000, "It has more than 400,000 lines."),
    ],
    ids=["bytes", "lines", "lines of an old Mac"],
)
def test_what_is_too_large_is_refused_before_it_is_parsed(temporary: Path, content: bytes, sentence: str) -> None:
    assert refusal(lzma.compress(content, preset=0), "2020-01-02.log.xz") == sentence
    assert list(temporary.iterdir()) == []


def test_small_files_of_an_archive_may_not_be_large_together() -> None:
    packed = lzma.compress(LINE * (11_000_000 // len(LINE)), preset=0)
    members = [(tarfile.TarInfo(f"2020-01-0{day}.log.xz"), packed) for day in (1, 2)]
    for member, content in members:
        member.size = len(content)
    assert refusal(tar(*members), "logs.tar.gz") == "It is too large when unpacked."


@pytest.mark.parametrize(
    ("kind", "target", "message"),
    [
        (tarfile.SYMTYPE, "/etc/passwd", "a path or a link that leads out of the archive"),
        (tarfile.SYMTYPE, "../../x", "a path or a link that leads out of the archive"),
        (tarfile.LNKTYPE, "../x", "a path or a link that leads out of the archive"),
        (tarfile.LNKTYPE, "nothing", "a link to a file that is not there"),
        (tarfile.CHRTYPE, "", "a device"),
    ],
)
def test_links_are_refused_without_a_path_of_the_server(kind: bytes, target: str, message: str) -> None:
    link = tarfile.TarInfo("latest.log")
    link.type, link.linkname = kind, target
    assert refusal(tar((link, b"")), "logs.tar.gz") == f"latest.log in it is {message}."


def test_an_archive_of_too_many_files_costs_little(temporary: Path) -> None:
    content = tar(*[(tarfile.TarInfo(f"{number}.log"), b"") for number in range(30_000)])
    assert len(content) < 2_000_000
    assert refusal(content, "logs.tar.gz") == "It contains more than 2,000 files."
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("name", ["\U0001f600" * 100 + ".log", "../../2020-01-02.log", "a\nb.log", "x" * 5000])
def test_any_file_name_will_do(name: str) -> None:
    (parsed,) = parse(b"2020-01-02T03:04:05 <ada> hi\n" * 30, name)
    assert parsed[0]


ENDLESS = {"busy", "asleep", "parent"}
"""What the parser does until its time is over."""


@pytest.fixture
def run_stubborn_parser(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Replaces the parser by one that misbehaves in the named way."""

    def replace(kind: str) -> None:
        monkeypatch.setenv("LANG", "3" if kind in ENDLESS else "120")
        monkeypatch.setattr(sandbox, "COMMAND", [sys.executable, "-m", "tests.logs.imports.stubborn", kind])

    return replace


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("busy", sandbox.TOO_SLOW),
        ("asleep", sandbox.TOO_SLOW),
        ("greedy", sandbox.CRASHED),
        ("talkative", sandbox.TOO_LARGE),
        ("writing", sandbox.CRASHED),
        ("crashing", sandbox.CRASHED),
        ("truncating", sandbox.CRASHED),
        ("parent", sandbox.TOO_SLOW),
    ],
)
def test_the_parser_is_ended_whatever_it_does_and_leaves_no_files(
    run_stubborn_parser: Callable[[str], None],
    temporary: Path,
    kind: str,
    sentence: str,
    capfd: pytest.CaptureFixture[str],
) -> None:
    run_stubborn_parser(kind)
    ticks = 0

    def tick() -> None:
        nonlocal ticks
        while True:
            gevent.sleep(0.01)
            ticks += 1

    ticking = gevent.spawn(tick)
    started = time.monotonic()
    assert refusal(b"x") == sentence
    duration = time.monotonic() - started
    ticking.kill()
    assert ticks > duration * 2, "others are served meanwhile"
    assert list(temporary.iterdir()) == []
    if kind == "parent":
        child = int(capfd.readouterr().err.split()[0])
        wait_for(lambda: not Path(f"/proc/{child}").exists() or "\nState:\tZ" in _status(child), 5)


def _status(process: int) -> str:
    try:
        return Path(f"/proc/{process}/status").read_text(encoding="ascii")
    except OSError:
        return "\nState:\tZ"


@pytest.mark.parametrize("victim", ["worker", "supervisor"])
def test_a_parser_does_not_outlive_its_worker(temporary: Path, victim: str) -> None:
    """The worker is killed as the arbiter kills one that does not answer."""
    script = (
        "import sys\n"
        "from logs.formats.upload_process import UploadRequest\n"
        "from logs.imports import sandbox\n"
        "sandbox.COMMAND = [sys.executable, '-m', 'tests.logs.imports.stubborn', 'asleep']\n"
        "with sandbox.parse_in_sandbox(UploadRequest('x', 1, 'n', '#c'), b'x'): pass\n"
    )
    worker = subprocess.Popen(
        [sys.executable, "-c", f"import botbot.green\n{script}"],
        cwd=ROOT,
        env=os.environ | {"LANG": "60"},
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(lambda: list(temporary.glob("botbot-upload-*/left over")), 20, "the parser runs")
        (supervisor,) = _children(worker.pid)
        (parser,) = _children(supervisor)
        os.kill(worker.pid if victim == "worker" else supervisor, signal.SIGKILL)
        wait_for(lambda: "\nState:\tZ" in _status(parser), 10, "the parser ends")
        if victim == "worker":
            wait_for(lambda: not list(temporary.glob("botbot-upload-*")), 10, "the folder is removed")
    finally:
        worker.kill()
        worker.wait()


def _children(process: int) -> list[int]:
    return [
        int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii").split()
    ]
