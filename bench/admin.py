"""The speed of the administration with a large archive: `python -m bench.admin [LINES]` (10,000,000).

Fills a throwaway PostgreSQL with generated lines in 500 channels, and related objects with a tenth as
many rows in all: acts, removals, held lines, gaps, identities, owners, requests. Then it opens every list, with its
filters and searches, through all middleware, in this process: the time that passes, the median and the longest of
several turns. docs/performance.md keeps what was found.
"""

from __future__ import annotations

# isort: off
import botbot.green  # noqa: F401  (first: see its docstring)

# isort: on
import argparse
import shutil
import statistics
import tempfile
import time
from pathlib import Path

ROUNDS = 7
CHANNELS = 500

FILL = """
ALTER TABLE logs_line DISABLE TRIGGER USER;
DROP INDEX line_search;
INSERT INTO logs_line (at, id, channel_id, kind, nick, text)
  SELECT timestamptz '2016-01-01' + n * interval '30 s', n / {channels} + 1, n % {channels} + {channel}, 1,
  'nick' || n % 997, 'line number ' || n FROM generate_series(0, {lines} - 1) n;
ALTER TABLE logs_line ENABLE TRIGGER USER;
INSERT INTO logs_linecounter (channel_id, last_id, lines, said)
  SELECT id, {lines} / {channels}, {lines} / {channels}, {lines} / {channels} FROM logs_channel;
INSERT INTO logs_act (at, channel_id, by, what, removed)
  SELECT timestamptz '2016-01-01' + n * interval '5 min', n % {channels} + {channel}, 'ann' || n % 1000,
  'changed delay = 5', CASE WHEN n % 10 = 0 THEN 3 END FROM generate_series(1, {lines} / 20) n;
INSERT INTO logs_heldline (channel_id, why, at, kind, nick, text)
  SELECT n % {channels} + {channel}, CASE WHEN n % 100 = 0 THEN 'repeat' ELSE 'flood' END,
  timestamptz '2026-01-01' + n * interval '1 s', 1, 'eve' || n % 50, 'buy ' || n
  FROM generate_series(1, {lines} / 50) n;
INSERT INTO logs_gap (channel_id, from_at, to_at, reason)
  SELECT n % {channels} + {channel}, timestamptz '2016-01-01' + n * interval '1 h',
  timestamptz '2016-01-01' + n * interval '1 h 1 min', CASE WHEN n % 100 = 0 THEN 'kicked' ELSE 'connection' END
  FROM generate_series(1, {lines} / 100) n;
INSERT INTO logs_identity (network_id, account, nick)
  SELECT {network}, 'account' || n, 'nick' || n FROM generate_series(1, {lines} / 100) n;
INSERT INTO logs_membership (channel_id, identity_id, role, evidence)
  SELECT n % {channels} + {channel}, n - 1 + (SELECT min(id) FROM logs_identity), 'owner', 'said a code'
  FROM generate_series(1, {lines} / 200) n;
INSERT INTO logs_optout (network_id, account, nick)
  SELECT {network}, 'account' || n, '' FROM generate_series(1, {lines} / 100) n;
INSERT INTO logs_request (network_id, nick, wish, words, link_digest, due_at, answer, answered_at)
  SELECT {network}, 'nick' || n, 'erase', 'May', 'digest' || n, timestamptz '2026-01-01' + n * interval '1 min', '',
  CASE WHEN n % 100 > 0 THEN now() END FROM generate_series(1, {lines} / 100) n;
ANALYZE
"""

PAGES = (
    "",
    *("logs/channel/", "logs/channel/?q=chan12", "logs/channel/?visibility__exact=public", "logs/channel/?p=4"),
    *("logs/network/", "logs/botstatus/", "logs/gap/", "logs/gap/?reason__exact=kicked", "logs/gap/?p=90"),
    *(
        "logs/act/",
        "logs/act/?q=ann7",
        "logs/act/?q=nobody",
        "logs/act/?p=90",
        "logs/redaction/",
        "logs/redaction/?p=90",
    ),
    *("logs/heldline/", "logs/heldline/?why__exact=repeat", "logs/identity/", "logs/identity/?q=nick777"),
    *("logs/membership/", "logs/membership/?q=nick777", "logs/optout/", "logs/optout/?q=account777"),
    *("logs/request/", "logs/request/?answered_at__isempty=1", "logs/request/?q=nick777"),
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.admin", description=__doc__)
    parser.add_argument("lines", nargs="?", type=int, default=10_000_000)
    lines = parser.parse_args().lines
    folder = Path(tempfile.mkdtemp(prefix="botbot-bench-"))
    try:
        from bench import archive

        with archive.database(folder):
            _measure(lines)
    finally:
        shutil.rmtree(folder)


def _measure(lines: int) -> None:
    from django.contrib.auth import get_user_model
    from django.test import Client

    channel = _fill(lines)
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(get_user_model().objects.create_superuser("root"))
    print("| page of the administration | time ms | longest |\n|---|---|---|")
    for page in (*PAGES, f"logs/channel/{channel}/change/", f"logs/channel/{channel}/delete/"):
        _print_cost(client, f"/admin/{page}")


def _fill(lines: int) -> int:
    """The id of a channel."""
    from django.db import connection

    from logs.models import Channel, Network

    began = time.monotonic()
    networks = [Network.objects.create(name=f"net{number}", wanted=False) for number in range(5)]
    channels = [Channel.objects.create(network=networks[n % 5], name=f"#chan{n}") for n in range(CHANNELS)]
    numbers = {"lines": lines, "channels": CHANNELS, "channel": channels[0].pk, "network": networks[0].pk}
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        for statement in FILL.format(**numbers).split(";\n"):
            cursor.execute(statement)
        cursor.execute("RESET statement_timeout")
    print(f"{lines:,} lines made up in {time.monotonic() - began:.0f} s\n", flush=True)
    return channels[0].pk


def _print_cost(client: object, path: str) -> None:
    passed = []
    assert client.get(path).status_code == 200, path  # type: ignore[attr-defined]
    for _ in range(ROUNDS):
        began = time.perf_counter()
        client.get(path)  # type: ignore[attr-defined]
        passed.append((time.perf_counter() - began) * 1000)
    print(f"| `{path}` | {statistics.median(passed):.0f} | {max(passed):.0f} |", flush=True)


if __name__ == "__main__":
    main()
