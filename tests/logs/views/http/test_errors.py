from __future__ import annotations

import pytest
from django.db import OperationalError
from django.http import HttpRequest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

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
    def broken(request: HttpRequest) -> None:
        raise error

    monkeypatch.setattr(index, "_with_activity", broken)
    client.raise_request_exception = False
    response = client.get("/")
    assert response.status_code == status
    assert response.has_header("Retry-After") == (status == 503)
    page = response.content.decode()
    assert "Something went wrong" in page
    assert "secret" not in page
    assert "Traceback" not in page


@given(PATHS, st.dictionaries(st.sampled_from(["from", "day", "q"]), st.text()))
def test_no_address_breaks_anything(client: Client, two_days: Channel, path: str, query: dict[str, str]) -> None:
    assert client.get(path, query).status_code in {200, 301, 302, 404, 406}
