"""Each misconfiguration has its check, with an id and a hint."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.checks import run_checks
from django.test import override_settings
from psycopg2 import extensions

from botbot import checks
from logs.live.backplane.redis import create_client
from tests.redis import Redis

ROOT = Path(__file__).resolve().parents[2]


def ids(**changes: Any) -> set[str]:
    with override_settings(**changes):
        return {str(message.id) for message in run_checks() if message.hint}


def test_the_settings_of_the_tests_raise_no_warning() -> None:
    assert ids() == set()


def test_an_unpatched_process_is_reported() -> None:
    code = (
        "from botbot import checks\n"
        "print([message.id for check in (checks.patched, checks.green_database) for message in check(None)])"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "['botbot.E001', 'botbot.E002']"


def test_a_blocking_database_driver_is_reported() -> None:
    callback = extensions.get_wait_callback()
    extensions.set_wait_callback(None)
    try:
        assert [message.id for message in checks.green_database(None)] == ["botbot.E002"]
    finally:
        extensions.set_wait_callback(callback)


@pytest.mark.parametrize(
    ("changes", "id_"),
    [
        ({"DATABASES": {"default": {**settings.DATABASES["default"], "ENGINE": "x"}}}, "botbot.E003"),
        ({"TIME_ZONE": "Europe/Paris"}, "botbot.E004"),
        ({"USE_TZ": False}, "botbot.E004"),
        ({"JOURNAL_DIR": Path("/etc/passwd/journal")}, "botbot.E005"),
        ({"SECRET_KEY": "short"}, "botbot.W001"),
        ({"SITE_URL": "https://logs.example"}, "botbot.E006"),
    ],
)
@pytest.mark.filterwarnings("ignore:Overriding setting DATABASES")
def test_a_misconfiguration_is_reported(changes: dict[str, Any], id_: str) -> None:
    assert id_ in ids(**changes)


def test_a_host_below_an_allowed_domain_is_allowed() -> None:
    assert "botbot.E006" not in ids(SITE_URL="https://logs.example.org", ALLOWED_HOSTS=[".example.org"])


@pytest.mark.django_db
def test_an_old_server_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    assert checks.server_version(None, databases=["default"]) == []
    monkeypatch.setattr(checks, "MIN_SERVER_VERSION", 990000)
    assert [message.id for message in checks.server_version(None, databases=["default"])] == ["botbot.E007"]


@pytest.mark.django_db
def test_redis_is_asked(tmp_path: Path) -> None:
    def results() -> list[tuple[str | None, str]]:
        messages = run_checks(tags=["database"], databases=["default"], include_deployment_checks=True)
        return [(message.id, message.msg) for message in messages if message.id in {"botbot.E009", "botbot.W002"}]

    with Redis(tmp_path) as redis, override_settings(REDIS_URL=redis.url):
        assert results() == []
        create_client().config_set("maxmemory", 100_000_000)
        create_client().config_set("maxmemory-policy", "allkeys-lru")
        assert results() == [("botbot.W002", "Redis may evict what is relayed.")]
        redis.stop()
        ((number, sentence),) = results()
        assert (number, sentence.partition(":")[0]) == ("botbot.E009", "Redis does not answer")
