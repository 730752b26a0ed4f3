"""Reading from a real standby: what it answers, and what it must not."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import gevent
import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.checks import run_checks
from django.db import connection, connections, transaction
from django.test import Client
from django.utils import timezone
from django_db_geventpool.utils import close_connection
from psycopg2.extensions import parse_dsn

from botbot.replica import REPLICA, state
from botbot.replica.state import Refusal, ReplicaState, get_state, measure_lag
from logs import archive, moderation, privacy, retention
from logs.accounts import api_tokens, ownership
from logs.models import Channel, Identity, Line, Membership, Withdrawal
from logs.models.postgres import open_direct_connection
from logs.views.reading import day
from tests import postgres
from tests.conftest import Say
from tests.copies import Copy
from tests.logs.live.reader import Reader, write
from tests.logs.views.manage.sent_form import read_form
from tests.processes import Site, wait_for
from tests.programs import missing

GARDEN = "/testnet/garden/"
API = "/api/v1/networks/testnet/channels/garden"


@pytest.fixture(scope="module")
def standby(django_db_setup: None) -> Iterator[Copy]:
    if postgres.server is None:
        missing("DATABASE_URL names a server, which is not copied")
    folder = Path(tempfile.mkdtemp(prefix="botbot-standby-"))
    folder.chmod(0o755)
    copy = Copy(folder / "standby", postgres.server, "-R")
    try:
        yield copy
    finally:
        copy.release()
        shutil.rmtree(folder)


class Replica:
    """The standby, whose replay can be paused: until then it has everything, and answers."""

    def __init__(self, copy: Copy) -> None:
        self.copy = copy

    def catch_up(self) -> None:
        """Wait until it has all that is committed."""
        with transaction.atomic(), connection.cursor() as cursor:
            # Commits of others may not be flushed yet; this one flushes them.
            cursor.execute(
                "SET LOCAL synchronous_commit TO on; SELECT pg_current_xact_id(), pg_current_wal_insert_lsn()"
            )
            position = cursor.fetchone()[1]
        behind = f"SELECT pg_last_wal_replay_lsn() >= '{position}'"
        wait_for(lambda: self.copy.query(behind) == [(True,)], 20, "the standby catches up")

    def pause(self) -> None:
        """Wait until it has everything and answers a request; what is committed from then on it does not have."""
        self.catch_up()
        wait_for(is_answered_by_replica, 20, "the replica answers")
        self.copy.query("SELECT pg_wal_replay_pause()")
        wait_for(lambda: self.copy.query("SELECT pg_get_wal_replay_pause_state()") == [("paused",)], 10)
        get_state().refused.clear()

    def resume(self) -> None:
        self.copy.query("SELECT pg_wal_replay_resume()")


def is_answered_by_replica() -> bool:
    reads = get_state().reads
    assert Client().get("/about/").status_code == 200
    return get_state().reads > reads


def use_as_replica(database: dict[str, Any] | None) -> None:
    """Set or remove the database of the alias."""
    if REPLICA in settings.DATABASES:
        connections[REPLICA].close_pool()
        del connections[REPLICA]
    for aliases in (settings.DATABASES, connections.settings):
        aliases.pop(REPLICA, None)
        if database:
            aliases[REPLICA] = database


@pytest.fixture
def replica(standby: Copy, transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Replica]:
    address = parse_dsn(standby.test_url)
    own = {"HOST": address["host"], "PORT": address["port"], "PASSWORD": address["password"]}
    use_as_replica(settings.DATABASES["default"] | own)
    monkeypatch.setattr(state, "_states", [ReplicaState(3600)])
    running = Replica(standby)
    try:
        yield running
    finally:
        running.resume()
        use_as_replica(None)


def check() -> list[str]:
    """The problems that `manage.py check --database` finds, if they are of the replica."""
    return [
        message.id
        for message in run_checks(databases=["default"])
        if message.id in {"botbot.W005", "botbot.W006", "botbot.E015"}
    ]


def get(path: str, client: Client | None = None) -> str:
    response = (client or Client()).get(path)
    assert response.status_code == 200
    return b"".join(response) if response.streaming else response.content.decode()


def signed_in(channel: Channel, role: str, account: str = "ann") -> Client:
    identity = Identity.objects.create(network=channel.network, account=account, nick=account)
    Membership.objects.create(channel=channel, identity=identity, role=role)
    client = Client()
    session = client.session
    session["identity"], session["identity_since"] = identity.pk, timezone.now().isoformat()
    session.save()
    return client


def test_readers_are_answered_by_the_replica(replica: Replica, channel: Channel, say: Say) -> None:
    say(channel, "ann", "zanzibar7")
    token = api_tokens.create_token(channel, "mine", "root", user=get_user_model().objects.create_superuser("root"))
    member, owner = signed_in(channel, "member", "ann"), signed_in(channel, "owner", "eve")
    replica.pause()
    say(channel, "ann", "quagga8")
    before = get_state().reads
    pages = ["/", "/testnet/", GARDEN, f"{GARDEN}search/?q=zanzibar7", f"{GARDEN}feed.atom?by=line", "/stats/"]
    pages += [f"{API}/lines", "/api/v1/search?q=zanzibar7"]
    for page in pages:
        assert "quagga8" not in get(page), page
    assert get_state().reads == before + len(pages)
    # A program with a token, and who is signed in and has written nothing.
    assert "quagga8" not in get(f"{API}/lines", Client(HTTP_AUTHORIZATION=f"Bearer {token}"))
    for reader in (member, owner):
        assert "quagga8" not in get(GARDEN, reader)
    assert not get_state().refused
    replica.resume()
    wait_for(lambda: "quagga8" in get(GARDEN), 20)


def test_all_others_are_answered_by_the_primary(replica: Replica, channel: Channel, say: Say) -> None:
    owner = signed_in(channel, "owner")
    admin = Client()
    admin.force_login(get_user_model().objects.create_superuser("root"))
    replica.pause()
    before = get_state().reads
    newest = say(channel, "ann", "quagga8")
    assert "quagga8" in get(GARDEN, admin)
    for page in (f"{GARDEN}manage/", "/me/"):
        get(page, owner)
    for page in ("/sign-in/", "/add/", "/request/", "/robots.txt", "/readyz", "/metrics"):
        get(page)
    # Live, and where it is, go on from the newest line.
    assert Client().get("/api/v1/position").json()["channels"][0]["position"] == newest.id
    assert get_state().reads == before
    assert not get_state().refused


def close_it(channel: Channel) -> None:
    Channel.objects.filter(pk=channel.pk).update(visibility="members")


def purge_it(channel: Channel) -> None:
    retention.purge(channel, "root")


def redact_it(channel: Channel) -> None:
    privacy.redact(channel, [Line.objects.get(msgid="m1").id], "root")


def redact_message_of_it(channel: Channel) -> None:
    privacy.redact_message(channel, "m1", "server")


def erase_zebedee(channel: Channel) -> None:
    privacy.erase(channel.network, privacy.Speaker("", "zebedee"), "root")


def anonymise_zebedee(channel: Channel) -> None:
    privacy.anonymise(channel.network, privacy.Speaker("", "zebedee"), "root")


def hold_it(channel: Channel) -> None:
    moderation.hold_lines(channel, [Line.objects.get(msgid="m1").id], "root")


def delete_old_lines(channel: Channel) -> None:
    retention.delete_older_lines(channel, timezone.now())


@pytest.mark.parametrize(
    "withdraw",
    [close_it, purge_it, redact_it, redact_message_of_it, erase_zebedee, anonymise_zebedee, hold_it, delete_old_lines],
)
def test_what_was_withdrawn_is_never_shown(
    replica: Replica, channel: Channel, say: Say, withdraw: Callable[[Channel], None]
) -> None:
    other = Channel.objects.create(network=channel.network, name="#pond")
    say(channel, "zebedee", "zanzibar7 flowers", msgid="m1")
    say(other, "bob", "unrelated")
    wanted = "zebedee" if withdraw is anonymise_zebedee else "flowers"
    replica.pause()
    assert wanted in get(GARDEN)
    withdraw(channel)
    # By whatever page, API or feed, and also if the replica will be behind for an hour.
    pages = [
        GARDEN,
        f"{GARDEN}search/?q=zanzibar7",
        "/search/?q=zanzibar7",
        f"{API}/lines",
        f"{GARDEN}feed.json?by=line",
    ]
    for page in pages:
        response = Client().get(page)
        assert response.status_code in {200, 404}
        content = b"".join(response) if response.streaming else response.content
        assert not re.search(rf"\b{wanted}\b", content.decode()), page
    assert get_state().refused[Refusal.WITHDRAWN] == len(pages)
    replica.resume()
    wait_for(is_answered_by_replica, 20, "the replica answers again")


def test_who_lost_a_role_reads_no_more(replica: Replica, channel: Channel, say: Say) -> None:
    """Also what was said when a public channel was closed, although nothing of the channel itself changes."""
    Channel.objects.filter(pk=channel.pk).update(visibility="members")
    say(channel, "ann", "zanzibar7")
    Channel.objects.filter(pk=channel.pk).update(visibility="public")
    member = signed_in(channel, "member")
    replica.pause()
    assert "zanzibar7" in get(GARDEN, member)
    assert "zanzibar7" not in get(GARDEN)
    ownership.revoke_role(Membership.objects.get(), "root")
    assert "zanzibar7" not in get(GARDEN, member)
    assert get_state().refused[Refusal.WITHDRAWN] == 1


def test_people_see_what_they_wrote(replica: Replica, channel: Channel) -> None:
    owner, other = signed_in(channel, "owner", "ann"), signed_in(channel, "owner", "eve")
    replica.pause()
    form = read_form(owner.get(f"{GARDEN}manage/welcome/").content.decode(), "change-welcome")
    saved = owner.post(f"{GARDEN}manage/welcome/", form | {"act": "change-welcome", "welcome": "Be kind to zebras"})
    assert saved.status_code == 302
    assert "Be kind to zebras" in get(GARDEN, owner)
    assert get_state().refused == {Refusal.OWN_WRITE: 1}
    assert "Be kind to zebras" not in get(GARDEN, other)
    replica.resume()
    wait_for(lambda: "Be kind to zebras" in get(GARDEN, other), 20)
    reads = get_state().reads
    assert "Be kind to zebras" in get(GARDEN, owner)
    assert get_state().reads == reads + 1


def test_a_page_that_is_not_there_yet_is_looked_for_on_the_primary(
    replica: Replica, channel: Channel, say: Say
) -> None:
    say(channel, "ann", "first")
    replica.pause()
    line = say(channel, "ann", "quagga8")
    assert Client().get(f"{GARDEN}at/{line.id}/").status_code == 302
    assert "quagga8" in get(f"{API}/lines/{line.id}")
    Channel.objects.create(network=channel.network, name="#new")
    assert Client().get("/testnet/new/").status_code == 200
    assert Client().get("/testnet/nothing/").status_code == 404
    assert get_state().refused == {Refusal.NOT_FOUND: 4}


def test_a_replica_that_is_too_far_behind_is_not_used(
    replica: Replica, channel: Channel, say: Say, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    clock = [1000.0]
    monkeypatch.setattr(state, "monotonic", lambda: clock[0])
    monkeypatch.setattr(state, "_states", [ReplicaState(10)])
    say(channel, "ann", "zanzibar7")
    replica.pause()
    for _ in range(30):  # readers come all the time, lines too
        say(channel, "ann", "quagga8")
        clock[0] += 0.5
        get(GARDEN)
    assert get_state().refused[Refusal.LAG] == 10
    assert "quagga8" in get(GARDEN)
    assert [record.message for record in caplog.records if "replica" in record.message] == [
        "pages are read from the primary, because of the replica: it is 10 s behind or more"
    ]
    lag = measure_lag()
    assert lag is not None
    assert lag > 0
    replica.resume()
    replica.catch_up()
    wait_for(is_answered_by_replica, 20)
    assert caplog.records[-1].message == "pages are read from the replica again"


def test_after_a_pause_without_readers_a_moment_behind_is_no_news(
    replica: Replica, channel: Channel, say: Say, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    clock = [1000.0]
    monkeypatch.setattr(state, "monotonic", lambda: clock[0])
    monkeypatch.setattr(state, "_states", [ReplicaState(10)])
    replica.pause()
    clock[0] += 1000
    say(channel, "ann", "quagga8")
    assert "quagga8" in get(GARDEN)
    assert get_state().refused == {Refusal.LAG: 1}
    assert not any("replica" in record.message for record in caplog.records)


def test_without_the_replica_the_primary_answers(
    replica: Replica, channel: Channel, say: Say, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    clock = [1000.0]
    monkeypatch.setattr(state, "monotonic", lambda: clock[0])
    say(channel, "ann", "zanzibar7")
    replica.catch_up()
    wait_for(is_answered_by_replica, 20)
    replica.copy.stop("immediate")
    try:
        before = get_state().reads
        for _ in range(3):
            assert "zanzibar7" in get(GARDEN)
        assert get_state().reads == before
        assert get_state().refused[Refusal.AWAY] == 3
        assert check() == ["botbot.W005"]
    finally:
        replica.copy.hold()
    assert "zanzibar7" in get(GARDEN)
    assert get_state().refused[Refusal.AWAY] == 4, "it is left alone for some seconds"
    clock[0] += state.RETRY_SECONDS + 1
    replica.catch_up()
    wait_for(is_answered_by_replica, 20)
    told = [record.message.partition(":")[0] for record in caplog.records if "replica" in record.message]
    assert told == ["pages are read from the primary, because of the replica", "pages are read from the replica again"]


def test_a_statement_that_the_standby_cancels_is_repeated_on_the_primary(
    replica: Replica, channel: Channel, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is locked or removed on the primary has to be so on the standby, whose statements give way."""
    say(channel, "ann", "zanzibar7")
    replica.catch_up()
    wait_for(is_answered_by_replica, 20)
    replica.copy.query("ALTER SYSTEM SET max_standby_streaming_delay = 0")
    replica.copy.query("SELECT pg_reload_conf()")
    asked: list[Any] = []
    original = archive.fetch_counter

    def fetch_counter(row: Channel) -> tuple[int, int]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_is_in_recovery()")
            is_standby = cursor.fetchone()[0]
            asked.append(is_standby)
            if is_standby:
                cursor.execute("SELECT count(*), pg_sleep(60) FROM logs_line")
        return original(row)

    monkeypatch.setattr(day.archive, "fetch_counter", fetch_counter)
    try:
        page = gevent.spawn(close_connection(get), GARDEN)
        sleeping = "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid()"
        wait_for(lambda: replica.copy.query(sleeping), 20)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE logs_line IN ACCESS EXCLUSIVE MODE")
        assert "zanzibar7" in page.get(timeout=60)
    finally:
        replica.copy.query("ALTER SYSTEM RESET max_standby_streaming_delay")
        replica.copy.query("SELECT pg_reload_conf()")
    assert asked == [True, False]
    assert get_state().refused[Refusal.FAILED] == 1


