"""Hide what must not be published: keys of channels, and hosts and addresses in modes, reasons and bans.

What is said live and what is imported passes here, so that both give the same lines.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection

DEFAULT_CHANMODES = "beI,k,l,imnpst"
DEFAULT_PREFIX_MODES = "qaohv"
KEY_MODE = "k"
HIDDEN = "*"

USER_AT_HOST = r"[^\s!@()\[\]<>]{1,60}@[^\s@()\[\]<>]{1,200}"

_KEY_LETTERS = re.compile(r"[+-][A-Za-z]*k[A-Za-z]*|k")
_BRACKETED_HOST = re.compile(rf"[(\[<]{USER_AT_HOST}[)\]>] ?")
_FULL_MASK = re.compile(r"([^\s!@*?]{1,60})![^\s!@*?]{1,60}@[^\s!@*?]{0,200}[^\W_]")
_WILD_MASK = re.compile(
    r"([^\s!@,()\[\]<>]{0,60})!(?:[^\s!@,]{1,60}|(?<=\*!))@[^\s,()\[\]<>]{1,200}|\*@[^\s,()\[\]<>]{1,200}"
)
"""A user is missing only behind a wildcard: `bye!@all` is no mask."""

_EXTENDED_BAN = re.compile(r"(?<!\S)([$~]?~?[A-Za-z]{1,20}:)[^\s@]{1,300}(?!\S)")
"""A mask by account, real name or channel, as `$a:account` and `~account:name`."""

_BARE_HOST = re.compile(
    rf"(?<!\S)~{USER_AT_HOST}|(?i:(?<=lined )|(?<=lined: )|(?<=banned ))[^\s!@*()\[\]]{{1,60}}@[^\s@()]{{1,200}}"
)
"""Without brackets only behind what servers say; people write `mail me at anna@example.org`."""

_SERVER_BAN = re.compile(r"[A-Za-z]{1,6}-?[Ll]ined\b")
_ANY_HOST = re.compile(rf"(?<!\S){USER_AT_HOST}")
"""Without brackets also anywhere in what a server says of a ban of its own."""

_IP_IN_NAME = re.compile(r"(?<![^\W\d_])ip[.-]\d{1,3}(?:[.-]\d{1,3}){3}(?!\d)")
"""An address in a gateway's name, as `gateway/web/ip.203.0.113.5`."""

_ADDRESS = re.compile(
    r"(?<![\w.-])\d{1,3}(?:\.\d{1,3}){3}(?![\w-]|\.\w)"
    r"|(?<![\w.:-])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?![\w:-]|\.\w)"
)


def mask_modes(modes: str) -> str:
    """Return a change of modes, whose keys are hidden already, without hosts, addresses, and accounts of bans."""
    text = _ADDRESS.sub(_hide_address, mask_hosts(modes))
    if "@" in text:
        text = _ANY_HOST.sub("*@*", text)
    return _EXTENDED_BAN.sub(r"\1*", text) if ":" in text else text


def mask_hosts(text: str) -> str:
    """Return a reason or a mode without hosts and addresses: `nick!user@host` becomes `nick`, an address `*`.

    Of masks with wildcards only the nick stays: `anna*!*@host` becomes `anna*!*@*`.
    """
    if "@" in text:
        text = _BRACKETED_HOST.sub("", _BARE_HOST.sub(HIDDEN, _FULL_MASK.sub(r"\1", text))).rstrip()
        text = _WILD_MASK.sub(_hide_mask, text)
        if _SERVER_BAN.match(text):
            text = _ANY_HOST.sub(HIDDEN, text)
    if "ip" in text:
        text = _IP_IN_NAME.sub(HIDDEN, text)
    if "." in text or ":" in text:
        text = _ADDRESS.sub(_mask_address, text)
    return text


def _hide_mask(match: re.Match[str]) -> str:
    # The name before the host is part of an address, too.
    return "*@*" if match[1] is None else f"{match[1]}!*@*"


def _hide_address(match: re.Match[str]) -> str:
    # `::` and `a::b` are rather code: addresses of people have digits.
    has_digit = any(map(str.isdigit, match[0]))
    return HIDDEN if has_digit and is_address(match[0]) else match[0]


def _mask_address(match: re.Match[str]) -> str:
    # Versions of programs look like addresses, but their numbers are small.
    numbers = [int(part) for part in match[0].split(".")] if "." in match[0] else []
    is_version = bool(numbers) and max(numbers) < 100 and numbers[0] < 20
    return match[0] if is_version else _hide_address(match)


def is_address(text: str) -> bool:
    """Whether the text is an IP address."""
    if "." not in text and ":" not in text:
        return False
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def hide_keys(words: list[str], chanmodes: str = "", prefix_modes: Collection[str] = DEFAULT_PREFIX_MODES) -> list[str]:
    """Replace the key of +k or -k in the letters and arguments of a mode change: a key lets its reader join.

    `prefix_modes` are the letters of modes that give a nick its symbol. Where it is uncertain which argument belongs to
    the key, because the server does not say of another letter that it takes one, all arguments are replaced.
    https://modern.ircdocs.horse/#mode-message, https://modern.ircdocs.horse/#chanmodes-parameter
    """
    # The four groups of CHANMODES: lists, always an argument, an argument only when set, never an argument.
    lists, always, when_set, *_ = [*(chanmodes or DEFAULT_CHANMODES).split(","), "", "", ""]
    takes_argument = {
        True: {*lists, *always, *when_set, *prefix_modes, KEY_MODE},
        False: {*lists, *always, *prefix_modes, KEY_MODE},
    }
    # The whole change may be one parameter.
    words = [part for word in words for part in word.split()]
    arguments: list[int] = []
    position, has_key, is_certain = 0, False, True
    while position < len(words):
        letters = words[position]
        if position and letters[0] not in "+-":
            # More arguments than letters take.
            arguments.append(position)
            is_certain = False
            position += 1
            continue
        is_adding = True
        for letter in letters:
            if letter in "+-":
                is_adding = letter == "+"
            elif letter in takes_argument[is_adding]:
                position += 1
                arguments.append(position)
                if letter == KEY_MODE:
                    has_key = True
                    words[position : position + 1] = [HIDDEN] * (position < len(words))
        position += 1
    is_certain = is_certain and position <= len(words)
    # What was taken for an argument may be letters, too: `+o +k key`, `+ k key`.
    may_have_key = has_key or any(_KEY_LETTERS.fullmatch(word) for word in words[1:])
    for argument in arguments if may_have_key and not is_certain else ():
        words[argument : argument + 1] = [HIDDEN] * (argument < len(words))
    return words
