"""Why a server does not let somebody into a channel, by numeric. https://modern.ircdocs.horse/#numerics"""

from __future__ import annotations

REFUSALS = {
    "403": "no such channel",
    "405": "the server allows no more channels",
    "448": "the server forbids the channel",
    "471": "the channel is full",
    "473": "the channel is by invitation only",
    "474": "banned from the channel",
    "475": "the channel wants a key, or another one",
    "476": "the server takes this for no channel's name",
    "477": "the channel wants a registered nick",
    "479": "the server takes this for no channel's name",
    "480": "too many join the channel at once, or it wants TLS",
    "485": "the server does not let us into the channel",
    "489": "the channel wants TLS",
    "500": "too many join the channel at once",
    "519": "the channel is for administrators of the server only",
    "520": "the channel is for operators only",
}
