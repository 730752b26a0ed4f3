"""How many queries each page takes: always as many, however much there is to show."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from logs.models import Channel, Gap, Network
from logs.models.line import Reason
from tests.conftest import Say

pytestmark = pytest.mark.django_db

QUERIES = {
    "/": 2,  # the channels of a page, and the last 30 days of all of them
    "/testnet/": 3,
    "/testnet/garden/": 8,  # the last day of an archive, of which no process follows the files
    "/testnet/garden/?day=2026-03-01&time=09:01": 3,
    "/testnet/garden/2026-03-01/": 7,
    "/testnet/garden/2026-03-01/?from=2": 9,
    "/testnet/garden/2026-03-01.txt": 3,
    "/testnet/garden/2026-03-01.json": 3,
    "/testnet/garden/2026-03-02/": 5,
    "/testnet/garden/at/1/": 3,
    "/testnet/garden/at/1-2/": 3,
    "/testnet/garden/2026/": 3,
    "/testnet/garden/calendar/": 2,
    "/testnet/garden/stats/": 12,  # one of them: all records and milestones
    "/testnet/garden/about/": 1,
    "/stats/": 11,  # as above; the sums over several channels are cached
    "/about/": 1,
    "/sign-in/": 2,
    "/add/": 2,
    "/request/": 1,
    "/nowhere/": 1,
    "/testnet/nowhere/": 3,  # a channel, a former name of one, the network
}


@pytest.mark.parametrize("path", list(QUERIES))
def test_a_page_takes_as_many_queries_however_much_there_is(
    client: Client, two_days: Channel, say: Say, django_assert_num_queries: DjangoAssertNumQueries, path: str
) -> None:
    with django_assert_num_queries(QUERIES[path]):
        client.get(path).getvalue()
    start = datetime(2026, 3, 1, 9, tzinfo=UTC)
    for number in range(12):
        say(two_days, f"nick{number}", "roses", at=start + timedelta(minutes=number))
        Gap.objects.create(channel=two_days, from_at=start, to_at=start + timedelta(minutes=5), reason=Reason.STOPPED)
        other = Channel.objects.create(network=Network.objects.create(name=f"net{number}"), name="#garden")
        say(other, "ann", "roses", at=start)
    with django_assert_num_queries(QUERIES[path]):
        client.get(path).getvalue()
