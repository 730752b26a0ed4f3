"""The table of all log formats."""

from __future__ import annotations

from logs.formats.adium import ADIUM
from logs.formats.bip import BIP
from logs.formats.chatzilla import CHATZILLA
from logs.formats.colloquy import COLLOQUY
from logs.formats.dircproxy import DIRCPROXY
from logs.formats.eggdrop import EGGDROP
from logs.formats.hexchat import HEXCHAT
from logs.formats.hydrairc import HYDRAIRC
from logs.formats.irccloud import IRCCLOUD
from logs.formats.irclog2html import IRCLOG2HTML
from logs.formats.irssi import IRSSI, IRSSI_CUSTOM
from logs.formats.jsonl import JSONL, RUSTLOG
from logs.formats.konversation import KONVERSATION
from logs.formats.kvirc import KVIRC
from logs.formats.limechat import LIMECHAT
from logs.formats.limnoria import LIMNORIA
from logs.formats.log_format import Format
from logs.formats.mirc import MIRC
from logs.formats.pidgin import PIDGIN
from logs.formats.psybnc import PSYBNC
from logs.formats.raku import RAKU
from logs.formats.sites import BOTBOT, IRCLOGGER, LOGBOT, UBUNTU
from logs.formats.textual import TEXTUAL
from logs.formats.thelounge import THELOUNGE
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
        UBUNTU,
        THELOUNGE,
        KVIRC,
        KONVERSATION,
        PIDGIN,
        BIP,
        PSYBNC,
        DIRCPROXY,
        HYDRAIRC,
        ADIUM,
        COLLOQUY,
        CHATZILLA,
        IRCCLOUD,
        LIMECHAT,
        JSONL,
        RUSTLOG,
        IRSSI_CUSTOM,
        IRCLOG2HTML,
    )
}
"""By name. When two formats fit a log equally well, the first one is taken."""
