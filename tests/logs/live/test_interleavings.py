"""Whatever happens in whatever order, a page that follows holds what a reload would show: never more, never less."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logs.ingest.channel_state import close_gap, open_gap, remove_lines, shrink_gaps
from logs.ingest.entry import Entry
from logs.ingest.store import store_lines
from logs.models import Channel, Kind, Line, LineCounter, Network
from logs.models.line import Reason
from tests import examples
from tests.logs.live.page import Page
from tests.processes import Site

PAGES = 3
Step = Callable[[Channel, list[Page]], None]
names = (f"#channel{number}" for number in itertools.count())


def store(channel: Channel, count: int, seconds_ago: float = 0) -> None:
    at = timezone.now() - timedelta(seconds=seconds_ago)
    with transaction.atomic():
        store_lines(
            [Entry(channel.pk, at + timedelta(microseconds=n), Kind.MESSAGE, "ann", f"line {n}") for n in range(count)]
        )


def last(channel: Channel) -> int:
    counter = LineCounter.objects.filter(channel=channel).first()
    return counter.last_id if counter else 0


def say(count: int) -> Step:
    return lambda channel, _pages: store(channel, count)


def fill(count: int, seconds_ago: float) -> Step:
    return lambda channel, _pages: store(channel, count, seconds_ago)


def redact(fractions: list[float]) -> Step:
    def step(channel: Channel, _pages: list[Page]) -> None:
        ids = list(Line.objects.filter(channel=channel).order_by("id").values_list("id", flat=True))
        remove_lines(channel, {ids[int(fraction * len(ids))] for fraction in fractions if ids})

    return step


def open_one(seconds_ago: float) -> Step:
    return lambda channel, _pages: change(open_gap, channel.pk, ago(seconds_ago), Reason.CONNECTION)


def close_it(seconds_ago: float) -> Step:
    return lambda channel, _pages: change(close_gap, channel.pk, ago(seconds_ago))


def record_after_all(seconds_ago: float, seconds: float) -> Step:
    return lambda channel, _pages: change(shrink_gaps, channel.pk, ago(seconds_ago), ago(seconds_ago - seconds))


def ago(seconds: float) -> datetime:
    return timezone.now() - timedelta(seconds=seconds)


def change(act: Callable[..., None], *arguments: object) -> None:
    with transaction.atomic():
        act(*arguments)


def of_page(number: int, act: Callable[[Page], None]) -> Step:
    return lambda _channel, pages: act(pages[number])


def read(page: Page) -> None:
    if page.reader is None:
        page.connect()
    page.take(last(page.channel))


fraction = st.floats(0, 1, exclude_max=True)
steps = st.one_of(
    st.builds(say, st.integers(1, 4)),
    st.builds(say, st.sampled_from([60, 210, 700])),
    st.builds(fill, st.integers(1, 30), st.floats(0.1, 3000)),
    st.builds(redact, st.lists(fraction, min_size=1, max_size=5)),
    st.builds(open_one, st.floats(0, 3000)),
    st.builds(close_it, st.floats(0, 3000)),
    st.builds(record_after_all, st.floats(0, 3000), st.floats(0, 2000)),
    st.builds(of_page, st.integers(0, PAGES - 1), st.sampled_from([Page.connect, Page.leave, Page.load, read])),
)


@pytest.mark.timeout(300)
def test_every_page_equals_a_reload(site: Site, network: Network) -> None:
    @settings(max_examples=examples.count(15, nightly=40), suppress_health_check=list(HealthCheck))
    @given(st.lists(steps, min_size=5, max_size=25))
    def check_interleaving(chosen: list[Step]) -> None:
        channel = Channel.objects.create(network=network, name=next(names))
        pages = [Page(site, channel) for _ in range(PAGES)]
        try:
            for page in pages:
                page.connect()
            for step in chosen:
                step(channel, pages)
            for page in pages:
                read(page)
            reloaded = Page(site, channel)
            assert len(reloaded.shown) == Line.objects.filter(channel=channel, at__date=reloaded.day).count()
            for page in pages:
                assert page.shown == reloaded.shown
                assert page.gaps == reloaded.gaps
        finally:
            for page in pages:
                page.leave()

    check_interleaving()
    assert "Traceback" not in site.output()
