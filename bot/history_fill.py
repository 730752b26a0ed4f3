"""One gap being filled: which page of the history to request next, and what the pages prove.

Pure: it knows neither connection nor journal. All times are the server's, unless a name says otherwise.

Pages are requested from the time of the last line on, that line included, because others may have the same time. A page
whose lines all have one time says nothing about further lines of that time. Then a larger page is requested, then the
last lines of that time; if the server may still have more of them, that time stays a gap.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from bot.desired_state import WantedChannel
from bot.history_cursor import HistoryCursor
from bot.known_lines import SECOND, KnownIndex

PAGE_LINES = 100
MAX_PAGES = 10_000
MIN_PAGE_LINES = 10
"""Every server sends as many lines at once, also one that does not say how many it sends."""

MILLISECOND = timedelta(milliseconds=1)
LIVE_MARGIN = timedelta(minutes=1)
"""How long after our JOIN a line of the history without a message id may still be one that we did not receive live.

More than the clocks of the servers of a network differ. Later lines are not taken from the history.
"""

JOIN_TOLERANCE = timedelta(milliseconds=250)
"""How far the time of our JOIN by the server's clock may be wrong where the server does not give it."""

END_OF_TIME = datetime.max.replace(tzinfo=UTC)

Interval = tuple[datetime | None, datetime | None]


@dataclass(frozen=True, slots=True)
class Request:
    """A CHATHISTORY command. `at` is the time that it names, None where it names a message id.

    `is_probe`: it should find nothing, if the page before it was not cut short.
    """

    subcommand: str
    position: str
    limit: int
    at: datetime | None = None
    is_probe: bool = False


@dataclass(slots=True)
class Page:
    """What has been received of one page. `last_msgid` is that of its last line, "" where requests cannot name ids."""

    line_count: int = 0
    last_msgid: str = ""
    first_at: datetime | None = None
    last_at: datetime | None = None
    known_by_id_count: int = 0


