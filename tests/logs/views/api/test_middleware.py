"""Who may ask and how often, who may read the answer, and how errors look."""

from __future__ import annotations

import json

import pytest
from django.db import OperationalError
from django.test import Client
from pytest_django import Settings

from logs.accounts.api_tokens import create_token
from logs.models import Channel
from logs.sharing.limits import MAX_CALLERS
from logs.views.api.middleware import rate_limiter
from logs.views.http.client_address import RateLimiter
from tests.conftest import Say
from tests.logs.views.api.conftest import GARDEN, Caller

pytestmark = pytest.mark.django_db
NETWORKS = "/api/v1/networks"


@pytest.fixture
def garden(channel: Channel, say: Say) -> Channel:
    say(channel, "ann", "zanzibar7")
    return channel


def test_any_page_may_read_what_is_public(garden: Channel, api: Caller) -> None:
    response = api.get(f"{GARDEN}/lines", headers={"Origin": "https://elsewhere.example"})
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in response.headers
    assert "ETag" in response.headers["Access-Control-Expose-Headers"]


def test_browsers_may_ask_beforehand(garden: Channel) -> None:
    preflight = {"Origin": "https://elsewhere.example", "Access-Control-Request-Headers": "authorization"}
    response = Client().options(f"{GARDEN}/lines", headers=preflight | {"Access-Control-Request-Method": "GET"})
    assert response.status_code == 204
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "GET" in response.headers["Access-Control-Allow-Methods"]
    assert "Authorization" in response.headers["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Credentials" not in response.headers


def test_cookies_count_for_nothing_and_none_are_set(garden: Channel, admin_client: Client) -> None:
    Channel.objects.update(visibility="members")
    response = admin_client.get(GARDEN)
    assert response.status_code == 404
    assert not response.cookies
    assert "Cookie" not in response.headers["Vary"]


def test_an_answer_is_known_by_its_tag(garden: Channel, say: Say, api: Caller) -> None:
    first = api.get(f"{GARDEN}/lines")
    assert first.headers["Cache-Control"] == "public, no-cache"
    again = api.get(f"{GARDEN}/lines", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["Access-Control-Allow-Origin"] == "*"
    say(garden, "bob", "something new")
    assert api.get(f"{GARDEN}/lines", headers={"If-None-Match": first.headers["ETag"]}).status_code == 200


def test_head_tells_what_get_would(garden: Channel) -> None:
    response = Client().head(f"{GARDEN}/lines")
    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["ETag"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/nothing", 404),
        ("GET", "/api/v2/networks", 404),
        ("GET", "/api/v1/networks/nowhere/channels", 404),
        ("GET", "/api/v1/networks/testnet/channels/nothing/lines", 404),
        ("GET", f"{GARDEN}/lines/99", 404),
        ("GET", f"{GARDEN}/lines/99999999999", 404),
        ("POST", f"{GARDEN}/lines", 405),
        ("DELETE", NETWORKS, 405),
        ("POST", f"{GARDEN}/live", 405),
        ("POST", "/api/v1/nothing", 404),
        ("GET", f"{GARDEN}/lines?limit=x", 422),
        ("GET", "/api/v1/search", 422),
        ("GET", f"{GARDEN}/days?after=2026-02-30", 422),
        ("GET", f"{GARDEN}/live?after=x", 422),
    ],
)
def test_every_error_is_a_problem(garden: Channel, method: str, path: str, status: int) -> None:
    response = Client(enforce_csrf_checks=True).generic(method, path)
    assert response.status_code == status, response.content
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    problem = json.loads(response.content)
    assert problem["status"] == status
    assert problem["detail"].endswith(".")
    assert ("Allow" in response.headers) == (status == 405)


def test_a_name_that_is_not_ours_is_refused_as_a_problem(garden: Channel, caplog: pytest.LogCaptureFixture) -> None:
    response = Client().get(NETWORKS, headers={"Host": "elsewhere.example"})
    assert (response.status_code, response.headers["Content-Type"]) == (400, "application/problem+json")
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert json.loads(response.content)["detail"] == "This server has no site of this name."
    (record,) = caplog.records
    assert "elsewhere.example" in record.getMessage()


def test_an_internal_error_is_reported_without_details(
    garden: Channel, api: Caller, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("inner secret")

    monkeypatch.setattr("logs.views.api.line_endpoints.line_record", broken)
    response = api.get(f"{GARDEN}/lines")
    assert (response.status_code, response.headers["Content-Type"]) == (500, "application/problem+json")
    assert b"secret" not in response.content
    assert "inner secret" in caplog.text


def test_without_a_database_it_says_when_to_retry(
    garden: Channel, api: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise OperationalError("server closed the connection")

    monkeypatch.setattr("logs.views.api.responses.channel_or_404", away)
    response = api.get(f"{GARDEN}/lines")
    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    monkeypatch.setattr("logs.views.api.middleware.find_bearer", away)
    response = Caller("botbot_x").get(NETWORKS)
    assert (response.status_code, response.headers["Content-Type"]) == (503, "application/problem+json")


@pytest.fixture
def three_a_minute(settings: Settings) -> Settings:
    settings.API_PER_ADDRESS, settings.API_PER_TOKEN = 3, 5
    settings.TRUSTED_PROXIES = ["127.0.0.1"]
    return settings


def test_who_asks_too_often_is_told_when_to_retry(garden: Channel, api: Caller, three_a_minute: Settings) -> None:
    responses = [api.get(NETWORKS) for _ in range(4)]
    assert [response.status_code for response in responses] == [200, 200, 200, 429]
    assert [response.headers["RateLimit-Remaining"] for response in responses] == ["2", "1", "0", "0"]
    assert {response.headers["RateLimit-Limit"] for response in responses} == {"3"}
    assert responses[0].headers["RateLimit-Policy"] == '"address";q=3;w=60'
    assert responses[0].headers["RateLimit"].startswith('"address";r=2;t=')
    assert 1 <= int(responses[3].headers["Retry-After"]) <= 20
    assert responses[3].headers["Content-Type"] == "application/problem+json"
    assert "Retry-After" not in responses[2].headers


def test_each_address_is_counted_by_itself_and_only_a_proxy_is_believed(
    garden: Channel, three_a_minute: Settings
) -> None:
    def ask(peer: str, forwarded: str) -> int:
        response = Client(REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR=forwarded).get(NETWORKS)
        return int(response.headers["RateLimit-Remaining"])

    assert [ask("127.0.0.1", "192.0.2.1"), ask("127.0.0.1", "192.0.2.2")] == [2, 2]
    assert ask("127.0.0.1", "192.0.2.9, 192.0.2.1") == 1  # what a visitor claims counts for nothing
    assert [ask("198.51.100.7", "192.0.2.3"), ask("198.51.100.7", "192.0.2.4")] == [2, 1]
    assert [ask("127.0.0.1", "2001:db8::1"), ask("127.0.0.1", "2001:db8::2")] == [2, 1]


def test_a_token_is_counted_by_itself_and_guesses_by_their_address(garden: Channel, three_a_minute: Settings) -> None:
    caller = Caller(create_token(garden, "reader", "root"))
    assert [caller.get(NETWORKS).status_code for _ in range(6)] == [200] * 5 + [429]
    assert caller.get(NETWORKS).headers["RateLimit-Policy"] == '"token";q=5;w=60'
    assert [Caller(f"botbot_{guess}").get(NETWORKS).status_code for guess in range(4)] == [401, 401, 401, 429]


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = RateLimiter()
    for number in range(MAX_CALLERS + 10):
        counted.spend("address", str(number), 3)
    assert len(counted) == MAX_CALLERS
    assert counted.spend("address", str(MAX_CALLERS + 9), 3).remaining == 1
    assert counted.spend("address", "0", 3).remaining == 2


def test_requests_come_back_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr("logs.views.http.client_address.monotonic", lambda: now[0])
    counted = RateLimiter()
    spent = [counted.spend("address", "a", 60) for _ in range(61)]
    assert [found.remaining for found in spent[:60]] == list(range(59, -1, -1))
    assert (spent[60].wait, spent[60].reset) == (1, 60)
    now[0] += 2
    assert [counted.spend("address", "a", 60).wait for _ in range(3)] == [0, 0, 1]
    now[0] += 100
    assert counted.spend("address", "a", 60).remaining == 59


def test_pages_are_not_counted(garden: Channel, client: Client) -> None:
    response = client.get("/testnet/garden/")
    assert "RateLimit" not in response.headers
    assert "Access-Control-Allow-Origin" not in response.headers
    assert len(rate_limiter) == 0
