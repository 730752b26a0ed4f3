"""Adium: XML, times with their zone; one message a line.

<chat xmlns="http://purl.org/net/ulf/ns/0.4-02" account="nick@irc.server" service="IRC">
<message sender="nick" time="2008-06-16T13:58:55+03:00"><div>text</div></message>
<status type="purple" sender="nick" time="2008-06-16T13:58:56+03:00"><div>nick entered the room.</div></status>

The file is called like `#channel (2008-06-16T13.58.55+0300).xml`. https://adium.im/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from xml.etree.ElementTree import Element

from logs.formats.line_patterns import IGNORED_EVENT
from logs.formats.log_format import ACTION, MESSAGE, Format, Item, LogLine, NumberedLine, ParseContext, UnparsedLine
from logs.formats.numbered_lines import PrivateLogError
from logs.formats.pidgin import PIDGIN_EVENTS
from logs.formats.xml_records import Record, plain_text, read_records

_PRESENCE = {"online", "offline", "away", "available", "idle", "invisible", "connected", "disconnected", "mobile"}
_WINDOW_EVENTS = {"windowOpened", "windowClosed"}


def parse(lines: Iterable[NumberedLine], _source: ParseContext) -> Iterator[Item]:
    account = ""
    for record in read_records(lines, "chat"):
        if isinstance(record, UnparsedLine):
            yield record
            continue
        element = record.element
        if element.tag == "chat":
            account = element.get("account", "")
            if element.get("service", "").upper() != "IRC":
                raise PrivateLogError("It is the log of a conversation, not of a channel on IRC.")
        elif not (element.tag == "event" and element.get("type") in _WINDOW_EVENTS):
            yield from _parse_record(record, account)


def _parse_record(record: Record, account: str) -> Iterator[Item]:
    element = record.element
    at = _read_time(element.get("time", ""))
    line: LogLine | None = None
    if at is not None and element.tag == "message":
        line = _parse_message(at, element, account)
    elif at is not None and element.tag == "status":
        is_presence = element.get("type") in _PRESENCE
        line = IGNORED_EVENT if is_presence else PIDGIN_EVENTS.find(at, plain_text(element))
    if line is None:
        yield UnparsedLine(record.number, record.text)
    elif line is not IGNORED_EVENT:
        yield line


def _read_time(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
        return None if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _parse_message(at: datetime, element: Element, account: str) -> LogLine:
    sender = element.get("sender", "")
    # The user's own nick is written with the server.
    nick = sender.partition("@")[0] if sender == account else sender
    body = next((each for each in element.iter() if each.get("class") == "actionMessageBody"), None)
    kind = MESSAGE if body is None else ACTION
    return LogLine(at, kind, nick, plain_text(element if body is None else body))


ADIUM = Format("adium", "Adium", parse, zoned=True, are_actions_certain=True)
