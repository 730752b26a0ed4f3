"""Find day, channel and network in the paths of log files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path, PurePath
from typing import NamedTuple

from logs.formats.month_names import find_day, find_day_in_text, month_number

# Days as programs write them into names: in figures (20140301, 2014-03-01), as eggdrop does (01Mar2014), in folders
# (2014/03/01, bip's 2014-03/#c.01.log, with the name of the month), the day first (01.03.2014), with a named month.
_NUMBERS = re.compile(r"(?<!\d)((?:19|20)\d\d)([-_.]?)([01]\d)\2([0-3]\d)(?!\d)")
_EGGDROP = re.compile(r"(?<!\d)([0-3]\d)((?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)(?:19|20)\d\d)(?!\d)")
_ENDINGS = re.compile(
    r"(?i:\.(?:log|txt|weechatlog|jsonl?|html?|xml|chatlog|colloquyTranscript))?(?i:\.(?:gz|zst|bz2|xz))?$"
)
_ARCHIVE = re.compile(r"(?i:\.(?:tar(?:\.\w+)?|tgz|tzst|txz))$")
_CONTAINER = re.compile(r"(?i:.+\.(?:tar(?:\.\w+)?|tgz|tzst|txz|zip|sqlite3?|db|csv|json|sql|trl))")
"""What contains logs of several channels, and is not called like a network."""

_FOLDERS = re.compile(
    r"(?:^|/)(?P<year>(?:19|20)\d\d)[-_./](?P<month>[01]?\d)[-_./](?P<day>[0-3]?\d)(?=/|(?:\.[A-Za-z]\w*)*$)"
    r"|(?:^|/)(?P<bip_year>(?:19|20)\d\d)-(?P<bip_month>[01]\d)/[^/]{1,200}\.(?P<bip_day>[0-3]\d)\.log(?:\.\w+)?$"
    r"|(?:^|/)(?P<named>(?:19|20)\d\d[-_./ ][^\W\d_]{3,12}[-_./ ][0-3]?\d)(?=/|(?:\.[A-Za-z]\w*)*$)"
)
_DAY_FIRST = re.compile(r"(?<!\d)([0-3]\d)([-_.])([01]\d)\2((?:19|20)\d\d)(?!\d)")
_NAMED_MONTH = re.compile(r"(?<!\d)([0-3]?\d)[-_. ]([^\W\d_]{3,12})[-_. ]((?:19|20)\d\d)(?!\d)")
_KVIRC = re.compile(
    r"(?P<kind>channel|query|console|dccchat)_(?P<channel>[#&+!]?.+)\.(?P<network>[^._]+)_"
    r"(?P<day>\d\d[-.]\d\d[-.]\d{4}|\d{4}[-.]\d\d[-.]\d\d)\.log(?:\.gz)?"
)
"""https://github.com/kvirc/KVIrc: the kind of window, its name, the network and the day."""

_LIMECHAT = re.compile(r"[#&][^/]*/(?:19|20)\d\d-\d\d-\d\d_(?P<network>[^/]{1,60})\.txt")
"""Behind the folder of a channel, the day and the network: https://github.com/psychs/limechat."""

_BIP_DAY = re.compile(r"\.[0-3]\d$")
_LOUNGE_ID = re.compile(r"-[0-9a-f]{0,8}-?(?:[0-9a-f]{0,4}-){0,3}[0-9a-f]{12}$")
"""What The Lounge appends to a network's name: the end of an identifier."""

_YEAR_OR_MONTH = re.compile(r"(?:(?:19|20)\d\d)?[-_.]?(?:[01]?\d)?")
_SEPARATORS = " ._-"
_COMMON = {"log", "logs", "irclogs", "moddata", "users", "networks", "channellogger", "xchatlogs"} | {
    *("scrollback", "tmp", "channel")  # HydraIRC: Channel_#python.txt
}
_CHATZILLA_FOLDER = "channels"
"""The folder between that of the network and its channels' files."""


class ChannelRef(NamedTuple):
    """The names of a channel and its network; None for a part that is not known."""

    network: str | None
    channel: str | None


def day_in_name(name: str) -> date | None:
    """The day in a file's name: 2014-03-01, 20140301, 2014_03_01, 01Mar2014, 01.03.2014; None if there is none."""
    try:
        if match := _last(_NUMBERS, name):
            return date(int(match[1]), int(match[3]), int(match[4]))
        if match := _last(_EGGDROP, name):
            return datetime.strptime(match[1] + match[2], "%d%b%Y").date()  # noqa: DTZ007
        # 01-02-2014 may be January in America: it counts only where it is certain, or written by KVIrc.
        if (match := _last(_DAY_FIRST, name)) and (match[2] == "." or int(match[1]) > 12 or _KVIRC.fullmatch(name)):
            return date(int(match[4]), int(match[3]), int(match[1]))
    except ValueError:
        pass
    match = _last(_NAMED_MONTH, name)
    return find_day("", match[2], match[1], match[3]) if match else None


