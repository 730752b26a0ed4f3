"""Log files that grow, and a watcher that is asked to look at them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from logs.formats.plan import ImportOptions
from logs.models import Line, WatchedFile
from logs.watching.planning import WatchOptions
from logs.watching.watcher import LogWatcher

NEW = object()


class Folder:
    """A folder of logs as WeeChat writes them, of testnet's channel #garden; it is followed from its first look on."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.log = path / "irc.testnet.#garden.weechatlog"
        self.options = WatchOptions(ImportOptions(zone=UTC), shows_new=True)
        self.said: list[str] = []
        self._watcher: LogWatcher | None = None
        self._count = 0

    def watcher(self, *paths: Path) -> LogWatcher:
        if self._watcher is None:
            self._watcher = LogWatcher(paths or [self.path], self.options)
        return self._watcher

    def look(self) -> None:
        """The watcher stores what is there."""
        self.watcher().follow_now(self.said.append)

    def restart(self, **options: Any) -> None:
        """The next look is that of another process."""
        self.close()
        self.options = WatchOptions(**{"files": ImportOptions(zone=UTC), "shows_new": True} | options)

    def close(self) -> None:
        if self._watcher is not None:
            self._watcher.close()
        self._watcher = None

    def write(self, *texts: str, log: Path | None = None, nick: str = "ann", at: datetime | None = None) -> None:
        """Append a line for each text, said now; each is a microsecond later than the one before."""
        with (log or self.log).open("a", encoding="utf-8") as file:
            for text in texts:
                self._count += 1
                when = (at or timezone.now() - timedelta(seconds=5)) + timedelta(microseconds=self._count)
                file.write(f"{when:%Y-%m-%d %H:%M:%S.%f}Z\t{nick}\t{text}\n")

    def texts(self) -> list[str]:
        """What the archive has, in the order of the ids."""
        return list(Line.objects.order_by("channel__folded", "id").values_list("text", flat=True))

    def row(self, path: Path | None = None) -> WatchedFile:
        return WatchedFile.objects.exclude(state="gone").get(path=str(path or self.log))


@pytest.fixture
def folder(tmp_path: Path, db: None) -> Iterator[Folder]:
    path = tmp_path / "logs"
    path.mkdir()
    made = Folder(path)
    yield made
    made.close()


@pytest.fixture
def followed(folder: Folder) -> Folder:
    """A folder with one file that is followed already; its only line is older."""
    folder.write("old")
    folder.look()
    return folder


Make = Callable[..., Folder]
