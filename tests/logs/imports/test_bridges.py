"""Bridges in old logs, and a Quassel core's database by its address."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import psycopg2
import pytest
from django.test import Client

from logs.models import Act, Channel, Line
from tests import postgres
from tests.logs.imports.test_import_cases import importlogs, write

pytestmark = pytest.mark.django_db

RELAYED = "".join(f"[12:00:{second:02}] <relay> <ann> hi {second}\n" for second in range(12))


def test_a_dry_run_names_a_bridge_and_the_import_marks_it(tmp_path: Path, client: Client) -> None:
    path = write(tmp_path, RELAYED + "[12:00:59] <bob> <relay> is a bot\n", "#c_2014-03-01.log")
    output, _ = importlogs(path, network="n", format="znc", dry_run=True)
    assert "relay is probably a bridge: 12 of its 12 messages begin with another name: say --bridge relay" in output
    assert "bob is probably" not in output
    assert importlogs(path, network="n", format="znc", bridge=["relay"])[1] == ""
    channel = Channel.objects.get()
    assert channel.bridge_nicks == {"relay"}
    assert Act.objects.get().what == "changed bridges = relay"
    assert Line.objects.filter(nick="relay", text="<ann> hi 1").exists()
    page = client.get("/n/c/2014-03-01/").content.decode()
    assert 'title="via relay">ann</span>' in page
    second_output, _ = importlogs(path, network="n", format="znc", dry_run=True)
    assert "probably a bridge" not in second_output
    assert importlogs(path, network="n", format="znc", bridge=["Relay"])[1] == ""
    assert Channel.objects.get().bridges == "relay"


@pytest.mark.parametrize("nick", ["n" * 400, "a b", ""])
@pytest.mark.parametrize("dry_run", [True, False])
def test_a_bridge_that_is_no_nick_is_refused_before_anything_is_stored(
    tmp_path: Path, nick: str, dry_run: bool
) -> None:
    path = write(tmp_path, RELAYED, "#c_2014-03-01.log")
    assert "bridges" in importlogs(path, network="n", format="znc", bridge=[nick], dry_run=dry_run)[1]
    assert not Channel.objects.exists()


@pytest.fixture
def core() -> Iterator[str]:
    """The address of a Quassel core's database, a schema of the tests' server."""
    address = postgres.server.url if postgres.server else None
    if address is None:
        pytest.skip("the tests have another server")
    with closing(psycopg2.connect(address)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute(
            """
            CREATE SCHEMA quassel;
            SET search_path = quassel;
            CREATE TABLE sender (senderid bigserial PRIMARY KEY, sender text NOT NULL, realname text, avatarurl text);
            CREATE TABLE network (networkid serial PRIMARY KEY, userid integer NOT NULL, networkname text NOT NULL);
            CREATE TABLE buffer (bufferid serial PRIMARY KEY, userid integer NOT NULL, networkid integer NOT NULL,
                buffername text NOT NULL, buffercname text NOT NULL, buffertype integer NOT NULL DEFAULT 0);
            CREATE TABLE backlog (messageid bigserial PRIMARY KEY, time timestamp NOT NULL, bufferid integer NOT NULL,
                type integer NOT NULL, flags integer NOT NULL, senderid bigint NOT NULL, senderprefixes text,
                message text);
            INSERT INTO sender (sender) VALUES ('anna!~a@host.example');
            INSERT INTO network (userid, networkname) VALUES (1, 'Libera Chat'), (1, 'OFTC');
            INSERT INTO buffer (userid, networkid, buffername, buffercname, buffertype) VALUES
                (1, 1, '#c', '#c', 2), (1, 2, '#d', '#d', 2), (1, 1, 'berta', 'berta', 4);
            INSERT INTO backlog (time, bufferid, type, flags, senderid, message) VALUES
                ('2014-03-01 12:00:00.25', 1, 1, 0, 1, 'hi'), ('2014-03-01 12:00:01', 1, 128, 0, 1, 'Ping timeout'),
                ('2014-03-01 12:00:02', 2, 1, 0, 1, 'elsewhere'), ('2014-03-01 12:00:03', 3, 1, 0, 1, 'in private');
            """
        )
        try:
            yield f"{address}{'&' if '?' in address else '?'}options=-csearch_path%3Dquassel"
        finally:
            cursor.execute("DROP SCHEMA quassel CASCADE")


def test_a_quassel_core_is_read_by_its_address(core: str) -> None:
    output, error = importlogs(core, timezone=None)
    assert error == ""
    assert "3 lines, 3 stored, 0 known already, 0 not understood" in output
    stored = Line.objects.order_by("at").values_list("channel__network__name", "channel__name", "kind", "nick", "text")
    assert list(stored) == [
        ("Libera-Chat", "#c", 1, "anna", "hi"),
        ("Libera-Chat", "#c", 6, "anna", "Ping timeout"),
        ("OFTC", "#d", 1, "anna", "elsewhere"),
    ]
    assert Line.objects.order_by("at")[0].at == datetime(2014, 3, 1, 12, 0, 0, 250000, tzinfo=UTC)


def test_one_network_of_a_core_and_never_two_as_one(core: str) -> None:
    output, error = importlogs(core, network="libera")
    assert "say --only-network with one of Libera Chat, OFTC" in output
    assert error
    assert importlogs(core, network="libera", only_network="Libera Chat")[1] == ""
    assert list(Channel.objects.values_list("network__name", "name")) == [("libera", "#c")]


def test_an_unreadable_core_is_reported_without_its_password() -> None:
    _, error = importlogs("postgresql://ann:secret@127.0.0.1:1/quassel", network="n")
    assert error.startswith("127.0.0.1:quassel.sql: ")
    assert "secret" not in error


def test_a_database_that_is_no_core_is_reported() -> None:
    if postgres.server is None:
        pytest.skip("the tests have another server")
    _, error = importlogs(postgres.server.url, network="n")
    assert 'relation "buffer" does not exist' in error