def day_in_path(path: PurePath) -> date | None:
    """The day in a file's name, or else the last one in its folders: 2014/03/01.log, 2014/03/01/#c.txt."""
    # A name with a day that does not exist, or might be two, is not of the day of its folder.
    if _tells_day(path.name):
        return day_in_name(path.name)
    text = "/".join(path.parts)
    match = _last(_FOLDERS, text)
    if match is None:
        return next((day_in_name(part) for part in reversed(path.parts[:-1]) if _tells_day(part)), None)
    if match["named"]:
        return find_day_in_text(re.sub(r"[-_./]", " ", match["named"]))
    year, month, day_number = match["year"], match["month"], match["day"]
    if year is None:
        year, month, day_number = match["bip_year"], match["bip_month"], match["bip_day"]
    try:
        return date(int(year), int(month), int(day_number))
    except ValueError:
        return None


def _tells_day(name: str) -> bool:
    return day_in_name(name) is not None or any(pattern.search(name) for pattern in (_NUMBERS, _EGGDROP, _DAY_FIRST))


def is_page_of_text_file(path: PurePath) -> bool:
    """Whether the path is of a page beside a text file of the same name, as sites publish both."""
    return path.suffix.lower() in {".html", ".htm"} and any(
        Path(path).with_suffix(suffix).exists() for suffix in (".txt", ".log", "")
    )


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
    if match := _KVIRC.fullmatch(path.name):
        is_channel = match["kind"] == "channel"
        return ChannelRef(_network(match["network"]), match["channel"] if is_channel else None)
    if len(path.parts) > 1 and (match := _LIMECHAT.fullmatch("/".join(path.parts[-2:]))):
        return ChannelRef(_network(match["network"]), path.parts[-2])
    folders = _last(_FOLDERS, "/".join(path.parts))
    is_bip = folders is not None and folders["bip_year"] is not None
    # The innermost part with a sign names the channel; its network stands before the sign, or in a folder above.
    for number in reversed(range(len(path.parts))):
        before, sign, after = _split(path.parts[number])
        if sign:
            above = [part for part in _without_days(path.parts[:number]) if not _split(part)[1]]
            above = above[:-1] if above[-1:] == [_CHATZILLA_FOLDER] else above
            network = _network(before) or _network(above[-1] if above else "")
            return ChannelRef(network, _channel(sign, after, is_bip=is_bip))
    return ChannelRef(None, None)


def _without_days(parts: Sequence[str]) -> list[str]:
    """The folders that are not named like a year, a month or a day."""
    folders: list[str] = []
    is_below_year = False
    for part in parts:
        is_day = part.isdigit() or bool(_YEAR_OR_MONTH.fullmatch(part)) or _tells_day(part)
        if not is_day and not (is_below_year and month_number(part)) and not _CONTAINER.fullmatch(part):
            folders.append(part)
        is_below_year = len(part) == 4 and part.isdigit()
    return folders


def channel_file_name(channel: str) -> str:
    """A channel's name as a file name; `channel_in_path` is the inverse."""
    return channel.replace("%", "%25").replace("/", "%2F")


def _split(part: str) -> tuple[str, str, str]:
    """Split into what stands before a channel's name, its sign, and the rest. Other signs only start a part."""
    return ("", part[0], part[1:]) if part[:1] in {"&", "+", "!"} else part.partition("#")


def _channel(sign: str, after: str, *, is_bip: bool = False) -> str | None:
    name = _ENDINGS.sub("", after)
    if is_bip:
        name = _BIP_DAY.sub("", name)
    for pattern in (_NUMBERS, _EGGDROP, _DAY_FIRST, _NAMED_MONTH):
        if match := _last(pattern, name):
            name = name[: match.start()].rstrip(f"{_SEPARATORS}(")
    return sign + name.replace("%2F", "/").replace("%25", "%") if name else None


def _network(name: str) -> str | None:
    name = _LOUNGE_ID.sub("", name).strip(_SEPARATORS).removeprefix("irc.").strip(_SEPARATORS)
    return None if not name or name.lower() in _COMMON or name.startswith("/") else name


def _last(pattern: re.Pattern[str], name: str) -> re.Match[str] | None:
    return next(reversed(list(pattern.finditer(name))), None)
