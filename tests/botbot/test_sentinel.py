"""Realtime processes and Redis with Sentinel: a real master is killed, and its replica takes over."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

from logs.live.backplane.redis import create_client, parse_sentinel_address
from logs.models import Channel
from tests.logs.live.reader import Reader, write
from tests.processes import Realtime, Site, wait_for
from tests.redis import Redis, Sentinel


def test_readers_get_every_line_although_the_master_is_killed(
    process_env: dict[str, str], tmp_path: Path, channel: Channel
) -> None:
    write(channel, 3)
    with (
        Redis(tmp_path) as master,
        Redis(tmp_path, "--replicaof", "127.0.0.1", str(master.port)) as replica,
        Sentinel(tmp_path, master) as sentinel,
    ):
        wait_for(lambda: "master_link_status:up" in replica.ask("INFO replication"), 20, "the replica follows")
        wait_for(lambda: f":{replica.port}" in sentinel.ask("SENTINEL REPLICAS live"), 20, "it is known there")
        shared = {"REDIS_URL": sentinel.url, "LIVE_KEY": "what web and realtime processes share"}
        with (
            Realtime(tmp_path, shared) as realtime,
            Site(tmp_path, process_env | shared | {"REALTIME_URL": realtime.url}) as site,
            follow(site, channel, 1) as reader,
        ):
            assert reader.lines(until=3) == [2, 3]
            newest = write(channel, 3)
            assert reader.lines(until=newest) == [4, 5, 6]
            master.kill()
            newest = write(channel, 3)
            assert reader.lines(until=newest, seconds=30) == [7, 8, 9]
            assert f":{replica.port}" in sentinel.ask("SENTINEL MASTERS").replace("\r\n", ":")
            newest = write(channel, 2)
            assert reader.lines(until=newest) == [10, 11]
            with follow(site, channel, 2) as late:
                assert late.lines(until=newest) == list(range(3, newest + 1))


def follow(site: Site, channel: Channel, after: int) -> Reader:
    """A reader who has gone where the site's address leads."""
    with Reader(site.port, channel, f"?after={after}") as sent_on:
        location = sent_on.headers["location"]
    address, _, path = location.removeprefix("http://").partition("/")
    return Reader(int(address.rpartition(":")[2]), channel, path=f"/{path}")


def test_addresses_of_sentinels() -> None:
    found = parse_sentinel_address("rediss+sentinel://me:s%40d@a,[::1]:7/live/3?sentinel_password=x")
    assert found.sentinels == [("a", 26379), ("::1", 7)]
    assert (found.name, found.sentinel_password, found.with_tls) == ("live", "x", True)
    assert found.server == {"username": "me", "password": "s@d", "db": 3}
    with override_settings(REDIS_URL="rediss+sentinel://me:s%40d@a/live/3"):
        client = create_client()
    assert client.connection_pool.service_name == "live"
    assert client.connection_pool.connection_kwargs["db"] == 3


@pytest.mark.parametrize("address", ["//a:x/live", "//a", "///live", "//a,/live", "//a/live/x"])
def test_wrong_addresses_are_explained(address: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="name that the Sentinels have for the master"):
        parse_sentinel_address(f"redis+sentinel:{address}")
