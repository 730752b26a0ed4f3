"""Colloquy: XML, times with their zone; the messages of one person that follow each other are in one envelope.

<log began="2003-10-25 13:26:25 -0400" source="irc://nick@irc.server:6667/%23channel">
<envelope><sender hostmask="user@host">nick</sender>
  <message received="2003-10-25 13:28:40 -0400">text</message></envelope>
<event name="memberJoined" occurred="2003-10-25 13:26:37 -0400"><message>...</message><who>nick</who></event>

https://colloquy.app/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from xml.etree.ElementTree import Element

from logs.formats import log_format as kinds
from logs.formats.log_format import Format, Item, LogLine, NumberedLine, ParseContext, UnparsedLine
from logs.formats.xml_records import plain_text, read_records

_RANKS = {"Founder": "q", "Administrator": "a", "Operator": "o", "HalfOperator": "h", "Voice": "v"}
_MODE_EVENTS = (
    {f"memberPromotedTo{rank}": f"+{letter}" for rank, letter in _RANKS.items()}
    | {f"memberDemotedFrom{rank}": f"-{letter}" for rank, letter in _RANKS.items()}
    | {"memberVoiced": "+v", "memberDevoiced": "-v", "memberQuieted": "+q", "memberDequieted": "-q"}
)
_BAN_EVENTS = {"memberBanned": "+b", "banRemoved": "-b"}
_USERS_OWN = {
    *("awaySet", "awayRemoved", "rejoined", "parted", "newNickname", "kicked", "promotedToOperator", "voiced"),
    *("demotedFromOperator", "devoiced", "promotedToHalfOperator", "demotedFromHalfOperator", "promotedToFounder"),
    *("demotedFromFounder", "quieted", "dequieted", "userBricked", "modeChange", "unknownRoomModesSet", "disconnected"),
    *("reconnected", "connected", "fileTransferStarted", "encryption"),
}
"""Events that do not name the person whom they are about, or not in words of IRC."""


def parse(lines: Iterable[NumberedLine], _source: ParseContext) -> Iterator[Item]:
    for record in read_records(lines, "log"):
        if isinstance(record, UnparsedLine):
            yield record
            continue
        element = record.element
        try:
            if element.tag == "envelope":
                yield from _parse_envelope(element)
            elif element.tag == "event":
                if line := _parse_event(element):
                    yield line
                elif element.get("name") not in _USERS_OWN:
                    yield UnparsedLine(record.number, record.text)
            elif element.tag not in {"log", "session"}:
                yield UnparsedLine(record.number, record.text)
        except (ValueError, OverflowError):
            yield UnparsedLine(record.number, record.text)


def _parse_envelope(element: Element) -> list[LogLine]:
    """The lines of an envelope; ValueError if one of them has no certain time, since they belong together."""
    nick = plain_text(element.find("sender"))
    lines = []
    for message in element.iter("message"):
        kind = kinds.MESSAGE
        if message.get("action") == "yes":
            kind = kinds.ACTION
        elif message.get("type") == "notice":
            kind = kinds.NOTICE
        lines.append(LogLine(_read_time(message.get("received", "")), kind, nick, plain_text(message)))
    return lines


def _parse_event(element: Element) -> LogLine | None:
    name = element.get("name", "")
    nick, by = (plain_text(element.find(tag)) for tag in ("who", "by"))
    at = _read_time(element.get("occurred", ""))
    mode = _MODE_EVENTS.get(name) or _BAN_EVENTS.get(name)
    if mode:
        about = nick or plain_text(element.find("ban"))
        return LogLine(at, kinds.MODE, by, f"{mode} {about}") if by and about else None
    reason = plain_text(element.find("reason"))
    match name:
        case "memberJoined":
            line = LogLine(at, kinds.JOIN, nick)
        case "memberParted":
            # Both kinds of departure have one name; the sentence, in the user's language, names the difference.
            has_quit = " quit" in plain_text(element.find("message"))
            line = LogLine(at, kinds.QUIT if has_quit else kinds.PART, nick, reason)
        case "memberKicked":
            line = LogLine(at, kinds.KICK, by, reason, nick)
        case "memberNewNickname":
            line = LogLine(at, kinds.NICK, plain_text(element.find("old")), "", nick)
        case "topicChanged":
            line = LogLine(at, kinds.TOPIC, by, plain_text(element.find("topic")))
        case _:
            return None
    return line if line.nick and line.target != "" else None


def _read_time(text: str) -> datetime:
    """The moment of `2003-10-25 13:28:40 -0400`; ValueError for any other text."""
    at = datetime.fromisoformat(text.replace(" +", "+").replace(" -", "-"))
    if at.tzinfo is None:
        raise ValueError("no time zone")
    return at.astimezone(UTC)


COLLOQUY = Format("colloquy", "Colloquy", parse, zoned=True, are_actions_certain=True)
