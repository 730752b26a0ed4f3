from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from logs import archive
from logs.models import Channel
from tests.conftest import Say

pytestmark = pytest.mark.django_db


def test_a_permalink_leads_to_the_line_in_its_day(
    client: Client, two_days: Channel, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(3):
        response = client.get("/testnet/garden/at/2/")
    assert (response.status_code, response["Location"]) == (302, "/testnet/garden/2026-03-01/?mark=2#l2")


def test_a_permalink_into_a_long_day_leads_to_the_part_that_shows_the_line(
    client: Client, channel: Channel, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "PART_LINES", 3)
    monkeypatch.setattr(archive, "LINES_BEFORE_LINKED", 1)
    for number in range(8):
        say(channel, "ann", str(number), at=datetime(2026, 3, 1, 9, number // 2, tzinfo=UTC))
    response = client.get("/testnet/garden/at/6/", follow=True)
    assert response.redirect_chain[-1][0] == "/testnet/garden/2026-03-01/?from=5&mark=6#l6"
    assert 'id="l6"' in response.content.decode()


@pytest.mark.parametrize(("lines", "mark"), [("1-2", "1-2"), ("2-1", "2-1"), ("1-99", "1-99")])
def test_a_permalink_of_several_lines_marks_them(client: Client, two_days: Channel, lines: str, mark: str) -> None:
    first = lines.partition("-")[0]
    response = client.get(f"/testnet/garden/at/{lines}/")
    assert (response.status_code, response["Location"]) == (302, f"/testnet/garden/2026-03-01/?mark={mark}#l{first}")


@pytest.mark.parametrize("number", ["0", "4", "2147483647", "0000000003999"])
def test_a_line_that_does_not_exist_offers_the_last_day(client: Client, two_days: Channel, number: str) -> None:
    response = client.get(f"/testnet/garden/at/{number}/")
    assert response.status_code == 404


@pytest.mark.parametrize("number", ["2147483648", "-1", "x", "99999999999999999999", "1-"])
def test_what_is_no_number_of_a_line_is_missing(client: Client, two_days: Channel, number: str) -> None:
    assert client.get(f"/testnet/garden/at/{number}/").status_code == 404


def test_a_missing_line_names_the_last_day(client: Client, two_days: Channel) -> None:
    assert 'href="/testnet/garden/2026-03-09/"' in client.get("/testnet/garden/at/99/").content.decode()
