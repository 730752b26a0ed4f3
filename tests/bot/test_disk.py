"""While the disk is full, lines go through memory to the database; what is lost beyond that is shown as a gap."""

from __future__ import annotations

import resource
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from bot.recorder import Recorder
from logs.ingest import journal as module
from logs.models import BotStatus, Channel, Gap, Network
from tests.bot.conftest import stored_messages, wait_until_stored
from tests.bot.server import Connection, Server
from tests.bot.test_botstatus import botstatus
from tests.logs.ingest.test_journal import disk_of, opened, read_all
from tests.logs.live.outages import database_away
from tests.processes import Bot, wait_for

ANN = ":ann!a@example.org PRIVMSG #garden :"


def test_a_full_disk_loses_nothing_while_the_database_is_there(joined: Connection, garden: Channel, bot: Bot) -> None:
    joined.send(f"{ANN}before")
    wait_until_stored(garden, "before")
    # No file may grow: what a full disk does to whoever writes to it.
    resource.prlimit(bot.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    for number in range(5):
        joined.send(f"{ANN}meanwhile {number}")
    wait_until_stored(garden, "meanwhile 4")
    reported = BotStatus.objects.filter(network=garden.network, detail__contains="kept in memory until stored")
    wait_for(reported.exists, 15, "the admin sees it")
    resource.prlimit(bot.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    joined.send(f"{ANN}after")
    wait_until_stored(garden, "after")
    assert [text for _, text in stored_messages(garden)] == [
        "before",
        *(f"meanwhile {number}" for number in range(5)),
        "after",
    ]
    assert not Gap.objects.filter(channel=garden).exists()
    wait_for(lambda: not reported.exists(), 20, "it is noticed that it is over, although nobody speaks")
    # It stays visible until somebody has taken note.
    said_by_it, code = botstatus()
    (sentence,) = said_by_it[-2]
    assert "records were held in memory, because the disk did not take them" in sentence
    assert code == 1
    call_command("botstatus", "--acknowledge", stdout=StringIO())
    joined.send(f"{ANN}later")
    wait_until_stored(garden, "later")
    written = BotStatus.objects.get(network=garden.network, channel=None).updated_at
    wait_for(BotStatus.objects.filter(channel=None, updated_at__gt=written).exists, 20, "the bot reports again")
    assert botstatus()[1] == 0


def test_a_bot_that_is_killed_with_lines_in_memory_shows_a_gap(
    joined: Connection, garden: Channel, bot: Bot, server: Server
) -> None:
    joined.send(f"{ANN}before")
    wait_until_stored(garden, "before")
    resource.prlimit(bot.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    with database_away():
        joined.send(f"{ANN}lost")
        joined.ping()
        bot.kill()
    bot.start()
    connection = server.accept()
    connection.register()
    connection.let_join("botbot", "@ann")
    gap = wait_for(lambda: Gap.objects.filter(channel=garden, to_at__isnull=False).first(), 20, "the gap is closed")
    assert gap.reason == "stopped"
    assert [text for _, text in stored_messages(garden)] == ["before"]


def test_what_memory_does_not_hold_either_is_lost_and_a_gap_shows_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MEMORY_BYTES", 0)
    monkeypatch.setattr(module, "DISK_RETRY_SECONDS", 0.0)
    with opened(tmp_path) as journal:
        recorder = Recorder(journal)
        with disk_of(0):
            recorder.record_topic(1, "lost")
        assert (recorder.lost_count, recorder.problem.partition(":")[0]) == (1, "1 lines lost")
        recorder.record_topic(1, "after")
        assert recorder.problem == ""
        opened_gap, closed_gap, topic = read_all(journal)
    assert (opened_gap.reason, closed_gap.channel, topic.text) == ("disk", 1, "after")  # type: ignore[union-attr]


def test_a_heartbeat_that_cannot_be_written_is_reported_and_goes_on(
    joined: Connection, garden: Channel, bot: Bot
) -> None:
    ping = bot.journal / "local" / "alive"
    wait_for(ping.exists, 20, "the bot notes that it listens")
    ping.unlink()
    ping.symlink_to("/nowhere/alive")
    wait_for(lambda: "a gap after a crash would begin too early" in bot.output(), 20, "it is reported")
    ping.unlink()
    wait_for(ping.exists, 20, "it goes on")


def test_a_bot_that_starts_on_a_full_disk_stores_what_it_hears(
    joined: Connection, garden: Channel, bot: Bot, server: Server
) -> None:
    joined.send(f"{ANN}before")
    wait_until_stored(garden, "before")
    bot.stop()
    # The output goes through a process without the limit; no other file may grow, as on a full disk.
    shell = 'exec > >(exec cat) 2>&1; ulimit -S -f 0; exec "$0" "$@"'
    bot.command = ["bash", "-c", shell, *bot.command]
    bot.start()
    connection = server.accept()
    connection.register()
    connection.let_join("botbot", "@ann")
    connection.send(f"{ANN}meanwhile")
    wait_until_stored(garden, "meanwhile")
    reported = BotStatus.objects.filter(network=garden.network, detail__contains="kept in memory until stored")
    wait_for(reported.exists, 15, "the admin sees it")
    resource.prlimit(bot.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    connection.send(f"{ANN}after")
    wait_until_stored(garden, "after")
    wait_for(lambda: not reported.exists(), 20, "it is noticed that it is over")
    assert [text for _, text in stored_messages(garden)] == ["before", "meanwhile", "after"]


def test_a_network_whose_journal_cannot_be_written_leaves_the_others_alone(
    joined: Connection, garden: Channel, bot: Bot
) -> None:
    # A file in the place of the folder refuses everybody, root too.
    (bot.journal / "late").touch()
    late = Network.objects.create(name="late", host="127.0.0.1", port=1, tls=False, wanted=True)
    reported = BotStatus.objects.filter(network=late, detail__contains="its journal cannot be written")
    wait_for(reported.exists, 20, "the admin sees it")
    joined.send(f"{ANN}meanwhile")
    wait_until_stored(garden, "meanwhile")
    (bot.journal / "late").unlink()
    wait_for(lambda: not reported.exists(), 20, "it is tried again")
    assert bot.output().count("late is not connected") == 1
