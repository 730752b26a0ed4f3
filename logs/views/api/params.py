"""The parameters of the operations."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated

from ninja import Schema
from pydantic import BeforeValidator, Field

from logs.search.query_parser import LONGEST

_DATE = re.compile(r"\d{4}-\d\d-\d\d(?!\d)", re.ASCII)
MAX_ID = 2**31 - 1
POSITION_PATTERN = r"^[0-9]{1,10}$|^[0-9]{1,17}-[0-9]{1,10}$"
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
    return value


Time = Annotated[datetime, BeforeValidator(_reject_number), Field(examples=["2026-11-23T10:00:00Z"])]
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
        f"Only the first {LONGEST} characters are searched.",
        examples=["from:ann tools after:2026-11-01"],
    )
    older: str | None = Field(None, pattern=RESULT_POSITION_PATTERN, description="The `older` of a page.")
    facets: bool = Field(False, description="Also count by channel, year and nick; first page only.")


class StatsQuery(Schema):
    limit: int = Field(20, ge=1, le=100, description="Maximum of speakers and of channels.")


class LiveQuery(Schema):
    after: int | None = Field(
        None, ge=0, le=MAX_ID, description="Start after the line with this id; without it, with the next new line."
    )
