"""The environment file is read as systemd reads it, and what systemd would read in a surprising way is refused."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from botbot import env
from botbot.env import SettingError
from tests.programs import require

VALUES = [
    "plain",
    "",
    "Cats and Dogs",
    "  between blanks  ",
    "Cats & Dogs; more | <less>",
    "postgres://user:p%40ss@host,other/name?sslmode=require&target_session_attrs=read-write",
    "a # is no comment",
    "#nor here",
    "$HOME ${HOME} $(id) `id`",
    "it's said",
    'a "quoted" word',
    "a=b=c",
    r"C:\temp",
    r"a\\b\"c",
    r"blank\ ",
    "goes on\\\nhere",
    '"in quotes"',
    '"  blanks and # and \' "  ',
    r'"a \"b\" \\ \$HOME \`id\` \n"',
    '"goes on\\\nhere"',
    "'single $HOME \"x\" \\n \\'",
    "'  two  '",
    "grün ☕",
]
"""As they stand behind the equals sign."""


def read_by_systemd(value: str, folder: Path) -> str:
    """What systemd makes of `NAME=value`.

    Its reader of environment files reads os-release as well, which systemd-tmpfiles can write into a file: that needs
    no running systemd.
    """
    (folder / "etc").mkdir()
    (folder / "etc/os-release").write_text(f"BUILD_ID={value}\n", encoding="utf-8")
    (folder / "usr/lib/tmpfiles.d").mkdir(parents=True)
    (folder / "usr/lib/tmpfiles.d/value.conf").write_text("f /value - - - - >%B<\n", encoding="utf-8")
    program = require("systemd-tmpfiles", package="systemd")
    subprocess.run([program, "--create", f"--root={folder}"], check=True, capture_output=True, timeout=60)
    written = (folder / "value").read_text(encoding="utf-8")
    assert (written[0], written[-1]) == (">", "<")
    return written[1:-1]


@pytest.mark.parametrize("value", VALUES)
def test_a_value_is_what_systemd_reads(value: str, tmp_path: Path) -> None:
    assert env.parse(f"NAME={value}\n") == {"NAME": read_by_systemd(value, tmp_path)}


def test_lines_are_assignments_comments_or_empty() -> None:
    content = "# one\n; two\n\n  A = 1 \nB=\nC='x'\nA=2\n   # three\nD=no end"
    assert env.parse(content) == {"A": "2", "B": "", "C": "x", "D": "no end"}


@pytest.mark.parametrize(
    "line",
    [
        "export A=1",
        "A",
        "1A=1",
        "A-B=1",
        "A='x' # the value would be: x# the value ...",
        'A="x"y',
        "A='no end",
        'A="no end',
        "# a comment \\",
        "A=bell\a",
    ],
)
def test_an_invalid_line_is_an_error_that_names_it(line: str) -> None:
    with pytest.raises(SettingError, match=r"settings, line 3, is not understood") as raised:
        env.parse(f"SECRET_KEY=hush\n\n{line}\n", "settings")
    assert "hush" not in str(raised.value)


def test_settings_that_are_set_already_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "environment"
    file.write_text("ONE=file\nTWO=file\nTHREE_FILE=/file\nFOUR=file\n", encoding="utf-8")
    for name, value in {"ENVIRONMENT_FILE": str(file), "ONE": "set", "TWO": "", "THREE": "set"}.items():
        monkeypatch.setenv(name, value)
    for name in ("THREE_FILE", "FOUR"):
        monkeypatch.setenv(name, "")  # so that it is unset at the end
    env.load()
    assert [os.environ.get(name) for name in ("ONE", "TWO", "THREE", "THREE_FILE", "FOUR")] == [
        *("set", "file", "set", "", "file")
    ]


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "environment"
    monkeypatch.setenv("ENVIRONMENT_FILE", str(file))
    with pytest.raises(SettingError, match=f"ENVIRONMENT_FILE={file} cannot be read"):
        env.load()
    file.write_bytes(b"A=\xff\n")
    with pytest.raises(SettingError, match=f"ENVIRONMENT_FILE={file} cannot be read"):
        env.load()
