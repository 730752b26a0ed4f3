"""What a process tells those who run it."""

from __future__ import annotations

from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path

from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from logs.models import BotStatus, Channel, Network
from logs.models.bot_status import State
from tests.logs.live.outages import database_away
from tests.logs.live.reader import Reader, write
from tests.processes import Site, wait_for


def ask(site: Site, path: str) -> tuple[int, str]:
    http = HTTPConnection(site.host, site.port, timeout=60)
    try:
        http.request("GET", path)
        answer = http.getresponse()
        return answer.status, answer.read().decode()
    finally:
        http.close()


def numbers(site: Site) -> dict[str, float]:
    """Every number of /metrics; labels stand behind the name."""
    status, text = ask(site, "/metrics")
    assert status == 200
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {" ".join([sample.name, *sample.labels.values()]): sample.value for sample in samples}


def test_without_the_database_it_is_alive_but_not_ready(site: Site, channel: Channel) -> None:
    assert ask(site, "/healthz") == (200, "ok\n")
    assert ask(site, "/readyz") == (200, "ready\n")
    with database_away():
        status, body = ask(site, "/readyz")
        assert status == 503
        assert body.startswith("The database does not answer: ")
        assert body.count("\n") == 1
        assert ask(site, "/healthz") == (200, "ok\n")
    wait_for(lambda: ask(site, "/readyz") == (200, "ready\n"), 10)


def test_numbers_follow_what_happens(site: Site, channel: Channel) -> None:
    write(channel, 400)
    with ExitStack() as stack:
        readers = [stack.enter_context(Reader(site.port, channel)) for _ in range(7)]
        late = stack.enter_context(Reader(site.port, channel, "?after=50"))
        late.lines(until=400)
        for _ in range(3):
            newest = write(channel, 2)
            assert all(reader.lines(until=newest) for reader in [*readers, late])
        seen = numbers(site)
        assert seen["botbot_live_streams"] == 8
        assert seen["botbot_live_channels"] == 1
        assert seen["botbot_live_deaf"] == 0
        assert seen["botbot_live_opened_total"] == 8
        assert seen["botbot_live_deliveries_total"] == 8 * 6
        assert seen["botbot_live_bytes_total"] > 8 * 6 * 100
        assert seen["botbot_live_replayed_total"] >= 150
        assert seen["botbot_live_missed_bucket 0.0"] == seen["botbot_live_missed_bucket 100.0"] == 6
        assert seen["botbot_live_missed_bucket 1000.0"] == seen["botbot_live_missed_bucket +Inf"] == 7
        assert seen["botbot_live_missed_sum"] == 350
        assert seen["botbot_greenlets"] > 5
        assert 0 < seen["botbot_live_lag_seconds_sum"] / seen["botbot_live_lag_seconds_count"] < 60
        assert seen["botbot_database_connections_most"] == 8
        assert seen["botbot_database_connections idle"] >= 1
        assert seen["process_resident_memory_bytes"] > 1e6
    wait_for(lambda: numbers(site)["botbot_live_closed_total gone"] == 8, 5)
    assert numbers(site)["botbot_live_streams"] == 0
    with database_away():
        wait_for(lambda: numbers(site)["botbot_live_deaf"] == 1, 10)


def test_the_bot_is_counted_by_network_without_names_of_channels(site: Site, channel: Channel) -> None:
    Network.objects.filter(pk=channel.network_id).update(host="irc.example.org")
    Channel.objects.filter(pk=channel.pk).update(wanted=True)
    seen = numbers(site)
    assert seen["botbot_bot_channels testnet missing"] == 1
    now = timezone.now()
    for state, place in ((State.CONNECTED, None), (State.JOINED, channel)):
        BotStatus.objects.create(
            network=channel.network, channel=place, state=state, since=now, updated_at=now, journal_depth=7
        )
    seen = numbers(site)
    assert seen["botbot_bot_channels testnet fine"] == 1
    assert seen["botbot_bot_channels testnet missing"] == 0
    assert seen["botbot_bot_journal_bytes testnet"] == 7
    assert not any("garden" in name for name in seen)


def test_it_listens_on_an_address_of_ipv6(process_env: dict[str, str], tmp_path: Path) -> None:
    site = Site(tmp_path, process_env | {"BIND": "::1"})
    place = site.command.index("-b")
    del site.command[place : place + 2]  # as a service is started
    site.host = "::1"
    with site:
        assert ask(site, "/healthz") == (200, "ok\n")
