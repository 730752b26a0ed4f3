"""An owner who is away finds a memo of the network's services: InspIRCd, Atheme and the bot."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from logs.models import Channel, Identity, Membership, Network, OwnerNotice
from tests.processes import Bot, wait_for
from tests.services import AccountIrcd, Atheme

pytestmark = pytest.mark.ircd

PASSWORD = "open-sesame"


@pytest.fixture
def atheme(tmp_path: Path) -> Iterator[Atheme]:
    with AccountIrcd(tmp_path) as ircd, Atheme(tmp_path, ircd) as services:
        yield services


def test_services_deliver_what_an_owner_should_know(
    atheme: Atheme, process_env: dict[str, str], tmp_path: Path
) -> None:
    ircd = atheme.ircd
    network = Network.objects.create(
        name="local", host=ircd.host, port=ircd.port, tls=False, account="logger", account_password=PASSWORD
    )
    channel = Channel.objects.create(network=network, name="#garden", wanted=True)
    ann = Identity.objects.create(network=network, account="ann", nick="ann")
    Membership.objects.create(channel=channel, identity=ann, role="owner")
    OwnerNotice.objects.create(network=network, channel=channel, kind="flood", text="#garden: 3 lines held back")
    with atheme.register("logger", PASSWORD), atheme.register("ann", PASSWORD) as owner:
        with Bot(tmp_path, process_env):
            owner.read_until("new memo from logger", 30)
            wait_for(OwnerNotice.objects.filter(memo_at__isnull=False).exists, 10, "it counts as sent")
        owner.say("MemoServ", "READ 1")
        assert owner.read_until("3 lines held back")
