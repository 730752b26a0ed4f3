"""The site and the bot behind a real pgbouncer, and what is said where it is not configured as it should be."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import cycle
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from django.conf import settings
from django.db import OperationalError, connection, connections
from django.test import Client

from bot.leader import LOCK_KEY, LeaderLocks
from botbot import pooler, pooler_checks
from botbot.env import SettingError
from botbot.pool.base import DatabaseWrapper
from logs.models import Channel, Line
from logs.search.query_parser import parse
from logs.search.results import search
from logs.search.sample import sample_cache
from logs.views.http.page_cache import get_page_cache
from tests.bot.conftest import garden, server, wait_until_stored
from tests.bot.server import Server
from tests.lent_connections import use_as_default
from tests.logs.live.reader import Reader, last_id
from tests.logs.search.conftest import channels, empty_caches, lines
from tests.logs.search.test_results import STRATEGIES, ids, use_strategy
from tests.pgbouncer import POOL_SIZE, Pgbouncer
from tests.processes import Bot, Process, Site, database_url, wait_for

__all__ = ["channels", "empty_caches", "garden", "lines", "server"]

pytestmark = pytest.mark.django_db(transaction=True)

ANN = ":ann!a@example.org PRIVMSG #garden :"
QUERIES = ["foo", "b*", "foo b*", '"foo bar"', "-foo bar OR 日本", "C++ -> ::", "nick:ann on:2024-12", "site:raku.org"]
QUERIES += ["has:link -foo", "foo has:reply", "in-conversation-with:ann", "sort:oldest foo", "kind:join"]


@pytest.fixture(scope="module")
def pgbouncer(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pgbouncer]:
    with Pgbouncer(tmp_path_factory.mktemp("pgbouncer")) as running:
        yield running
        print(running.output())


@pytest.fixture
def pooled(pgbouncer: Pgbouncer, process_env: dict[str, str]) -> dict[str, str]:
    """The environment of processes behind it."""
    direct = {"DATABASE_DIRECT_URL": process_env["DATABASE_URL"], "DATABASE_POOLER": "transaction"}
    return process_env | direct | {"DATABASE_URL": pgbouncer.url()}


def read_databases(monkeypatch: pytest.MonkeyPatch, mode: str, url: str, direct: str = "") -> dict[str, Any]:
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("DATABASE_DIRECT_URL", direct)
    own = settings.DATABASES["default"]["OPTIONS"]
    options = {name: own[name] for name in ("MAX_CONNS", "REUSE_CONNS", "MAX_WAIT")}
    return pooler.read_databases(mode, options, {"statement_timeout": "7s", "jit": "off"})


@contextmanager
def through(pgbouncer: Pgbouncer) -> Iterator[Any]:
    """Let everything in this process use the database through the pooler."""
    with pytest.MonkeyPatch.context() as patch:
        found = read_databases(patch, pooler.TRANSACTION, pgbouncer.url(), database_url())["default"]
    with use_as_default(DatabaseWrapper({**connections.settings["default"], **found}, "default")) as made:
        yield made


def leftovers(pgbouncer: Pgbouncer) -> list[tuple[str, ...]]:
    """What the sessions of the pooler have that another client would meet: those of all clients, all at once."""
    found, backends = [], set()
    clients = [psycopg2.connect(pgbouncer.url()) for _ in range(POOL_SIZE)]
    try:
        for client in clients:
            cursor = client.cursor()
            cursor.execute("SELECT pg_backend_pid()")
            backends |= set(cursor.fetchall())
            cursor.execute(
                "SELECT 'setting', name FROM pg_settings WHERE source = 'session'"
                # These the pooler sets itself, to what the client wants.
                " AND name NOT IN ('client_encoding', 'DateStyle', 'TimeZone', 'application_name',"
                " 'standard_conforming_strings')"
                " UNION ALL SELECT 'statement', statement FROM pg_prepared_statements"
                " UNION ALL SELECT 'listens to', pg_listening_channels()"
                " UNION ALL SELECT 'lock', objid::text FROM pg_locks WHERE locktype = 'advisory'"
                " AND pid = pg_backend_pid()"
                " UNION ALL SELECT 'table', relname::text FROM pg_class WHERE relnamespace = pg_my_temp_schema()"
            )
            found += cursor.fetchall()
    finally:
        for client in clients:
            client.close()  # in a transaction: the pooler ends the session, and the next look is at new ones
    assert len(backends) == POOL_SIZE
    return found


def test_searches_find_the_same_through_it(pgbouncer: Pgbouncer, lines: list[Line], channels: list[Channel]) -> None:
    pks = [channel.pk for channel in channels]

    def find(strategy: str) -> list[object]:
        with pytest.MonkeyPatch.context() as patch:
            use_strategy(patch, strategy)
            pages = [
                search(parse(text), pks[:some], all_channels=some == 3)
                for text, some in zip(QUERIES, cycle((1, 3)), strict=False)
            ]
        assert not any(page.too_slow for page in pages)
        return [(type(page.plan), ids(page.lines), page.has_more) for page in pages]

    for strategy in STRATEGIES:
        sample_cache.clear()
        direct = find(strategy)
        assert any(found for _, found, _ in direct)  # type: ignore[misc]
        with through(pgbouncer):
            assert find(strategy) == direct, strategy
    assert leftovers(pgbouncer) == []


def test_pages_are_the_same_through_it(pgbouncer: Pgbouncer, channels: list[Channel], client: Client) -> None:
    address = channels[0].get_absolute_url()
    paths = [
        *("/", address, f"{address}2024-12-01/", f"{address}stats/", f"{address}links/", f"{address}2024/"),
        *("/search/?q=foo", f"{address}search/?q=b*", f"{address}search/feed.atom?q=foo", "/search/?q=fooo"),
        *(f"/api/v1/search?q={text}" for text in ("foo", "b*")),
    ]

    def get(path: str) -> tuple[int, bytes]:
        get_page_cache().clear()
        response = client.get(path)
        return response.status_code, b"".join(response) if response.streaming else response.content

    direct = {path: get(path) for path in paths}
    assert {path: status for path, (status, _) in direct.items()} == dict.fromkeys(paths, 200)
    with through(pgbouncer):
        pooled = {path: get(path) for path in paths}
    for path in paths:
        assert pooled[path][1].splitlines() == direct[path][1].splitlines(), path
    assert leftovers(pgbouncer) == []


def test_what_a_session_keeps_would_be_found(pgbouncer: Pgbouncer) -> None:
    with closing(psycopg2.connect(pgbouncer.url())) as client, client.cursor() as cursor:
        client.autocommit = True
        cursor.execute(f"SET jit = off; PREPARE kept AS SELECT 1; LISTEN kept; SELECT pg_advisory_lock({LOCK_KEY})")
        assert [kind for kind, _ in leftovers(pgbouncer)] == ["setting", "statement", "listens to", "lock"]
    assert leftovers(pgbouncer) == []


def test_a_statement_ends_in_time_through_it(pgbouncer: Pgbouncer) -> None:
    with through(pgbouncer) as database, database.cursor() as cursor:
        cursor.execute("SELECT current_setting('statement_timeout'), current_setting('jit')")
        assert cursor.fetchone() == ("7s", "off")
        with pytest.raises(OperationalError, match="statement timeout"):
            cursor.execute("SET LOCAL statement_timeout = 50; SELECT pg_sleep(60)")


def locked_by() -> list[tuple[str, int]]:
    """Who has the bot's locks: the name and number of the session."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT application_name, pid FROM pg_locks JOIN pg_stat_activity USING (pid)"
            " WHERE locktype = 'advisory' AND granted AND datname = current_database()"
        )
        return list(cursor.fetchall())


