"""What the API's answers look like; the description is made of these classes."""

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
    """RFC 9457."""

    type: str = Field(examples=["about:blank"])
    title: str
    status: int
    detail: str = Field(description="What is wrong, in one sentence.")
    errors: list[dict[str, str]] | None = Field(None, description="Of parameters: where, and what.")


class Line(Schema):
    """One thing said or done."""

    id: int = Field(description="The channel's own number of the line, in the order of storing. Permalinks hold it.")
    at: datetime = Field(description="When, in UTC.", examples=["2026-11-23T10:00:00.123456Z"])
    kind: KindName = Field(description="removed: lines were erased here; unlogged: somebody spoke who is not logged.")
    nick: str = Field(description="Who; of nick the old one, of kick, mode and topic who did it.")
    text: str = Field(description="Without formatting: what was said, the reason, the modes or the topic.")
    raw: str = Field(description="The same as it was sent, with mIRC formatting codes.")
    target: str | None = Field(description="Of nick the new one, of kick who was kicked.")
    url: str = Field(description="The permalink.")


class SourcedLine(Line):
    source: str | None = Field(description="Somebody else's log that it is from, where it filled a gap.")


class FoundLine(Line):
    network: str
    channel: str


class Event(Schema):
    """A server-sent event."""

    event: Literal["line", "removal", "reload"]
    id: str = Field(description="Give it as Last-Event-ID to go on from here.")
    data: str = Field(
        description="JSON: of line a SourcedLine, of removal its id and that of the line which is no more."
    )


class Gap(Schema):
    """A time in which the channel was not recorded."""

    start: datetime
    end: datetime | None = Field(description="null: it goes on.")
    reason: str
    words: str = Field(description="The reason in words.")


class LinesPage(Schema):
    """Lines in reading order: by time, those of the same time by id."""

    network: str
    channel: str
    lines: list[SourcedLine]
    gaps: list[Gap] = Field(description="Those between the line before the page and the line after it.")
    earlier: str | None = Field(description="What to give as before= for the page before this one; null: none.")
    later: str | None = Field(description="What to give as after= for the page after this one; null: none.")


class Network(Schema):
    name: str
    channels: int = Field(description="How many of its channels you may read.")
    url: str


class Networks(Schema):
    networks: list[Network]


class Activity(Schema):
    """How much was said: messages, actions and notices."""

    today: int
    week: int = Field(description="In the last 7 days.")
    month: int = Field(description="In the last 30 days.")


class Channel(Schema):
    network: str
    name: str
    topic: str
    url: str
    public: bool
    recording: bool = Field(description="Whether the bot is in the channel and hears it.")
    lines: int
    first_day: date | None
    last_day: date | None
    activity: Activity
    last_line: Line | None = Field(description="The newest line in reading order.")


class Channels(Schema):
    """Channels by network and name."""

    channels: list[Channel]
    later: str | None = Field(description="What to give as after= for the next page; null: none.")


class Day(Schema):
    day: date
    lines: int
    said: int = Field(description="How many of them are messages, actions or notices.")
    url: str


class Days(Schema):
    """Days with lines, in order."""

    network: str
    channel: str
    days: list[Day]
    earlier: date | None = Field(description="What to give as before= for the days before; null: none.")
    later: date | None = Field(description="What to give as after= for the days after; null: none.")


class Count(Schema):
    name: str
    lines: int


class Facets(Schema):
    """Where the results are; estimates unless exact."""

    total: int
    exact: bool
    channels: list[Count]
    years: list[Count]
    nicks: list[Count]


class Results(Schema):
    """Lines that match, the newest first."""

    query: str
    notes: list[str] = Field(description="What of the query was left out, and why.")
    results: list[FoundLine]
    exact: bool = Field(description="Whether these are all that match.")
    too_slow: bool = Field(description="The search was ended before it had found all; narrow it by date.")
    searched_back_to: date | None = Field(description="How far a search that was too slow came.")
    older: str | None = Field(description="What to give as older= for the next page; null: none.")
    facets: Facets | None = Field(description="If asked for; null also where counting would take too long.")


class Said(Schema):
    name: str
    said: int


class Silence(Schema):
    start: datetime
    end: datetime
    seconds: int


class Stats(Schema):
    """How a channel, or all that you may read, has been used. Times are UTC."""

    lines: int
    said: int
    days: int = Field(description="Days with lines, of each channel.")
    first_day: date | None
    last_day: date | None
    people: int = Field(description="How many nicks have said something.")
    by_day: dict[str, int] = Field(description="What was said on each day of the last 53 weeks.")
    by_year: dict[str, int]
    by_hour: list[int] = Field(description="By hour of the week: Mondays have 0 to 23, Sundays 144 to 167.")
    speakers: list[Said] = Field(description="Who said the most.")
    channels: list[Said] | None = Field(description="The busiest channels; null for one channel.")
    longest_silence: Silence | None = Field(description="If it spans a whole day.")
