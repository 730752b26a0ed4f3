"""Health checks and metrics are answered by address; a strange host is refused and costs one line of the log."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from django.test import Client, override_settings

from logs.live import relay

pytestmark = pytest.mark.django_db
PROBES = ["/healthz", "/readyz", "/metrics"]


@pytest.fixture(autouse=True)
def a_public_site() -> Iterator[None]:
    with override_settings(ALLOWED_HOSTS=["logs.example.org"]):
        yield


@pytest.mark.parametrize("path", PROBES)
@pytest.mark.parametrize("host", ["10.1.2.3:8000", "[fd00::7]:8000", "web", "a b"])
def test_a_probe_is_answered_under_any_host(client: Client, path: str, host: str) -> None:
    assert client.get(path, headers={"host": host}).status_code == 200


def test_a_strange_host_is_refused_with_one_line(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    answer = client.get("/", headers={"host": "elsewhere.example\t" + "x" * 1000})
    assert answer.status_code == 400
    assert b"no site of this name" in answer.content
    (record,) = caplog.records
    assert "elsewhere.example" in record.getMessage()
    assert record.exc_info is None
    assert len(record.getMessage()) < 250
    assert client.get("/", headers={"host": "logs.example.org"}).status_code == 200


@pytest.mark.parametrize(
    ("peer", "forwarded", "status"),
    [
        ("127.0.0.1", None, 200),
        ("10.9.8.7", None, 200),
        ("fd00::1", None, 200),
        ("::ffff:192.168.1.1", None, 200),
        ("203.0.113.9", None, 403),
        ("2001:db8::1", None, 403),
        ("127.0.0.1", "203.0.113.9", 403),  # a visitor, through a proxy that passes everything on
        ("127.0.0.1", "10.9.8.7", 200),
        ("203.0.113.9", "10.9.8.7", 403),  # a header that a visitor made up
    ],
)
def test_metrics_are_for_trusted_networks(client: Client, peer: str, forwarded: str | None, status: int) -> None:
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    assert client.get("/metrics", headers=headers, REMOTE_ADDR=peer).status_code == status
    assert client.get("/healthz", headers=headers, REMOTE_ADDR=peer).status_code == 200


def test_a_failing_relay_is_notified(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    failing = SimpleNamespace(problem="Connection refused", evicted=3)
    monkeypatch.setattr(relay, "_running", [failing])
    answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (
        200,
        b"ready, but live is not relayed to Redis: Connection refused\n",
    )
    metrics = client.get("/metrics").content.decode()
    assert "\nbotbot_relay_failing 1.0\n" in metrics
    assert "\nbotbot_relay_evicted_keys 3.0\n" in metrics
