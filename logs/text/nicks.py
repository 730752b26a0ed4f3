"""Nick colours: the same person keeps the same colour, on every page and after every restart."""

from __future__ import annotations

from functools import lru_cache
from zlib import crc32

from logs.text.names import fold
from logs.text.palette import NICK_HUES

_TAIL = "_`^|-0123456789"
_ABSENT = ("away", "afk", "zzz", "brb", "work", "home", "mobile")


@lru_cache(maxsize=10_000)
def nick_class(nick: str) -> str:
    """The class name of the nick's colour, `n0` to `n21`; `ann`, `Ann_`, `ann2` and `ann|away` share one."""
    return f"n{crc32(core(nick).encode('utf-8', 'surrogatepass')) % len(NICK_HUES)}"


def core(nick: str) -> str:
    """The nick without what its owner hangs on when it is taken or the owner absent; never empty unless the nick is."""
    folded = fold(nick)
    short = folded.rstrip(_TAIL)
    for word in _ABSENT:
        before = short.removesuffix(word)
        if before != short and before.endswith(("_", "|", "-", "`")):
            short = before.rstrip(_TAIL)
    return short or folded
