"""A site with two web processes: limits and metrics hold over both, and the end of one harms no other."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from pathlib import Path

import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

from logs.models import Channel
from tests.logs.live.reader import Reader, write
from tests.processes import Site, wait_for


@pytest.fixture
def two_processes(process_env: dict[str, str], tmp_path: Path) -> Iterator[Site]:
    limits = {"WEB_PROCESSES": "2", "LIVE_PER_ADDRESS": "6", "API_PER_ADDRESS": "10"}
    with Site(tmp_path, process_env | limits) as running:
        wait_for(lambda: len(streams(running)) == 2, 30, "both processes answer")
        yield running
        print(running.output())


def workers(site: Site) -> list[psutil.Process]:
    return psutil.Process(site.pid).children()


@contextmanager
def only(site: Site, number: int) -> Iterator[None]:
    """Let only one of the processes answer."""
    others = [worker for at, worker in enumerate(workers(site)) if at != number]
    for worker in others:
        worker.suspend()
    try:
        yield
    finally:
        for worker in others:
            worker.resume()


def get(site: Site, path: str, address: str) -> int:
    http = HTTPConnection("127.0.0.1", site.port, timeout=30)
    try:
        http.request("GET", path, headers={"X-Forwarded-For": address})
        return http.getresponse().status
    finally:
        http.close()


def values(site: Site, name: str) -> dict[str, float]:
    """The values of a metric by process."""
    families = text_string_to_metric_families(site.get("/metrics"))
    samples = [sample for family in families for sample in family.samples if sample.name == name]
    return {sample.labels["process"]: sample.value for sample in samples}


def streams(site: Site) -> dict[str, float]:
    """Open streams by process; the hub of a process starts with its first one."""
    return dict.fromkeys(values(site, "botbot_greenlets"), 0.0) | values(site, "botbot_live_streams")


def follow(site: Site, channel: Channel, address: str = "203.0.113.1", after: int = 0) -> Reader:
    return Reader(site.port, channel, f"?after={after}", {"X-Forwarded-For": address})


def is_refused(site: Site, channel: Channel) -> bool:
    with follow(site, channel) as reader:
        return reader.status == 429


def test_limits_and_metrics_are_those_of_both_and_the_death_of_one_harms_no_reader_of_the_other(
    two_processes: Site, channel: Channel
) -> None:
    site = two_processes
    dying, staying = workers(site)
    with ExitStack() as stack:
        readers: list[list[Reader]] = []
        for number in (0, 1):
            with only(site, number):
                readers.append([stack.enter_context(follow(site, channel)) for _ in range(3)])
                assert [reader.status for reader in readers[-1]] == [200] * 3
                assert [get(site, "/api/v1/networks", "203.0.113.1") for _ in range(5)] == [200] * 5
        for number in (0, 1):
            with only(site, number):
                assert is_refused(site, channel)
                assert get(site, "/api/v1/networks", "203.0.113.1") == 429
                assert get(site, "/api/v1/networks", "203.0.113.2") == 200
        assert sorted(streams(site).values()) == [3, 3]
        newest = write(channel, 5)
        assert all(reader.lines(until=newest) for reader in readers[0] + readers[1])
        dying.kill()
        for reader in readers[0]:
            reader.rest()
        wait_for(lambda: len(workers(site)) == 2 and sorted(streams(site).values()) == [0, 3], 30)
        # What the dead process had counted is taken back.
        reconnected = [stack.enter_context(follow(site, channel, after=newest)) for _ in range(3)]
        assert [reader.status for reader in reconnected] == [200] * 3
        assert is_refused(site, channel)
        newest = write(channel, 5)
        assert all(
            reader.lines(until=newest) == list(range(newest - 4, newest + 1)) for reader in readers[1] + reconnected
        )
        assert staying.is_running()


def test_at_a_reload_the_readers_of_both_come_back_and_miss_nothing(two_processes: Site, channel: Channel) -> None:
    site = two_processes
    seen = write(channel, 3)
    before = workers(site)
    with ExitStack() as stack:
        readers = []
        for number in (0, 1):
            with only(site, number):
                readers += [stack.enter_context(follow(site, channel, after=seen)) for _ in range(3)]
        for reader in readers:
            reader.next()
        os.kill(site.pid, signal.SIGHUP)
        pauses = [reader.rest(60)[-1].retry or 0 for reader in readers]
    stopped_at = time.monotonic()
    newest = write(channel, 250)
    with ExitStack() as stack:
        time.sleep(max(0.0, stopped_at + max(pauses) / 1000 - time.monotonic()))
        readers = [stack.enter_context(follow(site, channel, after=seen)) for _ in pauses]
        assert [reader.status for reader in readers] == [200] * 6
        for reader in readers:
            assert reader.lines(until=newest, seconds=60) == list(range(seen + 1, newest + 1))
        wait_for(lambda: len(workers(site)) == 2 and not any(worker in before for worker in workers(site)), 30)
        wait_for(lambda: sum(streams(site).values()) == 6, 10)
        assert is_refused(site, channel)
    assert site.output().count("Booting worker") == 4
    assert "Traceback" not in site.output()
