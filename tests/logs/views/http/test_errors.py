from __future__ import annotations

import pytest
from django.db import OperationalError
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from botbot.logging_config import DatabaseUnavailableFilter
from logs.models import Channel
from logs.views.reading import index

pytestmark = pytest.mark.django_db
PARTS = st.sampled_from(["testnet", "garden", "at", "1", "2026-03-01", "2026-03-01.txt", "%00", "..", "%2F", "%23"])
PATHS = st.lists(PARTS | st.text(max_size=8), max_size=5).map(lambda parts: "/" + "/".join(parts))


def test_an_unknown_address_is_404_with_a_way_home(client: Client) -> None:
    response = client.get("/no/such/page/here")
    assert response.status_code == 404
    assert '<a href="/">All channels</a>' in response.content.decode()


@pytest.mark.parametrize(("error", "status"), [(ZeroDivisionError("secret"), 500), (OperationalError("secret"), 503)])
def test_a_broken_page_says_so_without_saying_why(
    monkeypatch: pytest.MonkeyPatch, client: Client, error: Exception, status: int
) -> None:
    def broken(*_: object) -> None:
        raise error

    monkeypatch.setattr(index, "_fetch_with_activity", broken)
    client.raise_request_exception = False
    response = client.get("/")
    assert response.status_code == status
    assert response.has_header("Retry-After") == (status == 503)
    page = response.content.decode()
    assert "Something went wrong" in page
    assert "secret" not in page
    assert "Traceback" not in page


def test_pages_without_a_database_are_logged_once_and_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    errors = iter([OperationalError("connection pool\nexhausted")] * 3 + [ZeroDivisionError("ours")])

    def broken(*_: object) -> None:
        raise next(errors)

    monkeypatch.setattr(index, "_fetch_with_activity", broken)
    client.raise_request_exception = False
    caplog.handler.addFilter(logged := DatabaseUnavailableFilter())
    try:
        for _ in range(4):
            client.get("/")
    finally:
        caplog.handler.removeFilter(logged)
    of_pages = [record for record in caplog.records if record.name == "django.request"]
    assert [record.getMessage() for record in of_pages] == [
        "1 pages failed because of the database: connection pool exhausted",
        "Internal Server Error: /",
    ]
    assert [record.exc_info is not None for record in of_pages] == [False, True]


@given(PATHS, st.dictionaries(st.sampled_from(["from", "day", "q"]), st.text()))
def test_no_address_breaks_anything(client: Client, two_days: Channel, path: str, query: dict[str, str]) -> None:
    assert client.get(path, query).status_code in {200, 301, 302, 404, 406}
