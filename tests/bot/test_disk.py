"""A full disk is logged as critical, survived, and shown as a gap."""

from __future__ import annotations

import resource

from logs.models import BotStatus, Channel, Gap
from tests.bot.conftest import said, wait_until_said
from tests.bot.server import Connection
from tests.processes import Bot, wait_for

ANN = ":ann!a@example.org PRIVMSG #garden :"


def test_a_full_disk_loses_lines_and_a_gap_shows_it(joined: Connection, garden: Channel, bot: Bot) -> None:
    joined.send(f"{ANN}before")
    wait_until_said(garden, "before")
    # No file may grow: what a full disk does to whoever writes to it.
    resource.prlimit(bot.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    for number in range(5):
        joined.send(f"{ANN}lost {number}")
    joined.alive()
    wait_for(
        BotStatus.objects.filter(network=garden.network, detail__contains="lines lost").exists, 15, "the admin sees it"
    )
    resource.prlimit(bot.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    joined.send(f"{ANN}after")
    wait_until_said(garden, "after")
    assert [text for _, text in said(garden)] == ["before", "after"]
    gap = Gap.objects.get(channel=garden)
    assert gap.reason == "disk"
    assert gap.to_at
