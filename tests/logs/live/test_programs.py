"""Whole programs on the API: a mirror stays equal, and dashboards count, whatever happens to lines and servers."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from logs import privacy
from logs.ingest.channel_state import close_gap, open_gap, shrink_gaps
from logs.models import Channel
from logs.models.line import Reason
from tests.conftest import Say
from tests.logs.live.reader import write
from tests.logs.live.test_clients import eventsource
from tests.processes import ROOT, Process, Site, wait_for

CLIENTS = ROOT / "tests" / "clients"


def contents(lines: list[dict[str, object]]) -> list[list[object]]:
    """What of the lines never changes: which line they answer is learnt later."""
    return [[line[name] for name in ("id", "at", "kind", "nick", "raw", "target", "url")] for line in lines]


def change_gap(act: Callable[..., None], channel: Channel, *arguments: object) -> None:
    with transaction.atomic():
        act(channel.pk, *arguments)


def fill(channel: Channel, folder: Path, begin: datetime) -> None:
    """Somebody's own log of two hours of a gap, by the command."""
    lines = [f"{begin + timedelta(minutes=minute):%Y-%m-%d %H:%M:%S}\tann\tfilled {minute}" for minute in range(121)]
    log = folder / "testnet" / "#garden.weechatlog"
    log.parent.mkdir()
    log.write_text("\n".join(lines) + "\n")
    told = {"network": "testnet", "channel": channel.name, "timezone": "UTC", "verbosity": 0}
    call_command("importlogs", str(log), fill_gaps=True, source="ann's log", **told)


def test_a_mirror_stays_equal(site: Site, tmp_path: Path, channel: Channel, say: Say) -> None:
    """Through lines that are stored late, redactions, gaps, their filling, and servers that are stopped and killed."""
    address, copy = f"{site.url}/api/v1/networks/testnet/channels/garden", tmp_path / "copy.json"
    write(channel, 1200)

    def is_equal() -> bool:
        if not copy.exists():
            return False
        lines: list[Any] = []
        gaps: dict[int, Any] = {}
        page: dict[str, Any] = {"later": None}
        query = {"since": "1990-01-01T00:00:00Z"}
        while query:
            page = httpx.get(f"{address}/lines", params=query | {"limit": 1000}).json()
            lines += page["lines"]
            gaps |= {gap["id"]: gap for gap in page["gaps"]}
            query = {"after": page["later"]} if page["later"] else {}
        mirrored = json.loads(copy.read_text())
        if [gaps[number] for number in sorted(gaps)] != mirrored["gaps"]:
            return False
        return contents(lines) == contents(mirrored["lines"])

    with Process([sys.executable, str(CLIENTS / "mirror.py"), address, str(copy)], {}, tmp_path / "log") as mirror:
        wait_for(is_equal, 30, "everything was loaded")
        say(channel, "ann", "stored late", at=timezone.now() - timedelta(days=3))
        privacy.redact(channel, [5, 6, 700], "root")
        say(channel, "ann", "now")
        wait_for(is_equal, 20, "lines and removals came")
        begin = timezone.now().replace(microsecond=0) - timedelta(days=30)
        change_gap(open_gap, channel, begin, Reason.CONNECTION)
        change_gap(close_gap, channel, begin + timedelta(hours=6))
        wait_for(is_equal, 20, "the gap came")
        fill(channel, tmp_path, begin + timedelta(hours=1))
        wait_for(is_equal, 20, "the lines that fill it came, and what is left of it")
        assert [line["text"] for line in json.loads(copy.read_text())["lines"]][:2] == ["filled 0", "filled 1"]
        assert len(json.loads(copy.read_text())["gaps"]) == 2
        site.stop()
        write(channel, 300, "while the site was down")
        privacy.redact(channel, [7], "root")
        say(channel, "ann", "stored late again", at=timezone.now() - timedelta(days=2))
        change_gap(shrink_gaps, channel, begin, begin + timedelta(hours=2))
        change_gap(open_gap, channel, timezone.now(), Reason.KICKED)
        site.start()
        wait_for(is_equal, 30, "what was missed came")
        site.kill()
        write(channel, 10)
        site.start()
        wait_for(is_equal, 30)
        assert len(json.loads(copy.read_text())["lines"]) > 1500
        assert len(json.loads(copy.read_text())["gaps"]) == 2
        assert mirror.running()


def python(_folder: Path, url: str) -> list[str]:
    return [sys.executable, str(CLIENTS / "dashboard.py"), url]


def node(folder: Path, url: str) -> list[str]:
    program, script, address = eventsource(folder, url)
    Path(script).with_name("dashboard.mjs").write_bytes((CLIENTS / "dashboard.mjs").read_bytes())
    return [program, str(Path(script).with_name("dashboard.mjs")), address]


@pytest.mark.parametrize("client", [python, node])
def test_a_dashboard_counts_twenty_channels_over_one_stream(
    site: Site, tmp_path: Path, channel: Channel, client: Callable[[Path, str], list[str]]
) -> None:
    channels = [Channel.objects.create(network=channel.network, name=f"#room{number}") for number in range(20)]
    names = "&".join(f"channel=testnet/room{number}" for number in range(20))
    wanted = {row.name: 3 + number for number, row in enumerate(channels)}
    with Process(client(tmp_path, f"{site.url}/api/v1/live?{names}"), {}, tmp_path / "log") as running:

        def counts() -> object:
            lines = [line for line in running.output().split("\n") if line.startswith("{")]
            return json.loads(lines[-1]) if lines else {}

        wait_for(lambda: "live" in running.output(), 20, "it follows")
        for row in channels:
            write(row, 1)
        wait_for(lambda: counts() == dict.fromkeys(wanted, 1), 20, "a line of each came")
        site.stop()
        for row in channels:
            write(row, wanted[row.name] - 2)
        site.start()
        wait_for(lambda: counts() == {name: count - 1 for name, count in wanted.items()}, 30, "what was missed came")
        for row in channels:
            write(row, 1)
        wait_for(lambda: counts() == wanted, 20)