def test_site_and_bot_work_behind_it(
    pgbouncer: Pgbouncer, pooled: dict[str, str], garden: Channel, server: Server, tmp_path: Path
) -> None:
    second = LeaderLocks(is_standby=False)
    with Site(tmp_path, pooled) as site, Bot(tmp_path, pooled) as bot:
        irc = server.accept()
        irc.register()
        irc.let_join("botbot", "@ann", "+bob")
        irc.send(f"{ANN}apples are ripe")
        wait_until_stored(garden, "apples are ripe")
        ((name, backend),) = locked_by()
        assert name == "botbot leader lock"
        address = garden.get_absolute_url()
        for path in (address, "/search/?q=apples", f"{address}search/?q=appl*"):
            assert "are ripe" in site.get(path)
        with Reader(site.port, garden) as reader:
            irc.send(f"{ANN}pears are not")
            wait_until_stored(garden, "pears are not")
            assert reader.lines(until=last_id(garden))[-1] == last_id(garden)
            # A restart of the pooler costs neither the lock nor live, which do not go through it.
            pgbouncer.stop()
            irc.send(f"{ANN}said meanwhile")
            pgbouncer.start()
            wait_until_stored(garden, "said meanwhile")
            assert reader.lines(until=last_id(garden))[-1] == last_id(garden)
        assert "said meanwhile" in site.get(address)
        assert locked_by() == [(name, backend)]
        assert is_searching_limited(site)
        assert leftovers(pgbouncer) == []
        role = second.role_of(garden.network_id)
        second.start()
        wait_for(lambda: role.primary is False, 10, "the lock is the bot's")
        bot.kill()
        wait_for(lambda: role.primary, 10, "the lock is free when the bot is dead")
        second.stop()


