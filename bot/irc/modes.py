"""Changes of channel modes. https://modern.ircdocs.horse/#mode-message, https://modern.ircdocs.horse/#chanmodes-parameter"""

from __future__ import annotations

from collections.abc import Collection

USUAL = "beI,k,l,imnpst"
"""CHANMODES where the server does not tell."""

HIDDEN = "*"


def without_keys(words: list[str], chanmodes: str, prefixes: Collection[str]) -> list[str]:
    """The letters and arguments of a change, the key of +k or -k replaced: whoever knows it gets in.

    `prefixes` are the letters of those modes that give a nick its symbol.
    """
    lists, always, setting, *_ = [*(chanmodes or USUAL).split(","), "", "", ""]
    with_argument = {True: {*lists, *always, *setting, *prefixes}, False: {*lists, *always, *prefixes}}
    letters, arguments = words[:1], words[1:]
    place, adding = 0, True
    for letter in "".join(letters):
        if letter in "+-":
            adding = letter == "+"
        elif letter in with_argument[adding]:
            if letter == "k" and place < len(arguments):
                arguments[place] = HIDDEN
            place += 1
    return letters + arguments