def test_a_server_that_is_not_our_standby_is_not_used(
    replica: Replica, channel: Channel, say: Say, caplog: pytest.LogCaptureFixture
) -> None:
    assert check() == []
    say(channel, "ann", "zanzibar7")
    use_as_replica(dict(settings.DATABASES["default"]))
    assert "zanzibar7" in get(GARDEN)
    assert get_state().refused == {Refusal.AWAY: 1}
    assert "it is not a standby" in caplog.text
    assert measure_lag() is None
    assert check() == ["botbot.W006"]
    use_as_replica(settings.DATABASES["default"] | {"NAME": "postgres"})
    assert check() == ["botbot.E015"]


def test_positions_of_another_primary_mean_nothing(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a failover, or from a backup, the primary may be at a position before those that were seen."""
    found = ReplicaState(10)
    positions = iter([(500, 1), (600, 1), (300, 1), (310, 1), (320, 2)])

    def answer(own_write: int) -> tuple[int, int, int]:
        position, withdrawals = next(positions)
        monkeypatch.setattr(state, "_PRIMARY", f"SELECT {position}, {withdrawals}, 0")
        return found.find_requirement(own_write)[:3]

    assert answer(0) == (500, 0, 500)
    assert answer(550) == (500, 550, 500)
    assert answer(550) == (300, 300, 300)
    assert answer(305) == (300, 305, 300)
    assert answer(0) == (320, 0, 300)


def test_withdrawals_are_few_and_nobody_waits_for_them(transactional_db: None) -> None:
    def withdraw(times: int) -> None:
        with connection.cursor() as cursor:
            for _ in range(times):
                cursor.execute("BEGIN; SET LOCAL lock_timeout = '10s'; DELETE FROM logs_line WHERE false; COMMIT")

    def fetch_rows() -> frozenset[int]:
        return frozenset(Withdrawal.objects.values_list("pk", flat=True))

    seen = {fetch_rows()}
    for number in range(120):
        withdraw(1)
        seen.add(fetch_rows())
        assert len(seen) == number + 2, "the rows are never again what they were"
    assert 1 <= len(fetch_rows()) <= 50
    # Another transaction is about to withdraw something, too.
    with closing(open_direct_connection("test")) as other, other.cursor() as cursor:
        cursor.execute("BEGIN; DELETE FROM logs_line WHERE false")
        before = fetch_rows()
        withdraw(60)
        between = fetch_rows()
        cursor.execute("COMMIT")
        after = fetch_rows()
    assert len(after - between) == 1
    assert not after & before


def test_a_page_and_the_stream_after_it_have_every_line(
    replica: Replica, channel: Channel, process_env: dict[str, str], tmp_path: Path
) -> None:
    """The page is of a replica that is behind, the stream of the primary."""
    newest = write(channel, 3)
    replica.catch_up()
    env = process_env | {"DATABASE_REPLICA_URL": replica.copy.test_url, "DATABASE_REPLICA_LAG": "3600"}
    with Site(tmp_path, env) as site:

        def count(name: str) -> float:
            found = [line for line in site.get("/metrics").splitlines() if line.startswith(name)]
            return float(found[0].split()[-1])

        def is_answered() -> bool:
            before = count("botbot_replica_reads_total")
            site.get(GARDEN)
            return count("botbot_replica_reads_total") > before

        wait_for(is_answered, 20)
        replica.pause()
        last = write(channel, 4)
        page = site.get(GARDEN)
        assert [f'id="l{number}"' in page for number in range(1, last + 1)] == [True] * newest + [False] * 4
        following = int(page.partition('data-last-id="')[2].partition('"')[0])
        assert following == newest
        with Reader(site.port, channel, f"?after={following}") as reader:
            assert reader.lines(until=last) == list(range(newest + 1, last + 1))
            last = write(channel, 1)
            assert reader.lines(until=last) == [last]
        assert count("botbot_replica_lag_seconds") > 0
        assert "Traceback" not in site.output()