@dataclass(slots=True, kw_only=True)
class Fill:
    """A gap being filled, from `cursor` up to `until`, our JOIN by the server's clock (None where it is not known).

    `said_at` has the times of the messages that we have and the history should repeat. `request` is the one being
    answered, None where the server replays by itself. `uncertain` are the times of which lines may be missing.
    """

    channel: WantedChannel
    cursor: HistoryCursor
    known: KnownIndex
    said_at: list[datetime]
    until: datetime | None
    until_local: datetime
    page_limit: int
    has_page_limit: bool
    uses_msgids: bool
    request: Request | None = None
    page: Page = field(default_factory=Page)
    page_count: int = 0
    largest_page: int = 0
    line_count: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    overlaps: bool = False
    uncertain: list[tuple[datetime, datetime]] = field(default_factory=list)
    latest_at: datetime | None = None

    def first_request(self) -> Request:
        if self.uses_msgids and self.cursor.msgid:
            return self._after_id(self.cursor.msgid)
        return self._after_cursor()

    def begin_page(self, request: Request) -> None:
        """Prepare for the answer to a request."""
        self.largest_page = max(self.largest_page, self.page.line_count)
        self.request, self.page = request, Page()
        self.page_count += 1
        self.known.begin_listing()

    def note_line(self, msgid: str, at: datetime | None) -> None:
        """Take note of a line of the history, whether or not it is recorded."""
        page = self.page
        page.line_count += 1
        self.line_count += 1
        if at is not None:
            self.first_at = self.first_at or at
            page.first_at = page.first_at or at
            # Times may go back by a moment where the lines come from several servers.
            page.last_at = max(at, page.last_at or at)
            self.last_at = max(at, self.last_at or at)
            self.known.is_fine = self.known.is_fine or at.microsecond != 0
            self.overlaps = self.overlaps or at < self.cursor.at - SECOND
        # The server knows the last line before the gap, if it says what follows it.
        is_first_by_id = self.page_count == 1 and self.request is not None and self.request.at is None
        self.overlaps = self.overlaps or is_first_by_id
        page.last_msgid = msgid if self.uses_msgids else ""

    def note_known(self, at_local: datetime, server_at: datetime | None, *, has_msgid: bool) -> None:
        """Take note of a line that we have, recorded at a time of ours."""
        self.page.known_by_id_count += has_msgid
        # A line that we have received live after our JOIN proves nothing about the time before, nor does one that an
        # earlier page has shown.
        end = self.until if self.request is None else self.cursor.at + MILLISECOND
        if server_at is None or end is None or server_at < end:
            self.overlaps = True
        self.in_order(at_local)

    def wants(self, server_at: datetime | None, *, has_msgid: bool) -> bool:
        """Whether a line that is not known should be recorded."""
        if server_at is None or has_msgid:
            # With ids the database recognises what it has.
            return server_at is None or server_at >= self.cursor.at - SECOND
        if self.request and self.request.subcommand == "BEFORE":
            # Only for the lines of one time; those before it were on earlier pages.
            return self.uncertain[-1][0] <= server_at < self.uncertain[-1][1]
        is_live = self.until is not None and server_at > self.until + LIVE_MARGIN
        return not is_live and server_at >= self.cursor.at - SECOND

    def in_order(self, at: datetime) -> datetime:
        """Return the time to record for a line (ours), not before the line that precedes it in the history.

        History is in order, but servers that cut its times to seconds make lines seem to go back within a second.
        """
        self.latest_at = max(at, self.latest_at) if self.latest_at and self.latest_at - at < SECOND else at
        return self.latest_at

    def next_request(self, request: Request) -> Request | None:
        """Return the request that follows an answered one; None when there is none."""
        page = self.page
        is_without_position = page.last_at is None and not page.last_msgid
        if self.page_count >= MAX_PAGES or (is_without_position and page.line_count >= request.limit):
            # There may be more, but nothing says from where on.
            self.uncertain.append((page.last_at or self.cursor.at, END_OF_TIME))
            return None
        if request.subcommand == "BEFORE":
            return self._after_burst()
        if request.at is None:
            return self._after_page_by_id(request)
        if request.is_probe and page.line_count and (request.at, request.at + self._resolution) not in self.uncertain:
            # The page before did not have all lines of its last time.
            self.uncertain.append((request.at, request.at + self._resolution))
        if self._reaches_join():
            return None
        if page.last_msgid:
            return self._after_id(page.last_msgid)
        return None if page.last_at is None else self._after_page_by_time(request, request.at, page.last_at)

    def request_after_failure(self, request: Request) -> Request | None:
        """Return what to request instead of a request that the server refused."""
        if request.subcommand == "BEFORE":
            return self._after_burst()
        # The server may have forgotten the line with this id.
        return self._after_cursor() if request.at is None and self.page_count <= 1 else None

    def filled_intervals(self, *, is_complete: bool) -> list[Interval]:
        """Return the intervals of which nothing is missing, in order.

        None is the beginning of the gap or its end. `is_complete`: the history has ended and was not cut short.
        """
        expects_overlap = any(self._first_at() <= at < self.cursor.at + MILLISECOND for at in self.said_at)
        reaches_back = self.overlaps or (self.first_at is not None and self.first_at <= self.cursor.at)
        since = None
        if not reaches_back and (expects_overlap or self.request is None):
            # The history begins within the gap: the server has forgotten the lines before, perhaps also some of the
            # same time.
            if self.first_at is None:
                return []
            since = self.first_at + self._resolution
        elif self._starts_within_second():
            # Which of equal lines of that second are known is uncertain.
            since = self.first_at and self.first_at.replace(microsecond=0) + SECOND
        end = None if is_complete else self.last_at and self.last_at.replace(microsecond=0)
        if not is_complete and end is None:
            return []
        intervals: list[Interval] = []
        for start, until in self.uncertain:
            intervals.append((since, start))
            since = until
        return [*intervals, (since, end)]

    def _starts_within_second(self) -> bool:
        """Whether a replay may begin with some of the lines of a second in which the gap begins, and not all."""
        if self.request is not None or self.known.is_fine or self.page.known_by_id_count or self.first_at is None:
            return False
        return self.first_at.replace(microsecond=0) + SECOND > self.cursor.at

    def _first_at(self) -> datetime:
        """The time from which on lines are requested.

        A history without message ids may be cut to seconds although live lines are not.
        """
        return self.cursor.at if self.cursor.msgid else self.cursor.at.replace(microsecond=0)

    def _reaches_join(self) -> bool:
        """Whether the page ends with lines that we have received live, also if our JOIN's time is an estimate."""
        if self.until is None or self.page.last_at is None:
            return False
        return self.page.last_at > self.until + JOIN_TOLERANCE

    @property
    def _resolution(self) -> timedelta:
        return MILLISECOND if self.known.is_fine else SECOND

    def _after_page_by_id(self, request: Request) -> Request | None:
        page = self.page
        if self.line_count == 0:
            # The server may have forgotten the line with this id, so an empty page proves nothing: request by time.
            return self._after_cursor()
        if self._reaches_join():
            return None
        if page.last_msgid:
            next_request = self._after_id(page.last_msgid)
            return None if next_request.position == request.position else next_request
        return None if page.last_at is None else self._after_time(page.last_at - MILLISECOND)

    def _after_page_by_time(self, request: Request, requested_at: datetime, last_at: datetime) -> Request | None:
        # The last line again, since others may have the same time.
        if last_at - MILLISECOND > requested_at:
            return self._after_time(last_at - MILLISECOND)
        if last_at <= requested_at:
            # Only the times shown are cut to seconds: go on behind that second.
            second = last_at.replace(microsecond=0)
            end = second + SECOND - MILLISECOND
            if self.page.line_count >= (request.limit if self.has_page_limit else MIN_PAGE_LINES):
                self.uncertain.append((second, second + SECOND))
            return self._after_time(end) if end > requested_at else None
        # All lines of the page have the time from which on they were requested.
        if self.page.line_count < request.limit:
            # The history ends here, unless the server sends fewer lines than requested without having said so.
            if self.has_page_limit or request.is_probe:
                return None
            if self.page.line_count >= max(self.largest_page, MIN_PAGE_LINES):
                self.uncertain.append((last_at, last_at + self._resolution))
            return replace(self._after_time(last_at), is_probe=True)
        if request.limit < self.page_limit:
            return self._after_time(requested_at, self.page_limit)
        start = requested_at + MILLISECOND
        end = start + self._resolution
        self.uncertain.append((start, end))
        return Request("BEFORE", _format_time(end), request.limit, end)

    def _after_burst(self) -> Request:
        """Go on behind a time of which the server may have more lines than it sends."""
        start, end = self.uncertain[-1]
        reaches_before = self.page.first_at is not None and self.page.first_at < start
        if self.page.known_by_id_count or reaches_before:
            # The last lines of that time begin among its first ones, or before: none is missing in between.
            self.uncertain.pop()
        return self._after_time(end - MILLISECOND)

    def _after_id(self, msgid: str) -> Request:
        return Request("AFTER", f"msgid={msgid}", min(PAGE_LINES, self.page_limit))

    def _after_cursor(self) -> Request:
        return self._after_time(self._first_at() - MILLISECOND)

    def _after_time(self, at: datetime, limit: int = PAGE_LINES) -> Request:
        return Request("AFTER", _format_time(at), min(limit, self.page_limit), at)


def _format_time(at: datetime) -> str:
    """Return a position of CHATHISTORY. AFTER and BEFORE exclude the position itself."""
    at = at.astimezone(UTC)
    return f"timestamp={at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"
