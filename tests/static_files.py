"""Lets WhiteNoise look for static files once in a test process, and not for every test client anew."""

from __future__ import annotations

from typing import Any

from whitenoise.base import WhiteNoise

_files: dict[tuple[str, str], dict[str, Any]] = {}
"""By folder and address: what WhiteNoise found there. Nothing is added to a folder once the tests have begun."""

_update_files = WhiteNoise.update_files_dictionary


def _update_known_files(self: Any, root: str, prefix: str) -> None:
    key = (str(root), prefix)
    if key not in _files:
        earlier, self.files = self.files, {}
        _update_files(self, root, prefix)
        _files[key], self.files = self.files, earlier
    self.files.update(_files[key])


def install() -> None:
    """Makes the middleware of this process use it."""
    WhiteNoise.update_files_dictionary = _update_known_files
