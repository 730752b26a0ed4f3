"""The units of deploy/systemd start what the documentation names, by files that are there."""

from __future__ import annotations

import re
import subprocess
from configparser import ConfigParser
from pathlib import Path

import pytest

from tests.processes import ROOT
from tests.programs import require

FOLDER = ROOT / "deploy" / "systemd"
UNITS = sorted(FOLDER.glob("*.service"))


def unit(path: Path) -> ConfigParser:
    parser = ConfigParser(interpolation=None, strict=True)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(path)
    return parser


def test_there_is_one_for_each_process() -> None:
    names = ["botbot-backup", "botbot-bot", "botbot-realtime", "botbot-watch", "botbot-web"]
    assert [path.stem for path in UNITS] == names


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_it_starts_what_is_there(path: Path) -> None:
    service = unit(path)["Service"]
    program, *words = service["ExecStart"].split()
    assert Path(program).parent == Path(service["WorkingDirectory"]) / ".venv/bin"
    assert all((ROOT / word).is_file() for word in words if word.endswith(".py"))
    assert int(service["TimeoutStopSec"]) > 5  # the bot flushes its journal and says QUIT, the web says bye to readers


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_its_command_is_the_documented_one(path: Path) -> None:
    command = unit(path)["Service"]["ExecStart"].partition(".venv/bin/")[2].partition(" $")[0]
    docs = "".join((ROOT / "docs" / name).read_text() for name in ("architecture.md", "operating.md", "installing.md"))
    assert command.removeprefix("python ") in docs


@pytest.mark.parametrize("path", [*UNITS, *FOLDER.glob("*.timer")], ids=lambda path: path.name)
def test_systemd_understands_it(path: Path, tmp_path: Path) -> None:
    verify = require("systemd-analyze", package="systemd")
    copy = tmp_path / path.name
    copy.write_text(re.sub(r"/srv/botbot/.venv/bin/\w+", "/bin/true", path.read_text()))
    if path.suffix == ".timer":
        (tmp_path / f"{path.stem}.service").write_text("[Service]\nExecStart=/bin/true\n")
    result = subprocess.run([verify, "verify", str(copy)], capture_output=True, text=True, timeout=60, check=False)
    assert path.name not in result.stderr
