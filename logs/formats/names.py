"""What the names of log files and folders tell."""

from __future__ import annotations

import re
from datetime import date, datetime

_NUMBERS = re.compile(r"(?<!\d)((?:19|20)\d\d)([-_.]?)([01]\d)\2([0-3]\d)(?!\d)")
_EGGDROP = re.compile(r"(?<!\d)([0-3]\d)((?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)(?:19|20)\d\d)(?!\d)")


def day_of(name: str) -> date | None:
    """The day that a file's name holds: 2014-03-01, 20140301, 2014_03_01, 01Mar2014; None when it holds none."""
    try:
        if match := _last(_NUMBERS, name):
            return date(int(match[1]), int(match[3]), int(match[4]))
        if match := _last(_EGGDROP, name):
            return datetime.strptime(match[1] + match[2], "%d%b%Y").date()  # noqa: DTZ007
    except ValueError:
        pass
    return None


def _last(pattern: re.Pattern[str], name: str) -> re.Match[str] | None:
    return next(reversed(list(pattern.finditer(name))), None)
