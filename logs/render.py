"""Renders a line as HTML, as text and as JSON, for pages, live streams, searches, feeds and the API.

A page of a busy day has thousands of lines, so the markup of one is a single format string.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple, Protocol
from zoneinfo import ZoneInfo

from django.conf import settings
from markupsafe import Markup, escape

from logs.line_texts import ENGLISH_TEXTS, EVENT_WORDS, TOPIC_REMOVED, LineTexts
from logs.models import Gap, Kind
from logs.models.line import PLACEHOLDER_KINDS
from logs.text.irc_formatting import strip_formatting
from logs.text.markup import HIGHLIGHTED, text_html
from logs.text.names import fold, nick_class, parse_bridged
from logs.text.privacy_rules import describe_members, is_restricted

SAID = frozenset({Kind.MESSAGE.value, Kind.ACTION.value, Kind.NOTICE.value})
NETSPLIT = "netsplit"
"""The displayed kind of a quit whose reason names the two servers that lost their connection."""

_PLACEHOLDERS = frozenset(kind.name.lower() for kind in PLACEHOLDER_KINDS)

_UTC = (UTC, ZoneInfo("UTC"))
_NAMES: dict[int, str] = {kind.value: kind.name.lower() for kind in Kind}
_MESSAGE, _ACTION, _NOTICE = Kind.MESSAGE.value, Kind.ACTION.value, Kind.NOTICE.value
_KICK, _QUIT = Kind.KICK.value, Kind.QUIT.value
# Most joins, parts and quits have no text: all of their markup are these words.
_BARE = {Kind.JOIN.value, Kind.PART.value, _QUIT, Kind.REMOVED.value, Kind.UNLOGGED.value}
_SERVERS = re.compile(r"(?:[\w*-]+\.)+[\w*-]+ (?:[\w*-]+\.)+[\w*-]+", re.ASCII)


class LineLike(Protocol):
    """The fields of a line that rendering needs; `Line` and `DayLine` have them."""

    @property
    def id(self) -> int: ...
    @property
    def at(self) -> datetime: ...
    @property
    def kind(self) -> int: ...
    @property
    def nick(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def target(self) -> str | None: ...


class RenderedLine(NamedTuple):
    """The parts of a line that `element_html` puts together; "`subject` `html`" reads as a sentence.

    `nick` identifies the speaker, for runs. `via` is the nick of the bridge that relayed a message from elsewhere;
    `source` is the name of the log that a line was imported from. `reply_to` is the id of the line that it answers, 0
    if none is known; `confidence` says how certain that is, in percent. `is_bot`: a program said it.
    `is_highlighted`: it holds a word that its reader chose.
    """

    id: int
    at: str
    kind: str
    nick: str
    subject: str
    colour: str
    html: Markup
    via: str = ""
    source: str = ""
    reply_to: int = 0
    confidence: int = 0
    is_bot: bool = False
    is_highlighted: bool = False


SHOWN_CONFIDENCE, SURE_CONFIDENCE = 50, 70
"""From which confidence, in percent, a line has a mark that leads to the line it answers; faint below the second."""


def line_html(
    line: LineLike,
    channel_url: str,
    *,
    same: bool = False,
    bridges: Collection[str] = (),
    source: str = "",
    reply: tuple[int, int] = (0, 0),
    bots: Collection[str] = (),
) -> Markup:
    """Return the markup of one line, in English. `same`: it continues a run of lines by one speaker.

    `reply`: the id of the line that it answers, and the confidence.
    """
    rendered = render_line(line, bridges, bots)
    if source or reply[0]:
        rendered = rendered._replace(source=source, reply_to=reply[0], confidence=reply[1])
    return Markup(element_html(rendered, channel_url, same=same))  # noqa: S704  (its parts are escaped)


def element_html(
    rendered: RenderedLine,
    channel_url: str,
    part: str = "",
    *,
    same: bool = False,
    marked: bool = False,
    query: str = "",
    moderated: bool = False,
    texts: LineTexts = ENGLISH_TEXTS,
) -> str:
    """Return a line's element. Among search results `part` is "found" or "context", and the element has no id.

    `query` is added to the line's permalink; the caller has escaped it. `moderated`: with a link to the page on which
    the line can be removed. `texts`: those with which the line was rendered.
    """
    number, at, kind, nick, subject, colour, html, via, source, reply_to, confidence, is_bot, is_highlighted = rendered
    classes = f"line {kind}{' bot' if is_bot else ''}{f' {HIGHLIGHTED}' if is_highlighted else ''}"
    classes += f"{' same' if same else ''}{' marked' if marked else ''}"
    place = f'{classes} {part}"' if part else f'{classes}" id="l{number}"'
    if source:
        place += f' data-source="{_escaped(source)}" data-from="{texts.source % {"source": _escaped(source)}}"'
    mark = ""
    if reply_to:
        place += f' data-reply="{reply_to}"'
        mark = _reply_mark(number, reply_to, confidence, channel_url, texts)
    menu = _menu_link(number, channel_url, texts) if moderated and kind not in _PLACEHOLDERS else ""
    bridge = f' via" title="{texts.via % {"bridge": _escaped(via)}}' if via else ""
    return (
        f'<div class="{place} data-id="{number}" data-nick="{_escaped(nick)}" data-kind="{kind}" data-at="{at}">'
        f'<a class="time" href="{channel_url}at/{number}/{query}"><time datetime="{at[:19]}Z">{at[11:16]}</time></a>'
        f' <span class="nick {colour}{bridge}">{_escaped(subject)}</span> <span class="text">{html}{mark}</span>'
        f"{menu}</div>"
    )


def _reply_mark(number: int, reply_to: int, confidence: int, channel_url: str, texts: LineTexts) -> str:
    """Return the link to the answered line. The line just before needs none; the arrow itself is the style sheet's."""
    if confidence < SHOWN_CONFIDENCE or reply_to == number - 1:
        return ""
    faint = "" if confidence >= SURE_CONFIDENCE else " faint"
    return f'<a class="reply{faint}" href="{channel_url}at/{reply_to}/" title="{texts.answered}"></a>'


