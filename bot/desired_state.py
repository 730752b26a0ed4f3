"""The networks and channels to connect to, read from the database, with a copy on disk for when it is away."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.models import Prefetch

from logs.ingest.atomic_file import write_atomically
from logs.models import Channel, Network
from logs.models.network import split_fingerprints
from logs.text.privacy_rules import Person


@dataclass(frozen=True, slots=True)
class WantedChannel:
    """A channel to join, with its owners' settings of what to record and whom to answer.

    `announcement` is what has still to be said there about who may read the log.
    """

    id: int
    name: str
    key: str = field(default="", repr=False)
    off_record: tuple[str, ...] = ()
    keeps_joins: bool = True
    keeps_restricted: bool = False
    paused: bool = False
    opted_out: str = "placeholder"
    answers: str = "private"
    announcement: str = ""


@dataclass(frozen=True, slots=True)
class WantedNetwork:
    """A network to connect to. `scrubs` counts erasures, after which the journal begins a new segment."""

    id: int
    name: str
    host: str
    port: int
    tls: bool
    nick: str
    username: str
    realname: str
    password: str = field(repr=False)
    fingerprints: tuple[str, ...] = ()
    certificate: str = ""
    account: str = ""
    account_password: str = field(default="", repr=False)
    account_key: str = ""
    mechanisms: tuple[str, ...] = ()
    account_required: bool = True
    channels: tuple[WantedChannel, ...] = ()
    inviting: bool = False
    casemapping: str = "rfc1459"
    opted_out: tuple[Person, ...] = ()
    scrubs: int = 0
    encoding: str = ""

    def is_same_connection(self, other: WantedNetwork) -> bool:
        """Whether the settings differ only in what needs no other connection."""
        # The database writes the casemapping that the bot itself has reported, so it is among these.
        ignored = {"channels": (), "inviting": False, "casemapping": "", "opted_out": (), "scrubs": 0, "encoding": ""}
        return replace(self, **ignored) == replace(other, **ignored)  # type: ignore[arg-type]


def read() -> list[WantedNetwork]:
    """Read all networks to connect, with their channels; the database connection goes back to the pool."""
    try:
        networks = Network.objects.filter(wanted=True).exclude(host="").order_by("pk")
        wanted = Channel.objects.filter(wanted=True, stopped="").order_by("pk")
        rows = networks.prefetch_related(Prefetch("channels", wanted, to_attr="wanted_channels"), "opt_outs")
        return [_convert_network(network) for network in rows]
    finally:
        connection.close()


def _convert_network(network: Network) -> WantedNetwork:
    channels: list[Channel] = getattr(network, "wanted_channels", [])
    return WantedNetwork(
        id=network.pk,
        name=network.name,
        host=network.host,
        port=network.port,
        tls=network.tls,
        nick=network.nick,
        username=network.username,
        realname=network.realname or f"{settings.SITE_URL} {settings.CONTACT}".strip(),
        password=network.password,
        fingerprints=tuple(split_fingerprints(network.fingerprints)),
        certificate=network.certificate,
        account=network.account,
        account_password=network.account_password,
        account_key=network.account_key,
        mechanisms=tuple(network.mechanisms.replace(",", " ").split()),
        account_required=network.account_required,
        channels=tuple(_convert_channel(channel) for channel in channels),
        inviting=network.inviting,
        casemapping=network.casemapping,
        opted_out=tuple(Person(row.channel_id, row.account, row.nick) for row in network.opt_outs.all()),
        scrubs=network.scrubs,
        encoding=network.encoding,
    )


def _convert_channel(channel: Channel) -> WantedChannel:
    return WantedChannel(
        id=channel.pk,
        name=channel.name,
        key=channel.key,
        off_record=tuple(channel.off_record.split()),
        keeps_joins=channel.keeps_joins,
        keeps_restricted=channel.keeps_restricted,
        paused=channel.paused,
        opted_out=channel.opted_out,
        answers=channel.answers,
        announcement=channel.announcement,
    )


def save(path: Path, networks: list[WantedNetwork]) -> None:
    """Save a copy. It contains passwords, so only the bot's user may read it."""
    write_atomically(path, json.dumps([asdict(network) for network in networks]))


def load(path: Path) -> list[WantedNetwork]:
    """Load the copy; empty when there is none."""
    if not path.exists():
        return []
    networks = json.loads(path.read_text(encoding="utf-8"))
    # JSON knows no tuples. A copy written by an older version lacks newer fields, which get their defaults.
    for network in networks:
        network["channels"] = tuple(
            WantedChannel(**channel | {"off_record": tuple(channel.get("off_record", ()))})
            for channel in network["channels"]
        )
        network["opted_out"] = tuple(Person(*person) for person in network.get("opted_out", ()))
        network["fingerprints"] = tuple(network["fingerprints"])
        network["mechanisms"] = tuple(network["mechanisms"])
    return [WantedNetwork(**network) for network in networks]
