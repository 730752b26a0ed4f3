"""Programs that others wrote follow, lose their server, and go on where they were."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from logs.models import Channel
from tests.logs.live.reader import write
from tests.npm import node_modules
from tests.processes import ROOT, Process, Site, wait_for
from tests.programs import require

CLIENTS = ROOT / "tests" / "clients"


def curl(folder: Path, url: str) -> list[str]:
    require("curl")
    return ["sh", str(CLIENTS / "with_curl.sh"), url, str(folder / "last")]


def eventsource(folder: Path, url: str) -> list[str]:
    (folder / "node_modules").symlink_to(node_modules())
    script = folder / "eventsource.mjs"
    script.write_bytes((CLIENTS / "eventsource.mjs").read_bytes())  # its imports are looked for beside it
    return [require("node", package="nodejs"), str(script), url]


def httpx_sse(_folder: Path, url: str) -> list[str]:
    return [sys.executable, str(CLIENTS / "with_httpx.py"), url]


def sseclient_py(_folder: Path, url: str) -> list[str]:
    return [sys.executable, str(CLIENTS / "with_sseclient.py"), url]


@pytest.mark.parametrize("ending", ["stop", "kill"])
@pytest.mark.parametrize("client", [curl, eventsource, httpx_sse, sseclient_py])
def test_it_goes_on_where_it_was(
    site: Site, tmp_path: Path, channel: Channel, client: Callable[[Path, str], list[str]], ending: str
) -> None:
    newest = write(channel, 300)
    url = f"{site.url}{channel.get_absolute_url()}live?after=10"
    with Process(client(tmp_path, url), {}, tmp_path / "client.log") as running:

        def ids() -> list[int]:
            return [int(line) for line in running.output().split("\n") if line.isdigit()]

        wait_for(lambda: ids() == list(range(11, newest + 1)), 20, "everything missed has come")
        getattr(site, ending)()
        newest = write(channel, 250)
        site.start()
        wait_for(lambda: ids() == list(range(11, newest + 1)), 30, "everything has come once")
        newest = write(channel, 3)
        wait_for(lambda: ids() == list(range(11, newest + 1)), 10)
        assert running.running()
