"""Learn which files grow: from the kernel, or by looking again and again where it does not tell."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from functools import partial
from pathlib import Path

import gevent
import psutil
from gevent.event import Event
from gevent.socket import wait_read
from inotify_simple import INotify, flags

from logs.greenlets import spawn_lasting

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.5
RESCAN_SECONDS = 60.0
"""The interval of full scans while the kernel reports each change, in case one was lost."""

GATHER_SECONDS = 0.02
"""Time after the first news in which more may come: a program writes a line in several pieces."""

NETWORK_FILE_SYSTEMS = {
    *("9p", "afs", "ceph", "cifs", "gfs2", "gluster", "glusterfs", "lustre", "ncpfs", "nfs", "nfs4", "ocfs2"),
    *("prl_fs", "smb2", "smb3", "smbfs", "vboxsf", "virtiofs", "vmhgfs"),
}
"""Their changes may be made elsewhere, of which the kernel here does not know."""

_GROWN = flags.MODIFY | flags.CLOSE_WRITE
_MOVED = flags.CREATE | flags.MOVED_FROM | flags.MOVED_TO | flags.DELETE | flags.DELETE_SELF | flags.MOVE_SELF
_LOST = flags.Q_OVERFLOW | flags.IGNORED


class Changes:
    """Waits for changes below some folders.

    `polls`: the kernel does not report changes, so that each `wait` ends soon and asks for a full scan.
    """

    def __init__(self, folders: Iterable[Path], poll_seconds: float | None = None) -> None:
        self.polls = poll_seconds is not None or any(is_on_network(folder) for folder in folders)
        self._poll_seconds = poll_seconds or POLL_SECONDS
        self._inotify: INotify | None = None
        self._folders: dict[int, str] = {}
        self._grown: set[str] = set()
        self._has_moved = True
        self._has_changes = Event()
        self._reader: gevent.Greenlet[..., None] | None = None
        if not self.polls:
            self._start()

    def follow(self, folders: Iterable[Path]) -> None:
        """Learn of changes of the files in these folders, and of no others."""
        if self._inotify is None:
            return
        paths = {str(folder) for folder in folders}
        known = {path: number for number, path in self._folders.items()}
        try:
            for path in paths - known.keys():
                self._folders[self._inotify.add_watch(path, _GROWN | _MOVED | flags.ONLYDIR)] = path
                # What came between the look that found the folder and now is found by another look.
                self._has_moved = True
        except FileNotFoundError:
            self._has_moved = True
        except OSError as error:
            # fs.inotify.max_user_watches, most often.
            logger.warning("the kernel does not report changes, so the files are scanned again and again: %s", error)
            self.stop()
            self.polls = True

    def wait(self, seconds: float) -> tuple[set[str], bool]:
        """Wait for changes, at most `seconds`; return the paths that grew, and whether a full scan is needed."""
        if self.polls:
            self._has_changes.wait(min(seconds, self._poll_seconds))
            self._has_changes.clear()
            return set(), True
        if self._has_changes.wait(seconds):
            gevent.sleep(GATHER_SECONDS)
        self._has_changes.clear()
        grown, self._grown = self._grown, set()
        has_moved, self._has_moved = self._has_moved, False
        return grown, has_moved

    def wake(self) -> None:
        """End the present wait."""
        self._has_changes.set()

    def stop(self) -> None:
        if self._reader is not None:
            self._reader.kill()
        if self._inotify is not None:
            self._inotify.close()
        self._inotify = self._reader = None
        self._folders.clear()

    def _start(self) -> None:
        try:
            self._inotify = INotify(nonblocking=True)
        except (OSError, AttributeError) as error:
            logger.warning("the kernel does not report changes, so the files are scanned again and again: %s", error)
            self.polls = True
            return
        self._reader = spawn_lasting("learning which log files grow", partial(self._read, self._inotify))

    def _read(self, inotify: INotify) -> None:
        while True:
            wait_read(inotify.fileno())
            for event in inotify.read(timeout=0):
                folder = self._folders.get(event.wd)
                if event.mask & flags.IGNORED:
                    self._folders.pop(event.wd, None)
                if folder is None or event.mask & (_MOVED | _LOST):
                    self._has_moved = True
                else:
                    self._grown.add(f"{folder}/{event.name}")
            self._has_changes.set()


def is_on_network(path: Path) -> bool:
    """Whether a path is on a file system that other machines may change."""
    best = ""
    kind = ""
    for partition in psutil.disk_partitions(all=True):
        mount = partition.mountpoint.rstrip("/") + "/"
        if f"{path}/".startswith(mount) and len(mount) >= len(best):
            best, kind = mount, partition.fstype
    return kind in NETWORK_FILE_SYSTEMS or kind.startswith("fuse.")
