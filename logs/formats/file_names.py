"""Find day, channel and network in the paths of log files."""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import PurePath
from typing import NamedTuple

_NUMBERS = re.compile(r"(?<!\d)((?:19|20)\d\d)([-_.]?)([01]\d)\2([0-3]\d)(?!\d)")
_EGGDROP = re.compile(r"(?<!\d)([0-3]\d)((?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)(?:19|20)\d\d)(?!\d)")
_ENDINGS = re.compile(r"(?i:\.(?:log|txt|weechatlog|jsonl))?(?i:\.(?:gz|zst|bz2|xz))?$")
_ARCHIVE = re.compile(r"(?i:\.(?:tar(?:\.\w+)?|tgz|tzst|txz))$")
_FOLDERS = re.compile(r"(?:^|/)((?:19|20)\d\d)[-_./]([01]\d)[-_./]([0-3]\d)(?:\.\w+)*$")
_YEAR_OR_MONTH = re.compile(r"(?:(?:19|20)\d\d)?[-_.]?(?:[01]?\d)?")
_SEPARATORS = " ._-"
_COMMON = {"log", "logs", "irclogs", "moddata", "users", "networks", "channellogger", "xchatlogs", "scrollback", "tmp"}


class ChannelRef(NamedTuple):
    """The names of a channel and its network; None for a part that is not known."""

    network: str | None
    channel: str | None


def day_in_name(name: str) -> date | None:
    """The day in a file's name: 2014-03-01, 20140301, 2014_03_01, 01Mar2014; None if there is none."""
    try:
        if match := _last(_NUMBERS, name):
            return date(int(match[1]), int(match[3]), int(match[4]))
        if match := _last(_EGGDROP, name):
            return datetime.strptime(match[1] + match[2], "%d%b%Y").date()  # noqa: DTZ007
    except ValueError:
        pass
    return None


def day_in_path(path: PurePath) -> date | None:
    """The day in a file's name, or in its folders and name: 2014/03/01.log, 2014-03/01.txt."""
    if day := day_in_name(path.name):
        return day
    try:
        match = _FOLDERS.search("/".join(path.parts[-3:]))
        return date(int(match[1]), int(match[2]), int(match[3])) if match else None
    except ValueError:
        return None


def channel_folder(path: PurePath) -> str | None:
    """The folder that may be named like the channel without its sign, as in raku-dev/2023/2023-04-03."""
    for part in reversed(path.parts[:-1]):
        if not (_YEAR_OR_MONTH.fullmatch(part) or part.lower() in _COMMON or part in {"/", "..", "."}):
            name = _ARCHIVE.sub("", part)
            return name or None
    return None


def channel_in_path(path: PurePath) -> ChannelRef:
    """The channel in a path, from the last part with a `#`, as clients name their logs.

    libera/#python/2020-01-02.log, libera/#python.log, irc.libera.#python.weechatlog, libera_#python_20200102.log
    """
    for number in reversed(range(len(path.parts))):
        before, sign, after = _split(path.parts[number])
        if sign:
            above = [part for part in path.parts[:number] if not _split(part)[1]]
            network = _network(before) or _network(above[-1] if above else "")
            return ChannelRef(network, _channel(sign, after))
    return ChannelRef(None, None)


def channel_file_name(channel: str) -> str:
    """A channel's name as a file name; `channel_in_path` is the inverse."""
    return channel.replace("%", "%25").replace("/", "%2F")


def _split(part: str) -> tuple[str, str, str]:
    """Split into what stands before a channel's name, its sign, and the rest. Other signs only start a part."""
    return ("", part[0], part[1:]) if part[:1] in {"&", "+", "!"} else part.partition("#")


def _channel(sign: str, after: str) -> str | None:
    name = _ENDINGS.sub("", after)
    for pattern in (_NUMBERS, _EGGDROP):
        if match := _last(pattern, name):
            name = name[: match.start()].rstrip(_SEPARATORS)
    return sign + name.replace("%2F", "/").replace("%25", "%") if name else None


def _network(name: str) -> str | None:
    name = name.strip(_SEPARATORS).removeprefix("irc.").strip(_SEPARATORS)
    return None if not name or name.lower() in _COMMON or name.startswith("/") else name


def _last(pattern: re.Pattern[str], name: str) -> re.Match[str] | None:
    return next(reversed(list(pattern.finditer(name))), None)
