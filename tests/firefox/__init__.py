"""Debian's Firefox, driven by WebDriver BiDi: puppeteer-core speaks it, without geckodriver (driver.mjs)."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

from tests.programs import require

FOLDER = Path(__file__).parent


class Firefox:
    """One window with an empty page, at UTC. Code is JavaScript of the page, selectors are those of CSS."""

    def __init__(self) -> None:
        self._home = TemporaryDirectory()
        command = [require("node"), str(FOLDER / "driver.mjs"), require("firefox-esr", "firefox")]
        env = os.environ | {"TZ": "UTC", "HOME": self._home.name, "LANG": "en_GB.UTF-8"}
        self._driver = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env)
        self.version = self._read()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        assert self._driver.stdin is not None
        self._driver.stdin.close()
        assert self._driver.wait(60) == 0
        self._home.cleanup()

    def set_cookie(self, name: str, value: str, url: str) -> None:
        self._ask("cookie", name, value, url)

    def clear_cookies(self) -> None:
        self._ask("clear")

    def goto(self, url: str) -> None:
        self._ask("goto", url)

    def reload(self) -> None:
        self._ask("reload")

    def resize(self, width: int, height: int) -> None:
        self._ask("resize", width, height)

    def evaluate(self, code: str) -> Any:
        return self._ask("evaluate", code)

    def wait(self, code: str) -> None:
        """Wait until an expression is true."""
        self._ask("wait", code)

    def click(self, selector: str, modifier: str = "") -> None:
        self._ask("click", selector, modifier)

    def press(self, key: str, modifier: str = "") -> None:
        self._ask("press", key, modifier)

    def take_complaints(self) -> list[str]:
        """What the browser has complained of since the last call: errors, and requests to other hosts."""
        complaints: list[str] = self._ask("complaints")
        return complaints

    def _ask(self, *command: object) -> Any:
        assert self._driver.stdin is not None
        self._driver.stdin.write(f"{json.dumps(command)}\n")
        self._driver.stdin.flush()
        return self._read()

    def _read(self) -> Any:
        assert self._driver.stdout is not None
        line = self._driver.stdout.readline()
        assert line, "the driver has ended"
        answer = json.loads(line)
        assert "error" not in answer, answer["error"]
        return answer["value"]


def install_driver() -> None:
    """Install puppeteer-core as the lock file says, once; several test processes may want it at the same time."""
    npm = require("npm")
    lock_file = FOLDER / "package-lock.json"
    stamp = FOLDER / "node_modules" / "installed.stamp"
    var = FOLDER.parents[1] / "var"
    var.mkdir(exist_ok=True)
    with (var / "firefox.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not stamp.exists() or stamp.stat().st_mtime < lock_file.stat().st_mtime:
            command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
            done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stdout + done.stderr
            stamp.touch()