def _menu_link(number: int, channel_url: str, texts: LineTexts) -> str:
    """Return the link of a moderator's menu; the style sheet draws it, so that copied lines do not have it."""
    label = texts.moderate % {"line": number}
    return f'<a class="line-menu" href="{channel_url}at/{number}/moderate/" aria-label="{label}"></a>'


def kind_name(kind: int) -> str:
    """Return the name of a kind as the API, the search and classes of elements have it."""
    return _NAMES[kind]


def line_text(line: LineLike) -> str:
    """Return the line in the plain text form, in English, without formatting codes or a line break."""
    clock = f"[{_utc(line.at).isoformat()[11:19]}]"
    kind, text = line.kind, line.text if line.text.isprintable() else strip_formatting(line.text)
    if kind in SAID and line.target and is_restricted(line.target):
        text = f"({describe_members(line.target)}) {text}"
    if kind == _MESSAGE:
        return f"{clock} <{line.nick}> {text}"
    if kind == _NOTICE:
        return f"{clock} -{line.nick}- {text}"
    if kind == _ACTION:
        return f"{clock} * {line.nick} {text}"
    event = _event(line)
    parts = [clock, "***", _subject(line), event.sentence, strip_formatting(event.text) if event.text else ""]
    return " ".join([part for part in parts if part])


def line_summary(line: LineLike, bridges: Collection[str] = ()) -> str:
    """Return a line as prose without formatting, for example "ann: good morning", for feeds and previews."""
    kind = line.kind
    if kind in SAID:
        said = parse_bridged(line.text) if bridges and fold(line.nick) in bridges else None
        nick, text = (said.name, said.text) if said else (line.nick, line.text)
        if is_restricted(line.target):
            text = f"({describe_members(line.target or '')}) {text}"
        words = f"* {nick} {text}" if kind == _ACTION else f"{nick}: {text}"
    else:
        event = _event(line)
        words = " ".join(["***", _subject(line), event.sentence, event.text])
    return " ".join(strip_formatting(words).split())


def line_json(line: LineLike) -> dict[str, Any]:
    """Return the line as stored, formatting codes included."""
    at = _utc(line.at).isoformat()[:-6] + "Z"
    found = {"id": line.id, "at": at, "kind": _NAMES[line.kind], "nick": line.nick, "text": line.text}
    return found if line.target is None else found | {"target": line.target}


def line_record(line: LineLike, channel_url: str) -> dict[str, Any]:
    """Return the line as the API returns it; `raw` is as stored, `text` the same without formatting codes."""
    return {
        "id": line.id,
        "at": format_moment(line.at),
        "kind": _NAMES[line.kind],
        "nick": line.nick,
        "text": line.text if line.text.isprintable() else strip_formatting(line.text),
        "raw": line.text,
        "target": line.target,
        "url": f"{settings.SITE_URL}{channel_url}at/{line.id}/",
    }


def reply_record(reply: tuple[int, int] | None) -> dict[str, int | None]:
    """Return what the API tells of a line's answer: the answered line's id, 0 or None for none, and the confidence."""
    to, confidence = reply or (0, 0)
    return {"reply_to": to or None, "reply_confidence": confidence if to else None}


