"""Recognise what must not come from a log into the archive: hosts, addresses, and answers of a server to WHOIS.

Every format's lines pass here after they were parsed, so that no mistake of a format publishes a host. What people say
may contain anything: only names, the reasons of departures, modes, and the shape of actions are examined.
"""

from __future__ import annotations

import re

from logs.formats.log_items import ACTION, JOIN, MESSAGE, MODE, NICK, NOTICE, REMOVED, TOPIC, LogLine
from logs.text.masking import USER_AT_HOST, hide_keys, is_address, mask_hosts, mask_modes

CTCP_MARK = "\x01"
_CTCP_ACTION = re.compile(r"\x01ACTION ?([^\x01]*)\x01?", re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")

_NICK = re.compile(r"[^\s!@*?,()<>\"\x00-\x1f]{1,200}")
"""What can stand where a status line names a person or a server."""

_MARKED_HOST = re.compile(r"[~!(\[<][^\s@]{1,60}@[^\s@]")
_NAMED_HOST = re.compile(r"[!(\[~].{0,200}@|@.{1,200}[.:]")
"""What the name of a speaker does not contain, although an `@` may stand in it behind a bridge."""

_BOUNCER_MODULE = re.compile(r"\*[a-z_]{2,40}")
"""Who speaks to a bouncer's user alone, as `*status`."""

_ELSEWHERE = re.compile(r"[:(][~&@%+!]{0,5}[#&]")
"""How a client names the channel where somebody speaks who does not speak in the window's."""

_SERVER_ANSWER = re.compile(
    # `nick (user@host): real name`, `nick [user@host] has joined`, `nick ~user@host * real name`
    rf"[(\[<]{USER_AT_HOST}[)\]>](?:[: ]|$)|~?{USER_AT_HOST} \* "
    r"|[(\[<][^\s()\[\]<>]{1,200}[)\]>] (?:has )?(?:joined|left|quit)\b"
    r"|is (?:~?[^\s@]{1,60}@[^\s@]{1,200}(?: |$)|connecting from |logged in as |an IRC operator|identified (?:to|for) "
    r"|using (?:a secure|modes)|actually using host|on [#&+!@%][^ ]* *$)"
    r"|(?:has been )?idle (?:for )?\d[\d:a-z ]{0,40}(?:, sign|$)"
    r"|(?:Real Host|real hostname|actual host)\b|End of (?:/?WHO|WHOIS|WHOWAS)"
    r"|using [\w-]{1,60}(?:\.[\w-]{1,60}){2,8}(?: |$)|is using a secure"
)
"""How the text of an "action" begins that a client made of a server's answer to WHOIS."""

_RAW_ANSWER = re.compile(
    r":(?:No such|Cannot|You|They|End of|Nick|User|is |has |actually)"
    r"|~?[^\s@]{1,60} [\w-]{1,63}(?:\.[\w-]{1,63}){1,8} \*(?: |$)"
)
"""The same of clients that show an answer as the server sends it: a text behind `:`, or `user host * :real name`."""

_CTCP_COMMAND = (
    r"(?:VERSION|PING|TIME|FINGER|USERINFO|CLIENTINFO|SOURCE|ERRMSG|AVATAR|USERHOST|SOUND|PAGE|UTC|GENDER|LOCATION|DCC)"
)
_CTCP_ANSWER = re.compile(
    rf"(?:(?:an? )?CTCP\b|(?:sent|sends|requests|requested|receives|received|replied to|answered) .{{0,30}}\bCTCP\b"
    rf"|(?:reply (?:to )?)?{_CTCP_COMMAND}(?:$|[ -]?(?:reply|replies|request|query|answer|from)\b"
    rf"|[ -]?[^\W\d_]{{0,30}} ?:)|(?:reply|replied) (?:to )?{_CTCP_COMMAND}\b|DCC (?:SEND|CHAT|GET|RESUME|ACCEPT)\b)"
)
"""How the text of an "action" begins that a client made of somebody's answer to CTCP, in English or with a colon."""

_CTCP_NOTICE = re.compile(r"(?:VERSION|FINGER|USERINFO|CLIENTINFO|SOURCE) \S|PING \d|TIME [A-Z0-9]\w{1,3}[ -]")
"""How a notice begins that is such an answer without its marks."""

_SERVER_NAME = re.compile(r"[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_SERVER_TEXT = re.compile(r"\*{3} |(?:Looking up|Found your|Checking|Couldn't|No Ident|Got Ident|Spoofing|Highest)\b")

_TOLD_HOST = re.compile(r"(?:^|[\s(\[<!~*])[^\s@()<>\[\]]{1,60}@[\w:*-][\w:.*/-]{0,200}")
_BARE_HOST_NAME = re.compile(r"(?:from |at |on |is |via )?[(\[]?[\w-]{1,63}(?:\.[\w-]{1,63}){2,8}[)\]]?(?: .{0,80})?")
_TOLD_OF_SOMEBODY = re.compile(
    r"(?:(?:is|was|has) )?(?:authed|authenticated|logged in|signed on|identified|connect(?:ed|ing) (?:from|via|using)"
    r"|an? (?:registered|network|services?|server|IRC|secure|global|channel) [^ ]{1,20}|using (?:an? )?(?:secure|modes"
    r"|SSL|TLS)|available for help|marked as)\b|(?:has )?(?:invited|invites) you\b|No such |Cannot |Nickname is "
    r"|End of |sets? mode|(?:channels?|servers?|accounts?|real ?name|irc ?name|(?:user)? ?host(?:name)?|address"
    r"|idle|sign-?on|modes?|ident|ip) ?:|[+-][A-Za-z]{1,20}$",
    re.IGNORECASE,
)
"""How a client goes on behind a nick that tells its user of somebody. People rarely say so what they do."""

_STATE = re.compile(r"(?:is|was|has|ist|est|está|è|é|jest|är|er|on)\b")
"""How a sentence begins that tells what somebody is, as `is away (at 203.0.113.5)`."""

_ANY_MASK = re.compile(r"(?<!\S)[^\s!@]{1,60}![^\s!@]{1,60}@[^\s@]")
"""What a client tells of, and people hardly write: `nick!user@host`, also with wildcards."""

_CHANNEL_LIST = re.compile(r"[~&@%+]{0,5}[#&][^\s,]{1,200}(?: [~&@%+]{0,5}[#&][^\s,]{1,200})*\s*")
"""The same after `[nick]`, where somebody's channels are listed. People mention channels, too."""


def guard_line(line: LogLine, *, is_lossless: bool = False) -> LogLine | None:
    """The line without hosts and addresses; None if it cannot be stored without them.

    `is_lossless`: the line is from a format that has a field for everything, whose texts are taken as they are.
    """
    names = [line.nick] if line.target is None else [line.nick, line.target]
    if is_lossless:
        return None if any(has_full_mask(name) for name in names) else line
    if line.kind in {MESSAGE, NOTICE, ACTION}:
        if line.text[:1] == CTCP_MARK:
            return _take_action(line)
        is_private = (
            not is_speaker(line.nick)
            or (line.kind == ACTION and (is_server_answer(line) or _ANY_MASK.search(line.text) is not None))
            or (line.kind == NOTICE and _is_notice_of_server(line))
        )
        return None if is_private else line
    if line.kind >= REMOVED:
        return line
    if not all(is_name(name) for name in names) or (line.text and line.kind in {JOIN, NICK}):
        return None
    text = _mask(line)
    return line if text is line.text else line._replace(text=text)


def _mask(line: LogLine) -> str:
    """The text of a status line without hosts, addresses and keys."""
    if line.kind == TOPIC:
        return line.text  # what somebody said
    if line.kind != MODE:
        return mask_hosts(line.text)
    may_have_key = line.text[:1] in {"+", "-"} and "k" in line.text
    return mask_modes(" ".join(hide_keys([line.text])) if may_have_key else line.text)


def _take_action(line: LogLine) -> LogLine | None:
    """The action of a line with the marks of CTCP; None for any other command, which is to a client."""
    match = _CTCP_ACTION.fullmatch(line.text)
    return line._replace(kind=ACTION, text=match[1]) if match and is_speaker(line.nick) else None


def _is_notice_of_server(notice: LogLine) -> bool:
    """Whether a notice is to the user alone: of a server, or somebody's answer to CTCP."""
    is_server = _SERVER_NAME.fullmatch(notice.nick) is not None
    return (is_server and (notice.nick.count(".") > 1 or _SERVER_TEXT.match(notice.text) is not None)) or (
        _CTCP_NOTICE.match(notice.text) is not None
    )


def is_name(name: str) -> bool:
    """Whether a status line can be about somebody of this name: no blank, no host, no address."""
    return _NICK.fullmatch(name) is not None and not is_address(name)


def is_speaker(name: str) -> bool:
    """Whether a line can be said by somebody of this name, also where names may have blanks, as behind a bridge."""
    return (
        bool(name)
        and not ("@" in name and _NAMED_HOST.search(name))
        and not is_address(name)
        and not (name[0] == "*" and _BOUNCER_MODULE.fullmatch(name))
        and not (("#" in name or "&" in name) and _ELSEWHERE.search(name))
        and not set(name) <= set("!*-<>=ℹ")
        and _CONTROL.search(name) is None
    )


def has_full_mask(name: str) -> bool:
    """Whether a name contains `nick!user@host`, `(user@host)` or `~user@host`."""
    return "@" in name and _MARKED_HOST.search(name) is not None


def is_server_answer(action: LogLine) -> bool:
    """Whether an action has the shape of a server's answer about a person."""
    return any(pattern.match(action.text) for pattern in (_SERVER_ANSWER, _RAW_ANSWER, _CTCP_ANSWER)) or (
        action.nick[0] == "[" and _CHANNEL_LIST.fullmatch(action.text) is not None
    )


def tells_of_somebody(text: str) -> bool:
    """Whether a client that begins its own messages like actions may have made this text of what a server told it.

    It contains a host, begins with an address or has the words of an answer; what people do is rarely told so.
    """
    if "@" in text and _TOLD_HOST.search(text):
        return True
    words = text[:200].split(" ", 3)[:3] if "." in text or ":" in text else []
    return (
        any(is_address(word.strip("()[],;")) for word in words)
        or (bool(words) and _BARE_HOST_NAME.fullmatch(text) is not None)
        or _TOLD_OF_SOMEBODY.match(text) is not None
        or (_STATE.match(text) is not None and any(is_address(word.strip("()[],;:")) for word in text[:600].split()))
    )
