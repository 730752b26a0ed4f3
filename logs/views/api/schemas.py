"""The schemas of the API's responses, from which the OpenAPI description is generated."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from ninja import Schema
from pydantic import Field

KindName = Literal[
    "message",
    "action",
    "notice",
    "join",
    "part",
    "quit",
    "nick",
    "kick",
    "mode",
    "topic",
    "removed",
    "unlogged",
]


class Problem(Schema):
    """An error, as in RFC 9457."""

    type: str = Field(examples=["about:blank"])
    title: str
    status: int
    detail: str = Field(description="What is wrong, in one sentence.")
    errors: list[dict[str, str]] | None = Field(
        None, description="For each invalid parameter its name (`where`) and the fault (`what`)."
    )


class Line(Schema):
    """A message or an event in a channel."""

    id: int = Field(description="The line's number in its channel, in the order of storing; part of its permalink.")
    at: datetime = Field(description="The time, in UTC.", examples=["2026-11-23T10:00:00.123456Z"])
    kind: KindName = Field(description="removed: lines were erased here; unlogged: its speaker opted out.")
    nick: str = Field(description="The speaker. For nick the old nick; for kick, mode and topic the nick that did it.")
    text: str = Field(description="Without formatting codes: the message, the reason, the modes or the topic.")
    raw: str = Field(description="The text as it was sent, with mIRC formatting codes.")
    target: str | None = Field(
        description="For nick the new nick, for kick the nick that was kicked. For what was said to some members of "
        "the channel only, the symbols of their ranks, such as @ for its operators."
    )
    url: str = Field(description="The permalink.")


class SourcedLine(Line):
    source: str | None = Field(description="The name of the uploaded log that the line is from, if it filled a gap.")
    reply_to: int | None = Field(
        description="The id of the line that this one answers, as far as is known; null also where it answers none."
    )
    reply_confidence: int | None = Field(description="How certain the answer is, in percent; null without one.")


class ConversationLine(SourcedLine):
    conversation: int | None = Field(
        description="The id of the first line of the conversation that the line belongs to; null if nothing is known."
    )


class Conversation(Schema):
    """Lines that are connected by answers, in reading order."""

    network: str
    channel: str
    conversation: int = Field(description="The id of its first line.")
    is_cut: bool = Field(description="Whether it has more lines than these.")
    url: str = Field(description="Its page.")
    lines: list[ConversationLine]


class FoundLine(Line):
    network: str
    channel: str


class Event(Schema):
    """A server-sent event."""

    event: Literal["line", "removal", "gap", "gap-removal", "reload", "live", "state", "alive"]
    id: str = Field("", description="Send it as Last-Event-ID to continue after this event; some have none.")
    data: str = Field(
        description="JSON. line: a SourcedLine; removal: its own id and the id of the removed line; gap: its own id, "
        "and a Gap whose id is `gap`; gap-removal: its own id and that of the gap; live: the id."
    )


class CombinedEvent(Schema):
    """A server-sent event of several channels. Its data names the channel: `network` and `channel`."""

    event: Literal["line", "removal", "gap", "gap-removal", "reload", "closed", "live", "state", "alive"]
    id: str = Field(
        "", description="A position: send it as Last-Event-ID to continue after this event; some have none."
    )
    data: str = Field(
        description="JSON. line: a FoundLine with its `source`, and its `html` if that was asked for; removal, gap and "
        "gap-removal: as in an Event; reload, closed: nothing but the names; live: the position as `id`."
    )


class ChannelPosition(Schema):
    network: str
    channel: str
    position: int = Field(description="The value of `after` for the stream of this channel alone.")


class ChannelNames(Schema):
    network: str
    channel: str


class Position(Schema):
    """Where live is in several channels."""

    position: str = Field(description="The value of `after` for the stream of these channels.")
    channels: list[ChannelPosition]
    missing: list[ChannelNames] = Field(description="Channels that do not exist, or that you may not read.")


class Gap(Schema):
    """A time in which the channel was not recorded."""

    id: int = Field(description="Names the gap in events of live, however its times change.")
    start: datetime
    end: datetime | None = Field(description="null while the gap continues.")
    reason: str
    words: str = Field(description="The reason as a phrase.")


class LinesPage(Schema):
    """Lines in reading order: by time, and by id within the same time."""

    network: str
    channel: str
    lines: list[ConversationLine]
    gaps: list[Gap] = Field(description="Gaps between the line before the page and the line after it.")
    earlier: str | None = Field(description="The value of `before` for the previous page; null if there is none.")
    later: str | None = Field(description="The value of `after` for the next page; null if there is none.")
    resume: str = Field(description="The value of `after` to go on from when lines have come, also if `later` is null.")


class Network(Schema):
    name: str
    channels: int = Field(description="Number of its channels that you may read.")
    url: str


class Networks(Schema):
    networks: list[Network]


class Activity(Schema):
    """Numbers of messages, actions and notices."""

    today: int
    week: int = Field(description="In the last 7 days.")
    month: int = Field(description="In the last 30 days.")


class Channel(Schema):
    network: str
    name: str
    path: str = Field(
        description="The name as it stands in addresses, of the site and of the API, encoded: c%2B%2B for #c++.",
        examples=["garden"],
    )
    topic: str
    url: str
    public: bool
    recording: bool = Field(description="Whether the channel is logged now: by the bot, or from log files.")
    lines: int
    first_day: date | None
    last_day: date | None
    position: int = Field(description="Where live is now: the value of `after` for the channel's stream.")
    activity: Activity
    last_line: Line | None = Field(description="The newest line in reading order.")


class Channels(Schema):
    """Channels, ordered by network and name."""

    channels: list[Channel]
    later: str | None = Field(description="The value of `after` for the next page; null if there is none.")


class Day(Schema):
    day: date
    lines: int
    said: int = Field(description="Number of messages, actions and notices among them.")
    url: str


class Days(Schema):
    """Days with lines, in order."""

    network: str
    channel: str
    days: list[Day]
    earlier: date | None = Field(description="The value of `before` for the previous days; null if there are none.")
    later: date | None = Field(description="The value of `after` for the next days; null if there are none.")


class Count(Schema):
    name: str
    lines: int


class Facets(Schema):
    """Numbers of results by channel, year, month and nick; estimates unless `exact`."""

    total: int
    exact: bool
    channels: list[Count]
    years: list[Count]
    months: list[Count] = Field(description="As in 2026-03; of the latest year that has results.")
    nicks: list[Count]


class Results(Schema):
    """Matching lines, the newest first."""

    query: str
    notes: list[str] = Field(description="Parts of the query that were ignored or searched as text, and why.")
    results: list[FoundLine]
    exact: bool = Field(description="Whether these are all matching lines.")
    too_slow: bool = Field(description="The search ran out of time before it was complete; restrict it by date.")
    searched_back_to: date | None = Field(description="The day that an incomplete search reached.")
    older: str | None = Field(description="The value of `older` for the next page; null if there is none.")
    facets: Facets | None = Field(description="Only if requested; null also if counting would take too long.")


class Said(Schema):
    name: str
    said: int


class Silence(Schema):
    start: datetime
    end: datetime
    seconds: int


class Stats(Schema):
    """Statistics of a channel, or of all channels that you may read. Times are UTC."""

    lines: int
    said: int
    days: int = Field(description="Number of days with lines, added up over channels.")
    first_day: date | None
    last_day: date | None
    people: int = Field(description="Number of nicks with messages.")
    by_day: dict[str, int] = Field(description="Messages on each day of the last 53 weeks.")
    by_year: dict[str, int]
    by_hour: list[int] = Field(description="Messages by hour of the week: 0 to 23 are Monday, 144 to 167 Sunday.")
    speakers: list[Said] = Field(description="Nicks with the most messages.")
    channels: list[Said] | None = Field(description="Channels with the most messages; null for one channel.")
    longest_silence: Silence | None = Field(description="null unless it spans a whole day.")
