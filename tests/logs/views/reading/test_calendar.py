from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from logs.models import Channel
from tests.conftest import Say

pytestmark = pytest.mark.django_db


@pytest.fixture
def years(channel: Channel, say: Say) -> Channel:
    """Lines in 2020, 2024 and 2026: one on a leap day, ten on the last day of a year."""
    say(channel, "ann", at=datetime(2020, 5, 5, tzinfo=UTC))
    say(channel, "ann", at=datetime(2024, 2, 29, tzinfo=UTC))
    for _ in range(10):
        say(channel, "ann", at=datetime(2024, 12, 31, 23, 59, tzinfo=UTC))
    say(channel, "ann", at=datetime(2026, 1, 1, tzinfo=UTC))
    return channel


def test_the_calendar_is_that_of_the_last_year_with_lines(client: Client, years: Channel) -> None:
    response = client.get("/testnet/garden/calendar/")
    assert (response.status_code, response["Location"]) == (302, "/testnet/garden/2026/")


def test_a_year_links_its_days_and_tells_how_full_they_are(client: Client, years: Channel) -> None:
    page = client.get("/testnet/garden/2024/").content.decode()
    days = re.findall(r'<td class="(h\d)"><a href="/testnet/garden/([\d-]+)/" title="([^"]+)">(\d+)</a>', page)
    assert days == [("h2", "2024-02-29", "1 line", "29"), ("h5", "2024-12-31", "10 lines", "31")]
    assert page.count("<caption>") == 12
    assert len(re.findall(r"<td[^>]*>(?:<a[^>]*>)?\d+", page)) == 366


def test_years_with_lines_are_linked(client: Client, years: Channel) -> None:
    page = client.get("/testnet/garden/2024/").content.decode()
    assert re.search('rel="prev"[^>]+href="/testnet/garden/2020/"', page)
    assert re.search('rel="next"[^>]+href="/testnet/garden/2026/"', page)
    assert re.search(r'/2024/" aria-current="page">2024</a> <span class="count">11<', page)


@pytest.mark.parametrize(("year", "nearest"), [("0000", 2020), ("1999", 2020), ("2022", 2024), ("9999", 2026)])
def test_a_year_without_lines_offers_the_nearest(client: Client, years: Channel, year: str, nearest: int) -> None:
    response = client.get(f"/testnet/garden/{year}/")
    assert response.status_code == 404
    assert f'href="/testnet/garden/{nearest}/"' in response.content.decode()


@pytest.mark.parametrize("page", ["calendar", "2026"])
def test_a_channel_without_lines_has_no_calendar(client: Client, channel: Channel, page: str) -> None:
    response = client.get(f"/testnet/garden/{page}/")
    assert response.status_code == 404
    assert 'href="/testnet/garden/"' in response.content.decode()


def test_a_year_takes_the_same_few_queries(
    client: Client, years: Channel, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for year in (2020, 2024):
        with django_assert_num_queries(3):
            client.get(f"/testnet/garden/{year}/")
