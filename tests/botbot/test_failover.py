"""Two real clusters, a primary and its standby, are named together in DATABASE_URL: the site moves with the role."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from http.client import HTTPException
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection

from logs.models import Channel
from tests import postgres
from tests.copies import Copy
from tests.logs.live.reader import Reader, write
from tests.processes import Bot, Site, wait_for
from tests.programs import missing


@pytest.fixture
def pair(channel: Channel, process_env: dict[str, str]) -> Iterator[tuple[Copy, Copy]]:
    """A primary with the tests' database, and its standby."""
    if postgres.server is None:
        missing("DATABASE_URL names a server, which is not copied")
    write(channel, 3)
    folder = Path(tempfile.mkdtemp(prefix="botbot-pair-"))
    folder.chmod(0o755)
    servers = []
    try:
        servers.append(Copy(folder / "one", postgres.server))
        servers.append(Copy(folder / "two", servers[0], "-R"))
        yield servers[0], servers[1]
    finally:
        for server in reversed(servers):
            server.release()
        shutil.rmtree(folder)


OF_THE_SITE = "SELECT application_name FROM pg_stat_activity WHERE application_name LIKE 'botbot%'"

SAY = """
    UPDATE logs_linecounter SET last_id = 4 WHERE channel_id = {channel};
    INSERT INTO logs_line (at, id, channel_id, kind, nick, text) VALUES (now(), 4, {channel}, 1, 'ann', 'after it');
    SELECT pg_notify('botbot_lines', '{channel} 4')"""


def test_the_site_goes_on_after_a_failover(
    pair: tuple[Copy, Copy], channel: Channel, process_env: dict[str, str], tmp_path: Path
) -> None:
    primary, standby = pair
    password = primary._cluster.url("x").split(":")[2].partition("@")[0]
    # The standby first: who asks for a writable server must not be content with it.
    hosts = quote(f"{standby.location.socket},{primary.location.socket}", safe="")
    name = connection.settings_dict["NAME"]
    url = f"postgres://botbot:{password}@/{name}?host={hosts}&target_session_attrs=read-write&connect_timeout=9"
    env = process_env | {"DATABASE_URL": url}
    path = channel.get_absolute_url()

    def page_is_there() -> bool:
        try:
            return "garden" in site.get(path) and site.get("/readyz") == "ready\n"
        except (OSError, HTTPException, AssertionError):
            assert site.running(), site.output()
            return False

    def uses(server: Copy) -> bool:
        """Pages, live's connections, and the bot with its locks, that of all bots and that of the site's work."""
        names = " ".join(str(name) for (name,) in server.query(OF_THE_SITE))
        locks = server.query("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted")
        return "leader lock" in names and "live" in names and len(locks) == 2

    with Site(tmp_path, env) as site, Bot(tmp_path, env) as bot, Reader(site.port, channel) as reader:
        assert page_is_there()
        wait_for(lambda: uses(primary), 20, "all are connected to the primary")
        assert [name for (name,) in standby.query(OF_THE_SITE)] == []
        primary.stop("immediate")
        standby.promote()
        wait_for(lambda: uses(standby), 30, "all are connected to the promoted standby")
        wait_for(page_is_there, 20, "the site answers")
        assert bot.running()
        standby.query(SAY.format(channel=channel.pk))
        assert reader.lines(until=4) == [4]
        # A restart meanwhile, with one of the two away, is nothing special.
        site.stop()
        site.start()
        assert page_is_there()