def gap_record(gap: Gap) -> dict[str, Any]:
    """Return a gap as the API returns it."""
    return {
        "id": gap.pk,
        "start": format_moment(gap.from_at),
        "end": format_moment(gap.to_at) if gap.to_at else None,
        "reason": gap.reason,
        "words": str(gap.get_reason_display()),
    }


def render_line(
    line: LineLike, bridges: Collection[str] = (), bots: Collection[str] = (), texts: LineTexts = ENGLISH_TEXTS
) -> RenderedLine:
    """Return the parts of a line, the words of its event in the language of `texts`.

    `bridges` holds the folded nicks of bots that relay messages from elsewhere, `bots` those of other programs.
    """
    moment = _utc(line.at).isoformat(timespec="microseconds")[:26] + "Z"
    kind, nick = line.kind, line.nick
    if kind in SAID:
        # A text plus markup escapes the text, even an empty one, which takes a third of the time of a short line.
        mark = _restriction_mark(line.target, texts) if line.target else None
        if bridges and fold(nick) in bridges and (said := parse_bridged(line.text)):
            speaker = f"{said.name} via {nick}"  # the spaces make it different from every nick on IRC
            html = text_html(said.text)
            html = mark + html if mark else html
            return RenderedLine(line.id, moment, _NAMES[kind], speaker, said.name, nick_class(said.name), html, nick)
        is_bot = bool(bots) and fold(nick) in bots
        html = text_html(line.text)
        html = mark + html if mark else html
        return RenderedLine(line.id, moment, _NAMES[kind], nick, nick, nick_class(nick), html, is_bot=is_bot)
    if not line.text and kind in _BARE:
        bare = Markup(texts.words[EVENT_WORDS[kind]])  # noqa: S704  (is escaped)
        return RenderedLine(line.id, moment, _NAMES[kind], nick, nick, nick_class(nick), bare)
    subject = _subject(line)
    name = NETSPLIT if is_netsplit(line) else _NAMES[kind]
    return RenderedLine(line.id, moment, name, nick, subject, nick_class(subject), _event_html(_event(line), texts))


def _restriction_mark(target: str, texts: LineTexts) -> Markup:
    """Return what stands before a line that was said to some members of the channel only."""
    if not is_restricted(target):
        return Markup()
    words = texts.words[describe_members(target)]
    return Markup(f'<span class="restricted">{words}</span> ')  # noqa: S704  (is escaped)


def is_netsplit(line: LineLike) -> bool:
    """Whether a quit was caused by a netsplit: its reason is "hub.example.net leaf.example.net"."""
    return line.kind == _QUIT and _SERVERS.fullmatch(line.text) is not None


def format_moment(at: datetime) -> str:
    """Return a time with microseconds, as in RFC 3339."""
    return _utc(at).isoformat(timespec="microseconds")[:26] + "Z"


def _utc(at: datetime) -> datetime:
    return at if at.tzinfo in _UTC else at.astimezone(UTC)


@lru_cache(maxsize=10_000)
def _escaped(name: str) -> str:
    return str(escape(name))


def _subject(line: LineLike) -> str:
    return (line.target or "") if line.kind == _KICK else line.nick


class _Event(NamedTuple):
    """The predicate of an event's sentence.

    `words` are those of EVENT_WORDS, in which `name` has a place; `text` is what someone typed, with formatting codes.
    """

    words: str
    name: str = ""
    text: str = ""

    @property
    def sentence(self) -> str:
        """The words in English, with the name."""
        return (self.words % {"name": self.name}).rstrip()


def _event(line: LineLike) -> _Event:
    kind, text = line.kind, line.text
    # \x0f resets formatting that the text left open, so that it does not reach the closing bracket.
    words = EVENT_WORDS[kind]
    match kind:
        case Kind.NICK:
            return _Event(words, name=line.target or "")
        case Kind.MODE:
            return _Event(words, text=text)
        case Kind.TOPIC:
            return _Event(words if text else TOPIC_REMOVED, text=text)
    return _Event(words, line.nick if kind == _KICK else "", f"({text}\x0f)" if text else "")


def _event_html(event: _Event, texts: LineTexts) -> Markup:
    name = f'<bdi class="{nick_class(event.name)}">{_escaped(event.name)}</bdi>' if event.name else ""
    words = (texts.words[event.words] % {"name": name}).rstrip()
    text = f" <bdi>{text_html(event.text)}</bdi>" if event.text else ""
    return Markup(f"{words}{text}")  # noqa: S704  (its parts are escaped)
