"""What the hub has to stand when gunicorn gives it its sockets: many readers, slow ones, the process's end."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import gevent
import httpx
import pytest
from django.db import connection

from logs.live.hub import OPENING_SECONDS
from logs.models import Channel
from tests.conftest import Say
from tests.logs.live.outages import database_away
from tests.logs.live.reader import Reader, last_id, write
from tests.processes import Site, wait_for
from tests.programs import require


@pytest.fixture
def small_site(process_env: dict[str, str], tmp_path: Path) -> Iterator[Site]:
    """A site with two database connections and room for fifty streams."""
    with Site(tmp_path, process_env | {"DATABASE_POOL": "2", "LIVE_STREAMS": "50"}) as running:
        yield running


def worker_of(site: Site) -> int:
    children = Path(f"/proc/{site.pid}/task/{site.pid}/children").read_text(encoding="ascii").split()
    return int(children[0])


def open_files(site: Site) -> int:
    return len(list(Path(f"/proc/{worker_of(site)}/fd").iterdir()))


def connections_of(_site: Site) -> int:
    """Those of the site: this process gives back what it does not use, and the server's own processes do not count."""
    connection.close()
    connection.close_pool()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        return int(cursor.fetchone()[0])


def test_streams_hold_no_database_connection(small_site: Site, channel: Channel, say: Say) -> None:
    write(channel, 3)
    with ExitStack() as stack:
        readers = [stack.enter_context(Reader(small_site.port, channel, "?after=1")) for _ in range(50)]
        assert [reader.lines(until=3) for reader in readers] == [[2, 3]] * 50
        for _ in range(3):
            assert "line 2" in small_site.get(channel.get_absolute_url())
        # The pool, and live's own: for listening, for new lines, and for replays if a reader needed one.
        wait_for(lambda: connections_of(small_site) <= 2 + 3)
        line = say(channel, "ann", "to all")
        assert [reader.lines(until=line.id) for reader in readers] == [[line.id]] * 50


def test_one_reader_too_many_is_asked_to_come_later(small_site: Site, channel: Channel) -> None:
    with ExitStack() as stack:
        readers = [stack.enter_context(Reader(small_site.port, channel)) for _ in range(50)]
        with Reader(small_site.port, channel) as late:
            assert late.status == 503
            assert int(late.headers["retry-after"]) > 0
            assert late.body() == "Too many readers follow live at the moment.\n"
        readers[0].close()

        def has_free_place() -> bool:
            with Reader(small_site.port, channel) as reader:
                return reader.status == 200

        wait_for(has_free_place)


def test_a_reader_who_does_not_keep_up_is_dropped_and_resumes(site: Site, channel: Channel) -> None:
    write(channel, 1)
    with Reader(site.port, channel, buffer=4096) as slow, Reader(site.port, channel) as fast:
        seen = []
        for number in range(20):
            newest = write(channel, 200, f"{number} " + "x" * 400)
            seen += fast.lines(until=newest)
        assert seen == list(range(2, newest + 1))
        received = [block.id for block in slow.rest(20) if block.name == "line"]
    assert received == list(range(2, received[-1] + 1))
    assert received[-1] < newest
    with Reader(site.port, channel, headers={"Last-Event-ID": str(received[-1])}) as back:
        assert received + back.lines(until=newest) == seen


def test_a_slow_reader_of_a_long_replay_is_not_dropped(site: Site, channel: Channel) -> None:
    newest = write(channel, 4000, "x" * 400)
    with Reader(site.port, channel, "?after=0", buffer=4096) as reader:
        seen = []
        while not seen or seen[-1] < newest:
            block = reader.next()
            if block.name:
                seen.append(block.id)
            if len(seen) % 200 == 0:
                time.sleep(0.02)
    assert seen == list(range(1, newest + 1))


