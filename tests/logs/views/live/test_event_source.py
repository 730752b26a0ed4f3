"""A browser that is refused a stream for a while comes back; other clients get the status."""

from __future__ import annotations

import json
import re

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from logs.models import Channel
from logs.views.api.middleware import rate_limiter
from logs.views.live.live_responses import answer_event_sources, make_refusal

BROWSER = {"Accept": "text/event-stream", "User-Agent": "Mozilla/5.0"}


def ask(refusal: HttpResponse, path: str = "/testnet/garden/live", **headers: str) -> HttpResponse:
    request = RequestFactory().get(path, headers=headers)

    def refuse(_: HttpRequest) -> HttpResponse:
        return refusal

    return answer_event_sources(refuse)(request)  # type: ignore[return-value]


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("browser", [BROWSER, {"Accept": "text/event-stream", "Sec-Fetch-Mode": "cors"}])
def test_a_browser_is_told_when_to_reconnect(status: int, browser: dict[str, str]) -> None:
    response = ask(make_refusal(status, "Too many.", Retry_After="20"), **browser)
    assert (response.status_code, response["Content-Type"]) == (200, "text/event-stream; charset=utf-8")
    retry, event, data = re.fullmatch(r"retry: (\d+)\nevent: (\w+)\ndata: (.*)\n\n", response.text).groups()
    assert (event, json.loads(data)) == ("refused", {"status": status, "retry": int(retry)})
    assert 20_000 <= int(retry) <= 30_000
    assert "id:" not in response.text, "the browser keeps the id of its last event"


@pytest.mark.parametrize(
    "headers",
    [{"Accept": "text/event-stream"}, {"Accept": "*/*", "User-Agent": "Mozilla/5.0"}, {"User-Agent": "curl/8"}],
)
def test_programs_get_the_status(headers: dict[str, str]) -> None:
    assert ask(make_refusal(503, "Too many.", Retry_After="20"), **headers).status_code == 503


@pytest.mark.parametrize("status", [400, 404, 405, 406])
def test_what_does_not_pass_by_itself_ends_the_stream(status: int) -> None:
    assert ask(make_refusal(status, "No."), **BROWSER).status_code == status


def test_pages_are_refused_as_ever() -> None:
    assert ask(make_refusal(503, "Away."), "/testnet/garden/", **BROWSER).status_code == 503


@pytest.mark.django_db
def test_a_browser_that_has_used_up_its_requests_comes_back(channel: Channel, settings: object) -> None:
    settings.API_PER_ADDRESS = 1  # type: ignore[attr-defined]
    rate_limiter.clear()
    path = "/api/v1/networks/testnet/channels/garden"
    assert Client().get(path).status_code == 200
    assert Client().get(f"{path}/live").status_code == 429
    response = Client().get(f"{path}/live", headers=BROWSER)
    rate_limiter.clear()
    assert (response.status_code, response["Access-Control-Allow-Origin"]) == (200, "*")
    assert "event: refused" in response.text