def is_searching_limited(site: Site) -> bool:
    """Whether a search that has to wait for the database ends after the time for searches."""
    with closing(psycopg2.connect(database_url())) as other, other.cursor() as cursor:
        cursor.execute("LOCK TABLE logs_line")
        return "takes too long" in site.get("/search/?q=pears")


def test_commands_go_past_it_and_checks_through_it(pooled: dict[str, str], tmp_path: Path) -> None:
    def manage(name: str, url: str, *arguments: str) -> tuple[int, str]:
        command = [sys.executable, "manage.py", *arguments]
        with Process(command, pooled | {"DATABASE_URL": url}, tmp_path / name) as running:
            return running.wait(60), running.output()

    check, nowhere = ("check", "--database", "default"), "postgres://a@127.0.0.1:1/b"
    code, said = manage("right", pooled["DATABASE_URL"], *check)
    assert (code, "no issues" in said) == (0, True), said
    code, said = manage("wrong", nowhere, *check)
    assert (code, said.partition(":")[0]) == (1, "botbot")
    code, said = manage("backup", nowhere, "backup", str(tmp_path / "today.dump"))
    assert code == 0, said


def test_the_web_does_not_start_where_it_is_not_told_of_it(pooled: dict[str, str], tmp_path: Path) -> None:
    site = Site(tmp_path, pooled | {"DATABASE_POOLER": "none"})
    with pytest.raises(AssertionError, match="the web process ended"):
        site.start()
    assert f"botbot: A pooler stands between, which refuses our settings. {pooler_checks.SET_MODE}" in site.output()
    assert "Traceback" not in site.output()


@pytest.fixture
def problems(pgbouncer: Pgbouncer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., list[str]]]:
    """`problems(mode, url, direct)`: the ids of what is wrong with such settings."""

    def find(mode: str, url: str, direct: str = "") -> list[str]:
        monkeypatch.setattr(settings, "DATABASES", read_databases(monkeypatch, mode, url, direct))
        return [problem.id for problem in pooler_checks.find_problems()]

    return find


def test_an_unknown_pooler_is_recognised(pgbouncer: Pgbouncer, problems: Callable[..., list[str]]) -> None:
    assert problems("none", database_url()) == []
    assert problems("session", pgbouncer.url("sessions")) == []
    assert problems("session", pgbouncer.url()) == ["botbot.E010"]
    with pytest.raises(psycopg2.OperationalError) as refused:
        problems("none", pgbouncer.url())
    assert pooler_checks.SET_MODE in pooler_checks.explain(refused.value)
    assert pooler_checks.explain(psycopg2.OperationalError("connection refused")) == ""
    # Some let the options pass and drop them.
    pgbouncer.reload("ignore_startup_parameters = options")

    def find() -> list[list[str]]:
        try:
            return [problems("none", pgbouncer.url(name)) for name in ("", "sessions")]
        except psycopg2.OperationalError:
            return []

    assert wait_for(find, 10, "options are ignored") == [["botbot.E010"], ["botbot.E010"]]
    pgbouncer.reload()


def test_a_direct_address_leads_to_the_server_and_the_same_database(
    pgbouncer: Pgbouncer, problems: Callable[..., list[str]]
) -> None:
    for direct, expected in {
        database_url(): [],
        pgbouncer.url(): ["botbot.E011"],
        database_url().rpartition("/")[0] + "/postgres": ["botbot.E012"],
        pgbouncer.url("elsewhere"): ["botbot.E012"],
        pgbouncer.url("sessions"): ["botbot.W003"],
        "postgres://a@127.0.0.1:1/b": ["botbot.E013"],
    }.items():
        assert problems("transaction", pgbouncer.url(), direct) == expected, direct


def test_settings_that_contradict_each_other_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingError, match="DATABASE_POOLER=transaction needs DATABASE_DIRECT_URL"):
        read_databases(monkeypatch, "transaction", "postgres://a@b/c")
    with pytest.raises(SettingError, match="DATABASE_URL has options, which a pooler does not pass on"):
        read_databases(monkeypatch, "session", "postgres://a@b/c?options=-c%20jit%3Doff")