def test_no_reader_misses_or_repeats_a_line_between_replay_and_live(site: Site, channel: Channel) -> None:
    """Readers come with old and new ids and leave at random while lines are written, one by one and in bulk."""
    write(channel, 1500)
    written = [1 + 20 * (number % 7 == 0) for number in range(150)]
    newest = 1500 + sum(written)

    def keep_writing() -> None:
        try:
            for count in written:
                write(channel, count)
                gevent.sleep(0.003)
        finally:
            connection.close()

    writing = gevent.spawn(keep_writing)
    seen: list[tuple[int, list[int]]] = []

    def read(after: int, pauses: int) -> None:
        first, ids = after, []
        for _ in range(pauses):
            with Reader(site.port, channel, headers={"Last-Event-ID": str(after)}) as reader:
                ids += reader.lines(until=after + 120, seconds=60)
            after = ids[-1]
        with Reader(site.port, channel, headers={"Last-Event-ID": str(after)}) as reader:
            ids += reader.lines(until=newest, seconds=60)
        seen.append((first, ids))

    readers = [gevent.spawn(read, after, after // 50 % 5) for after in range(0, 1500, 50)]
    gevent.joinall([writing, *readers], raise_error=True)
    assert newest == last_id(channel)
    assert len(seen) == 30
    for first, ids in seen:
        assert ids == list(range(first + 1, newest + 1))


def test_two_thousand_disconnected_readers_leave_no_memory_behind(site: Site, channel: Channel) -> None:
    write(channel, 2)
    with Reader(site.port, channel) as reader:
        reader.next()
    before = wait_for(lambda: open_files(site))
    for _ in range(20):
        with ExitStack() as stack:
            readers = [stack.enter_context(Reader(site.port, channel, "?after=1")) for _ in range(100)]
            assert [reader.lines(until=2) for reader in readers] == [[2]] * 100
    wait_for(lambda: open_files(site) <= before + 2, 5, "the descriptors of readers who left are closed")


def test_the_access_log_tells_of_streams_but_not_of_readers(site: Site, channel: Channel) -> None:
    with Reader(site.port, channel, "?after=0"):
        entries = wait_for(lambda: re.findall(r".*/garden/live.*", site.output()), 5)
    assert len(entries) == 1
    assert " 200 GET /testnet/garden/live " in entries[0]
    assert "127.0.0.1" not in entries[0]


def test_the_access_log_cannot_be_made_to_lie(site: Site) -> None:
    url = f"{site.url}/nowhere%0A[25/Nov/2026:00:00:00%20+0000]%20200%20GET%20/forged?key=secret"
    assert httpx.get(url, timeout=10).status_code == 404
    (entry,) = wait_for(lambda: re.findall(r".* GET /nowhere.*", site.output()), 5)
    assert " 404 GET /nowhere%0A[25/Nov/2026:00:00:00%20+0000]%20200%20GET%20/forged " in entry
    assert not re.search(r"^\[25/Nov/2026:00:00:00.*forged", site.output(), re.MULTILINE)
    assert "secret" not in site.output()


def test_curl_follows(site: Site, channel: Channel, say: Say) -> None:
    write(channel, 1)
    url = f"{site.url}{channel.get_absolute_url()}live"
    with subprocess.Popen([require("curl"), "-sN", url], stdout=subprocess.PIPE) as curl:
        assert curl.stdout is not None
        assert curl.stdout.readline().startswith(b"retry: ")
        assert curl.stdout.readline() == b"\n"
        assert [curl.stdout.readline() for _ in range(4)][:2] == [b"id: 1\n", b"event: live\n"]
        line = say(channel, "ann", "hello curl")
        assert curl.stdout.readline() == b"id: %d\n" % line.id
        curl.terminate()


def read_past_signs_of_life(live: Reader) -> None:
    """Read until something else comes than what each quarter of a minute brings; TimeoutError if nothing does."""
    while live.next(1).name == "alive":
        pass


def test_streams_outlive_the_database_and_miss_nothing(site: Site, channel: Channel) -> None:
    write(channel, 2000)
    with ExitStack() as stack:
        live = stack.enter_context(Reader(site.port, channel))
        live.next()
        with database_away():
            newest = write(channel, 120)
            with pytest.raises(TimeoutError):
                read_past_signs_of_life(live)
        assert live.lines(until=newest) == list(range(2001, newest + 1))
        behind = stack.enter_context(Reader(site.port, channel, "?after=100"))
        assert behind.lines(until=newest) == list(range(101, newest + 1))
    for job in ("Listening for new lines", "Reading new lines for live"):
        wait_for(lambda: f"{job} works again" in site.output())  # noqa: B023  (waited for at once)
        assert site.output().count(f"{job} failed") == 1
    assert "Traceback" not in site.output()


def test_one_address_gets_so_many_streams_and_no_more(
    process_env: dict[str, str], tmp_path: Path, channel: Channel
) -> None:
    """A proxy's word counts, the last one it added; of IPv6 a whole network is one address."""
    with Site(tmp_path, process_env | {"LIVE_PER_ADDRESS": "2"}) as site, ExitStack() as stack:

        def ask(forwarded: str) -> int:
            return stack.enter_context(Reader(site.port, channel, headers={"X-Forwarded-For": forwarded})).status

        assert [ask("192.0.2.1"), ask("10.0.0.1, 192.0.2.1"), ask("192.0.2.1"), ask("192.0.2.2")] == [
            200,
            200,
            429,
            200,
        ]
        assert [ask(f"2001:db8::{number}") for number in range(3)] == [200, 200, 429]
        assert [ask("2001:db8:0:1::1"), ask("unknown"), ask("unknown"), ask("unknown")] == [200] * 4
        stack.close()
        wait_for(lambda: ask("192.0.2.1") == 200, 5)


def test_many_readers_that_connect_at_once_are_accepted(
    process_env: dict[str, str], tmp_path: Path, channel: Channel
) -> None:
    """Looked up one by one they would wait for a connection longer than anybody may."""
    newest = write(channel, 3)
    env = process_env | {"DATABASE_POOL": "2", "DATABASE_WAIT": "5", "LIVE_STREAMS": "2000"}
    with Site(tmp_path, env) as site, ExitStack() as stack:
        connecting = [gevent.spawn(Reader, site.port, channel, "?after=0") for _ in range(400)]
        readers = [stack.enter_context(greenlet.get()) for greenlet in connecting]
        assert {reader.status for reader in readers} == {200}
        assert [reader.lines(until=newest) for reader in readers] == [[1, 2, 3]] * 400


@pytest.mark.parametrize("name", ["#garden", "##größe", "#50%"])
def test_the_second_reader_is_let_in_without_django(site: Site, channel: Channel, name: str) -> None:
    """Seen by the head, to which Django's middleware adds; the access log tells of both."""
    channel.name = name
    channel.save()
    newest = write(channel, 3)
    path = f"{channel.get_absolute_url()}live"
    with Reader(site.port, channel, "?after=0") as first:
        assert "x-content-type-options" in first.headers
        assert first.lines(until=newest) == [1, 2, 3]
        headers = {"Last-Event-ID": "1", "X-Forwarded-For": "192.0.2.7"}
        with Reader(site.port, channel, "?after=0", headers) as second:
            assert set(second.headers) == {"content-type", "cache-control", "x-accel-buffering", "connection"}
            assert second.lines(until=newest) == [2, 3]
    entries = wait_for(lambda: len(said := re.findall(r".* GET .*/live .*", site.output())) == 2 and said, 5)
    assert all(f" 200 GET {path} " in line for line in entries)


def test_reader_after_an_immediate_disconnect_does_not_wait(site: Site, channel: Channel) -> None:
    with gevent.Timeout(8 * OPENING_SECONDS / 2):  # each but the first would wait for OPENING_SECONDS
        for _ in range(8):
            with Reader(site.port, channel) as reader:
                reader.next()
