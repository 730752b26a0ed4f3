"""The parameters of the operations."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Annotated, Literal

from ninja import Schema
from pydantic import AfterValidator, BeforeValidator, Field

from logs.live.combined import MAX_CHANNELS, MAX_POSITION_CHARACTERS
from logs.live.line_filter import MAX_CHARACTERS, MAX_TERMS
from logs.search.query_parser import MAX_QUERY_CHARACTERS

_DATE = re.compile(r"\d{4}-\d\d-\d\d(?!\d)", re.ASCII)
_BLANK_FOR_PLUS = re.compile(r":\d\d(?:[.,]\d{1,9})? \d\d:?\d\d$", re.ASCII)
MAX_ID = 2**31 - 1
POSITION_PATTERN = r"^[0-9]{1,10}$|^-?[0-9]{1,18}-[0-9]{1,10}$"
POSITIONS_PATTERN = rf"^[A-Za-z0-9_-]{{0,{MAX_POSITION_CHARACTERS}}}$"
RESULT_POSITION_PATTERN = r"^[0-9]{1,16}-[0-9]{1,9}-[0-9]{1,9}$"

NetworkName = Annotated[str, Field(description="The network's name.", examples=["libera"])]
ChannelName = Annotated[
    str,
    Field(
        description="The channel as in its page's address: without one leading #, the rest percent-encoded.",
        examples=["garden"],
    ),
]
Position = Annotated[
    str,
    Field(
        pattern=POSITION_PATTERN, description="A line's id, or the `earlier` or `later` of a page.", examples=["4711"]
    ),
]


def _reject_number(value: object) -> object:
    """Reject plain numbers, which pydantic would read as seconds since 1970."""
    if isinstance(value, str) and not _DATE.match(value):
        raise ValueError("it is written as 2026-11-23, a time as 2026-11-23T10:00:00Z")
    if isinstance(value, str) and _BLANK_FOR_PLUS.search(value):
        raise ValueError("in an address + means a blank: write the + of an offset as %2B")
    return value


def _convert_to_utc(moment: datetime) -> datetime:
    """Return a time in UTC, which it is in unless it says otherwise.

    PostgreSQL knows no offsets of 16 hours and more, and Python no times outside the years 1 to 9999.
    """
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError:
        raise ValueError("in UTC it is not in the years 1 to 9999") from None


Time = Annotated[
    datetime, BeforeValidator(_reject_number), AfterValidator(_convert_to_utc), Field(examples=["2026-11-23T10:00:00Z"])
]
Day = Annotated[date, BeforeValidator(_reject_number), Field(examples=["2026-11-23"])]


class NetworkPath(Schema):
    network: NetworkName


class ChannelPath(Schema):
    network: NetworkName
    channel: ChannelName


class LinePath(ChannelPath):
    number: int = Field(ge=0, le=MAX_ID, description="The line's id.")


class ChannelListQuery(Schema):
    after: str | None = Field(None, description="The `later` of a page.")
    limit: int = Field(100, ge=1, le=200, description="Maximum of channels.")


class DayListQuery(Schema):
    after: Day | None = Field(None, description="The first days after this one.")
    before: Day | None = Field(None, description="The last days before this one.")
    limit: int = Field(366, ge=1, le=5000, description="Maximum of days.")


class LineListQuery(Schema):
    after: Position | None = Field(
        None, description="The first lines after this one: its id, or the `later` of a page."
    )
    before: Position | None = Field(
        None, description="The last lines before this one: its id, or the `earlier` of a page."
    )
    around: Position | None = Field(None, description="As many lines before this one as from it on.")
    since: Time | None = Field(None, description="The first lines from this time on; UTC unless it says otherwise.")
    until: Time | None = Field(None, description="No lines from this time on.")
    limit: int = Field(100, ge=1, le=1000, description="Maximum of lines.")


class SearchQuery(Schema):
    q: str = Field(
        description="As on the site: words, phrases, -without, from: in: after: before: on: text: kind: has:link. "
        f"Only the first {MAX_QUERY_CHARACTERS} characters are searched.",
        examples=["from:ann tools after:2026-11-01"],
    )
    older: str | None = Field(None, pattern=RESULT_POSITION_PATTERN, description="The `older` of a page.")
    facets: bool = Field(False, description="Also count by channel, year, month and nick; first page only.")


class StatsQuery(Schema):
    limit: int = Field(20, ge=1, le=100, description="Maximum of speakers and of channels.")


class StreamQuery(Schema):
    wait: Literal["0"] | None = Field(
        None, description="0: the stream ends where it would wait for new lines, after the event `live`."
    )
    q: str | None = Field(
        None,
        max_length=MAX_CHARACTERS,
        description="Only lines that a search for this would find, and everything that is no line: words, phrases, "
        f"-without, from: kind: has:link. At most {MAX_TERMS} terms, without in:, "
        "after:, before: and on:.",
        examples=["from:ann deploy"],
    )


class LiveQuery(StreamQuery):
    after: int | None = Field(
        None, ge=0, le=MAX_ID, description="Start after the line with this id; without it, with the next new line."
    )


class PositionQuery(Schema):
    channel: list[Annotated[str, Field(pattern=r"^[^/\x00]+/[^/\x00]+$", max_length=700)]] = Field(
        [],
        max_length=MAX_CHANNELS,
        description="A network and the `path` of a channel, as in libera/garden; may be repeated. "
        "Without it: all channels that you may read.",
        examples=[["libera/garden"]],
    )


class CombinedLiveQuery(PositionQuery, StreamQuery):
    html: Literal["1"] | None = Field(
        None,
        description="1: each line also as `html`, the element that pages have; the words of `q` are in `mark`.",
    )
    after: str | None = Field(
        None,
        pattern=POSITIONS_PATTERN,
        description="Start after the event with this id, or from a position; channels that it does not know, and all "
        "without it, start with the next new line.",
    )
