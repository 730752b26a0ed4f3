"""Where the project's files are: in a checkout, or installed as a package that has templates and styles in it."""

from __future__ import annotations

import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
"""The folder of the packages `botbot`, `logs` and `bot`."""

IS_INSTALLED = not (BASE_DIR / "templates").is_dir()

RESOURCES = BASE_DIR / "botbot" / "resources" if IS_INSTALLED else BASE_DIR
"""The folder of `templates`, `static`, gunicorn.conf.py and realtime.conf.py."""


def default_var_folder() -> Path:
    """Where the project writes unless VAR_DIR says otherwise: `var` in a checkout, else the user's folder for state."""
    if not IS_INSTALLED:
        return BASE_DIR / "var"
    state = os.environ.get("XDG_STATE_HOME", "")
    return (Path(state) if state else Path.home() / ".local" / "state") / "botbot"
