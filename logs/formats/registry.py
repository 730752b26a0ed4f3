"""The table of all log formats."""

from __future__ import annotations

from logs.formats.eggdrop import EGGDROP
from logs.formats.hexchat import HEXCHAT
from logs.formats.irclog2html import IRCLOG2HTML
from logs.formats.irssi import IRSSI
from logs.formats.jsonl import JSONL, RUSTLOG
from logs.formats.limnoria import LIMNORIA
from logs.formats.log_format import Format
from logs.formats.mirc import MIRC
from logs.formats.raku import RAKU
from logs.formats.sites import BOTBOT, IRCLOGGER, LOGBOT
from logs.formats.textual import TEXTUAL
from logs.formats.weechat import WEECHAT
from logs.formats.znc import ENERGYMECH, ZNC

FORMATS: dict[str, Format] = {
    known.name: known
    for known in (
        IRSSI,
        WEECHAT,
        ZNC,
        ENERGYMECH,
        HEXCHAT,
        MIRC,
        EGGDROP,
        LIMNORIA,
        TEXTUAL,
        RAKU,
        LOGBOT,
        BOTBOT,
        IRCLOGGER,
        JSONL,
        RUSTLOG,
        IRCLOG2HTML,
    )
}
"""By name. When two formats fit a log equally well, the first one is taken."""
