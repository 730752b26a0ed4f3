"""The networks and channels to connect to, read from the database, with a copy on disk for when it is away."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from logs.greenlets import run_in_thread, yield_control
from logs.ingest.atomic_file import write_atomically
from logs.models import Channel, Network, OptOut
from logs.models.network import split_fingerprints
from logs.text.privacy_rules import Person

ROWS_AT_ONCE = 500
"""Channels that are converted before other greenlets run, which takes a few milliseconds."""


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


_FINGERPRINT = """
    SELECT
        (SELECT sum(hashtext(xmin::text || ctid::text)) FROM logs_network),
        (SELECT sum(hashtext(xmin::text || ctid::text)) FROM logs_channel WHERE wanted),
        (SELECT sum(hashtext(xmin::text || ctid::text)) FROM logs_optout)
"""
"""What differs after every change of a row that matters here: each update gives a row another place and transaction."""

_CHANNEL_FIELDS = (
    *("network_id", "id", "name", "key", "off_record", "keeps_joins", "keeps_restricted", "paused", "opted_out"),
    *("answers", "announcement"),
)


class SettingsReader:
    """Reads the wanted networks again and again, which costs one small query as long as nothing has changed."""

    def __init__(self) -> None:
        self._fingerprint: tuple[object, ...] | None = None
        self._networks: list[WantedNetwork] = []
        # By id: the row and what was made of it. Equal rows give the same object, which is compared in no time.
        self._channels: dict[int, tuple[tuple[Any, ...], WantedChannel]] = {}

    def read(self) -> list[WantedNetwork]:
        """Return all networks to connect, with their channels; the database connection goes back to the pool."""
        try:
            with connection.cursor() as cursor:
                cursor.execute(_FINGERPRINT)
                fingerprint = cursor.fetchone()
            if fingerprint != self._fingerprint:
                self._networks = self._read_all()
                # Read before the rows: what changes in between is read again.
                self._fingerprint = fingerprint
            return self._networks
        finally:
            connection.close()

    def forget(self) -> None:
        """Read everything the next time, whether or not it seems to have changed."""
        self._fingerprint = None

    def _read_all(self) -> list[WantedNetwork]:
        networks = list(Network.objects.filter(wanted=True).exclude(host="").order_by("pk"))
        opted_out: defaultdict[int, list[Person]] = defaultdict(list)
        columns = ("network_id", "channel_id", "account", "nick")
        for network_id, channel_id, account, nick in OptOut.objects.order_by("pk").values_list(*columns):
            opted_out[network_id].append(Person(channel_id, account, nick))
        wanted = Channel.objects.filter(network__in=networks, wanted=True, stopped="").order_by("pk")
        rows = list(wanted.values_list(*_CHANNEL_FIELDS))
        channels = defaultdict(list)
        known, self._channels = self._channels, {}
        for place, row in enumerate(rows, 1):
            before = known.get(row[1])
            channel = before[1] if before and before[0] == row else _convert_channel(*row[1:])
            self._channels[row[1]] = row, channel
            channels[row[0]].append(channel)
            if place % ROWS_AT_ONCE == 0:
                yield_control()
        return [
            _convert_network(network, tuple(channels[network.pk]), tuple(opted_out[network.pk])) for network in networks
        ]


def _convert_network(
    network: Network, channels: tuple[WantedChannel, ...], opted_out: tuple[Person, ...]
) -> WantedNetwork:
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
        channels=channels,
        inviting=network.inviting,
        casemapping=network.casemapping,
        opted_out=opted_out,
        scrubs=network.scrubs,
        encoding=network.encoding,
    )


def _convert_channel(number: int, name: str, key: str, off_record: str, *settings_as_they_are: Any) -> WantedChannel:
    return WantedChannel(number, name, key, tuple(off_record.split()), *settings_as_they_are)


def save(path: Path, networks: list[WantedNetwork]) -> None:
    """Save a copy, in a thread. It contains passwords, so only the bot's user may read it."""
    run_in_thread(write_atomically, path, json.dumps([_to_dict(one) for one in networks]))


def _to_dict(network: WantedNetwork) -> dict[str, Any]:
    # Not `asdict`, which copies every value of thousands of channels.
    values = {field.name: getattr(network, field.name) for field in fields(WantedNetwork)}
    names = [field.name for field in fields(WantedChannel)]
    channels = [{name: getattr(channel, name) for name in names} for channel in network.channels]
    return values | {"channels": channels}


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
