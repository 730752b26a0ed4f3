"""How every `manage.py` command starts: environment first, then Django."""

from __future__ import annotations

import os
import sys

from botbot.env import SettingError


def main(argv: list[str]) -> int:
    """Runs one management command; returns the exit code. What a person can mend is told in one sentence."""
    from botbot.embedded import EmbeddedError, prepare

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "botbot.settings")
    try:
        prepare()
        from django.core.management import execute_from_command_line

        execute_from_command_line(argv)
    except (SettingError, EmbeddedError) as error:
        print(f"botbot: {error}", file=sys.stderr)
        return 1
    return 0
