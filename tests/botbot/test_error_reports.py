"""What leaves the site for Sentry and OpenTelemetry: where it fails, and nobody's words or address."""

from __future__ import annotations

import gzip
import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self
from unittest.mock import Mock
from urllib.parse import quote

import gevent
import pytest
from django.core.checks import run_checks
from django.db import OperationalError, connection
from django.test import override_settings
from gevent.event import Event
from gevent.pywsgi import WSGIServer
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from botbot import error_reports
from botbot.error_reports import make_report
from logs.ingest.entry import Entry
from logs.ingest.journal import Journal
from logs.models import Channel, Kind
from logs.recording.writer import Writer
from logs.tracing import make_tracer
from tests.conftest import Say
from tests.processes import ROOT, Site, wait_for

WORD, ADDRESS = "hunter2secret", "203.0.113.77"


class Collector:
    """Takes what is sent by HTTP, to any path. It answers only while `is_open` is set."""

    def __init__(self) -> None:
        self.bodies: list[tuple[str, bytes]] = []
        self.is_open = Event()
        self.is_open.set()
        self._server = WSGIServer(("127.0.0.1", 0), self._take, log=None)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.is_open.set()
        self._server.stop(timeout=1)

    def find(self, path: str) -> list[bytes]:
        return [body for where, body in self.bodies if where == path]

    def _take(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        body = environ["wsgi.input"].read()
        self.bodies.append((environ["PATH_INFO"], gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body))
        self.is_open.wait(60)
        start_response("200 OK", [("Content-Type", "application/json")])
        return [b"{}"]


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as running:
        yield running


@pytest.fixture
def site(process_env: dict[str, str], tmp_path: Path, collector: Collector) -> Iterator[Site]:
    environment = {
        "SENTRY_DSN": f"http://key@{collector.address}/7",
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{collector.address}",
        "OTEL_BSP_SCHEDULE_DELAY": "100",
    }
    with Site(tmp_path, process_env | environment) as running:
        yield running
        print(running.output())


def ask(site: Site, path: str) -> int:
    http = HTTPConnection(site.host, site.port, timeout=60)
    try:
        headers = {"X-Forwarded-For": ADDRESS, "Cookie": f"sessionid={WORD}", "Traceparent": "00-" + "1" * 32 + "-1-00"}
        http.request("GET", path, headers=headers)
        answer = http.getresponse()
        answer.read()
        return answer.status
    finally:
        http.close()


def read_events(collector: Collector) -> list[dict[str, Any]]:
    """The events of all envelopes. https://develop.sentry.dev/sdk/data-model/envelopes/"""
    lines = [line for body in collector.find("/api/7/envelope/") for line in body.splitlines()]
    return [content for line in lines if "exception" in (content := json.loads(line))]


def read_spans(collector: Collector) -> list[Span]:
    requests = [ExportTraceServiceRequest.FromString(body) for body in collector.find("/v1/traces")]
    scopes = [scope for request in requests for resource in request.resource_spans for scope in resource.scope_spans]
    return [span for scope in scopes for span in scope.spans]


def test_a_page_that_fails_is_reported_and_traced_without_words_and_addresses(
    site: Site, collector: Collector, channel: Channel, say: Say
) -> None:
    say(channel, "ann", f"the password is {WORD}")
    path = f"{channel.get_absolute_url()}search/?q={WORD}"
    assert ask(site, path) == 200
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE logs_line RENAME COLUMN nick TO broken")
        try:
            # The collector does not answer, and pages do.
            collector.is_open.clear()
            assert [ask(site, path), ask(site, path)] == [500, 500]
            wait_for(lambda: collector.find("/api/7/envelope/"), 20)
            assert ask(site, "/healthz") == 200
        finally:
            cursor.execute("ALTER TABLE logs_line RENAME COLUMN broken TO nick")
            collector.is_open.set()
    (event,) = wait_for(lambda: read_events(collector), 20)
    exception = event["exception"]["values"][-1]
    assert exception["type"] == "ProgrammingError"
    assert exception["stacktrace"]["frames"][-1]["context_line"]
    assert "value" not in exception
    assert (event["level"], event["release"]) == ("error", "botbot@0.1.0")
    assert event["transaction"] == "GET /<network:network>/<channel:channel>/search/"
    assert event["logentry"] == {"message": "%s: %s", "formatted": "…: …"}

    # The answered page, and the two that failed: spans are sent in batches, in any order.
    def has_all(found: list[Span]) -> bool:
        return len(found) >= 3 and sum(bool(span.status.code) for span in found) >= 2

    spans = wait_for(lambda: has_all(found := read_spans(collector)) and found, 20)
    assert {span.name for span in spans} <= {event["transaction"], "GET /"}
    failed = [span for span in spans if span.status.code]
    assert len(failed) == 2
    attributes = {attribute.key: attribute.value for attribute in failed[0].attributes}
    assert attributes["http.route"].string_value == "/<network:network>/<channel:channel>/search/"
    assert attributes["http.response.status_code"].int_value == 500
    assert attributes["botbot.database.statements"].int_value >= 1
    assert failed[0].trace_id != bytes.fromhex("1" * 32), "visitors do not decide on traces"

    sent = b"".join(body for _, body in collector.bodies)
    for private in (WORD, ADDRESS, "203.0.113", channel.name, quote(channel.name), "sessionid"):
        assert private.encode() not in sent, private
    assert "Traceback" not in site.output().rpartition("does not exist")[2]


@pytest.mark.django_db(transaction=True)
def test_the_bot_makes_a_span_of_each_commit_and_none_of_a_line(
    collector: Collector, channel: Channel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "50")
    journal = Journal(tmp_path / "journal")
    with override_settings(OTEL_EXPORTER_OTLP_ENDPOINT=f"http://{collector.address}"):
        writer = Writer(journal)
        tracer = make_tracer()
    try:
        for text in (WORD, "two", "three"):
            journal.append(Entry(channel.pk, datetime.now(UTC), Kind.MESSAGE, WORD, text))
        writer.flush()
        writer.flush()  # there is nothing
        with monkeypatch.context() as broken:
            failing = Mock(side_effect=OperationalError(f"Key (text)=({WORD})"))
            broken.setattr("logs.recording.writer.commit_batch", failing)
            journal.append(Entry(channel.pk, datetime.now(UTC), Kind.MESSAGE, WORD, "four"))
            with pytest.raises(OperationalError):
                writer.flush()
        writer.flush()
        spans = wait_for(lambda: len(found := read_spans(collector)) >= 3 and found, 20)
    finally:
        tracer.span_processor.shutdown()  # type: ignore[union-attr]
        journal.close()
    attributes = [
        {each.key: each.value.int_value or each.value.string_value for each in span.attributes} for span in spans
    ]
    assert attributes == [{"botbot.lines": 3}, {"error.type": "OperationalError"}, {"botbot.lines": 1}]
    assert {span.name for span in spans} == {"commit"}
    assert [bool(span.status.code) for span in spans] == [False, True, False]
    assert all(span.end_time_unix_nano > span.start_time_unix_nano for span in spans)
    sent = b"".join(body for _, body in collector.bodies)
    assert WORD.encode() not in sent
    assert channel.name.encode() not in sent


def make_record(name: str, message: str, *args: object) -> logging.LogRecord:
    return logging.LogRecord(name, logging.ERROR, __file__, 1, message, args, None)


@pytest.fixture
def reported(monkeypatch: pytest.MonkeyPatch) -> Callable[[logging.LogRecord], dict[str, Any] | None]:
    monkeypatch.setattr(error_reports, "_reported_at", {})
    event = {
        "level": "error",
        "user": {"ip_address": ADDRESS},
        "request": {"url": WORD, "data": WORD, "headers": {"Cookie": WORD}, "env": {"REMOTE_ADDR": ADDRESS}},
        "extra": {"sys.argv": [WORD]},
        "breadcrumbs": {"values": [{"message": WORD}]},
        "logentry": {"message": WORD, "formatted": WORD, "params": [WORD]},
        "modules": {},
        "exception": {
            "values": [
                {
                    "type": "IntegrityError",
                    "value": f"DETAIL: Key (text)=({WORD}) exists",
                    "mechanism": {"type": "logging", "handled": True, "data": {"text": WORD}},
                    "stacktrace": {"frames": [{"function": "f", "lineno": 1, "vars": {"text": WORD}}]},
                }
            ]
        },
    }
    return lambda record: make_report(event, {"log_record": record})


def test_only_what_is_known_to_be_harmless_is_sent(reported: Callable[[logging.LogRecord], Any]) -> None:
    report = reported(make_record("bot.session", "%s: failed on %r after %d s at %.1f", "libera", WORD, 3, 0.5))
    assert WORD not in json.dumps(report)
    assert ADDRESS not in json.dumps(report)
    assert report["logentry"]["formatted"] == "…: failed on '…' after 3 s at 0.5"
    (exception,) = report["exception"]["values"]
    assert exception == {
        "type": "IntegrityError",
        "mechanism": {"type": "logging", "handled": True},
        "stacktrace": {"frames": [{"function": "f", "lineno": 1}]},
    }


@pytest.mark.parametrize(
    ("name", "message", "args", "shown"),
    [
        ("logs.search", "The sample could not be read", (), "The sample could not be read"),
        ("django.security", f"Invalid HTTP_HOST header: {WORD}", (), "a message of django.security"),
        ("gunicorn.error", "Error handling request %s", (f"/{WORD}",), "Error handling request %s"),
        ("bot.plugins", "%d lines", (WORD,), "%d lines"),
    ],
)
def test_messages_of_others_are_sent_only_without_their_values(
    reported: Callable[[logging.LogRecord], Any], name: str, message: str, args: tuple[object, ...], shown: str
) -> None:
    report = reported(make_record(name, message, *args))
    assert report["logentry"]["message"] == shown
    assert WORD not in json.dumps(report)


def test_the_same_error_is_reported_once_a_minute(
    reported: Callable[[logging.LogRecord], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = SimpleNamespace(now=100.0)
    monkeypatch.setattr(error_reports, "monotonic", lambda: clock.now)
    monkeypatch.setattr(error_reports, "MAX_REMEMBERED", 2)
    one, other = make_record("bot.a", "one %s", "x"), make_record("bot.a", "other %s", "x")
    assert [bool(reported(record)) for record in (one, other, one, other)] == [True, True, False, False]
    clock.now += 61
    assert reported(make_record("bot.a", "one %s", "y"))
    assert len(error_reports._reported_at) == 1, "memory is bounded"


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        ({"SENTRY_DSN": "http://key@127.0.0.1:9/1"}, "botbot.W004"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}, "botbot.W007"),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:9/x"}, "botbot.W007"),
    ],
)
def test_a_package_that_is_missing_is_reported_by_the_checks(
    changes: dict[str, str], number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ids() -> list[str | None]:
        return [message.id for message in run_checks() if message.id in {"botbot.W004", "botbot.W007"}]

    with override_settings(**changes):
        assert ids() == []
        for package in ("sentry_sdk", "opentelemetry", "opentelemetry.sdk"):
            monkeypatch.setitem(sys.modules, package, None)
        monkeypatch.setattr(error_reports, "find_spec", lambda _name: None)
        monkeypatch.setattr("logs.tracing.find_spec", lambda _name: None)
        assert ids() == [number]


def test_a_start_without_the_packages_says_so_and_goes_on() -> None:
    code = (
        "import sys; sys.modules['sentry_sdk'] = sys.modules['opentelemetry'] = None\n"
        "import importlib.util as util; real = util.find_spec\n"
        "missing = ('sentry_sdk', 'opentelemetry.sdk')\n"
        "util.find_spec = lambda name, *rest: None if name in missing else real(name, *rest)\n"
        "sys.argv = ['manage.py', 'check']; import runpy; runpy.run_path('manage.py', run_name='__main__')"
    )
    environment = {"SENTRY_DSN": "http://key@127.0.0.1:9/1", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}
    done = run(code, **environment)
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("SENTRY_DSN is set, but sentry-sdk is not installed: nothing is reported.\n")
    assert "botbot.W004" in done.stderr
    assert "botbot.W007" in done.stderr


def run(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_command_that_fails_is_reported(collector: Collector) -> None:
    """With what it was given, which may name people, left out."""
    done = gevent.spawn(
        run,
        "import sys; sys.argv = ['manage.py', 'shell', '-v0', '-c', 'raise ValueError(%r)' % 'hunter2secret'];"
        " import runpy; runpy.run_path('manage.py', run_name='__main__')",
        SENTRY_DSN=f"http://key@{collector.address}/7",
    )
    (event,) = wait_for(lambda: read_events(collector), 30)
    assert [each["type"] for each in event["exception"]["values"]] == ["ValueError"]
    assert WORD not in json.dumps(event)
    assert "hunter2secret" in done.get(timeout=30).stderr, "the person at the terminal sees it"
