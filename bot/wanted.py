"""What should be: networks and channels as the database has them, with a copy on disk for when it is away."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.models import Prefetch

from logs.models import Channel, Network
from logs.models.network import split_fingerprints


@dataclass(frozen=True, slots=True)
class WantedChannel:
    id: int
    name: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class WantedNetwork:
    id: int
    name: str
    host: str
    port: int
    tls: bool
    nick: str
    username: str
    realname: str
    password: str
    fingerprints: tuple[str, ...] = ()
    certificate: str = ""
    account: str = ""
    account_password: str = ""
    account_key: str = ""
    mechanisms: tuple[str, ...] = ()
    account_required: bool = True
    channels: tuple[WantedChannel, ...] = ()


def read() -> list[WantedNetwork]:
    """The networks to be connected, with their channels, from the database; the connection goes back to the pool."""
    try:
        networks = Network.objects.filter(wanted=True).exclude(host="").order_by("pk")
        wanted = Channel.objects.filter(wanted=True).order_by("pk")
        return [
            _network(network) for network in networks.prefetch_related(Prefetch("channels", wanted, to_attr="wished"))
        ]
    finally:
        connection.close()


def _network(network: Network) -> WantedNetwork:
    wished: list[Channel] = getattr(network, "wished", [])
    return WantedNetwork(
        id=network.pk,
        name=network.name,
        host=network.host,
        port=network.port,
        tls=network.tls,
        nick=network.nick,
        username=network.username,
        realname=network.realname or settings.SITE_URL,
        password=network.password,
        fingerprints=tuple(split_fingerprints(network.fingerprints)),
        certificate=network.certificate,
        account=network.account,
        account_password=network.account_password,
        account_key=network.account_key,
        mechanisms=tuple(network.mechanisms.replace(",", " ").split()),
        account_required=network.account_required,
        channels=tuple(WantedChannel(channel.pk, channel.name, channel.key) for channel in wished),
    )


def save(path: Path, networks: list[WantedNetwork]) -> None:
    """Keeps a copy that only we may read, for it holds passwords."""
    fresh = path.with_suffix(".new")
    fresh.touch(mode=0o600)
    fresh.write_text(json.dumps([asdict(network) for network in networks]), encoding="utf-8")
    fresh.rename(path)


def load(path: Path) -> list[WantedNetwork]:
    """The copy; empty when there is none."""
    if not path.exists():
        return []
    networks = json.loads(path.read_text(encoding="utf-8"))
    for network in networks:
        network["channels"] = tuple(WantedChannel(**channel) for channel in network["channels"])
        network["fingerprints"] = tuple(network["fingerprints"])
        network["mechanisms"] = tuple(network["mechanisms"])
    return [WantedNetwork(**network) for network in networks]
