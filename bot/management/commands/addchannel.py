"""`manage.py addchannel irc.libera.chat/#channel`: add a channel, and its network if it is new."""

from __future__ import annotations

import re
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from logs.accounts import ownership
from logs.models import Channel, Network
from logs.models.channel_choices import LoggingNotice
from logs.text.names import fold, is_channel

_ADDRESS_PATTERN = re.compile(
    r"(?:(?P<scheme>ircs?)://)?(?P<host>[^/:\s]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>\d+))?/(?P<channel>.+)"
)

# Fields of Network that have an option of the same name.
FIELDS_WITH_OPTIONS = (
    "realname",
    "password",
    "certificate",
    "account",
    "account_password",
    "account_key",
    "mechanisms",
    "encoding",
)


class Command(BaseCommand):
    help = "Adds a channel, and its network if it is new. A running bot joins it within seconds."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("address", help="for example irc.libera.chat/#channel or ircs://irc.oftc.net:6697/#channel")
        parser.add_argument("--nick", help="the bot's nick on this network (for a new network; default: botbot)")
        parser.add_argument("--network", help="the network's name in addresses (default: from the host)")
        parser.add_argument("--no-tls", action="store_true", help="a plain connection, for servers of your own")
        parser.add_argument("--realname", default="", help="shown by WHOIS: name a person whom operators can reach")
        parser.add_argument("--key", default="", help="the channel's key (mode +k)")
        parser.add_argument("--password", default="", help="the server's password")
        parser.add_argument("--encoding", default="", help="of text that is not UTF-8, for example koi8-r")
        parser.add_argument("--fingerprint", action="append", default=[], help="trust only this certificate (SHA-256)")
        parser.add_argument("--certificate", default="", help="PEM file: our own certificate with its key")
        parser.add_argument("--account", default="", help="the bot's account on this network (SASL)")
        parser.add_argument("--account-password", default="", help="its password; it can also be set in the admin")
        parser.add_argument("--account-key", default="", help="PEM file: a P-256 key for the account")
        parser.add_argument("--mechanisms", default="", help="for example SCRAM-SHA-256,PLAIN (default: the strongest)")
        parser.add_argument(
            "--account-optional", action="store_true", help="join the network also when the login fails"
        )
        parser.add_argument(
            "--public",
            metavar="REASON",
            default="",
            help="open the log at once; why people in the channel know of it (stands in the audit log)",
        )
        parser.add_argument("--move", action="store_true", help="change the network's address to this one")

    def handle(self, *args: Any, **options: Any) -> None:
        match = _ADDRESS_PATTERN.fullmatch(options["address"])
        if match is None:
            raise CommandError("Write the address as host/#channel, for example irc.libera.chat/#channel.")
        name = match["channel"] if is_channel(match["channel"]) else f"#{match['channel']}"
        with transaction.atomic():
            network = self._save_network(match, options)
            channel = self._save_channel(network, name, options["key"])
            if options["public"] and channel.notice != LoggingNotice.UNNEEDED:
                ownership.approve_without_notice(channel, "addchannel", options["public"])
                channel.refresh_from_db(fields=["notice", "audience"])
        if options["verbosity"] == 0:
            return
        self.stdout.write(
            f"{channel.name} on {network.name} ({network.host}:{network.port}, {'TLS' if network.tls else 'plain'}) is "
            f"wanted. A running bot joins it within seconds, as {network.nick}.\n"
            f"Its page: {settings.SITE_URL}{channel.get_absolute_url()}\n"
            "Most networks require that a channel's operators agree."
        )
        if channel.notice == LoggingNotice.MISSING:
            self.stdout.write(
                "Only owners and administrators can read the log (see --public) until the topic says:\n"
                f"{ownership.notice_text(channel)}"
            )

    def _save_network(self, match: re.Match[str], options: dict[str, Any]) -> Network:
        host = match["host"].strip("[]").lower()
        tls = not options["no_tls"] and match["scheme"] != "irc"
        port = int(match["port"] or (6697 if tls else 6667))
        name = options["network"] or _default_name(host)
        network = Network.objects.filter(name__iexact=name).first() or Network(name=name)
        has_moved = network.pk and network.host and (network.host, network.port) != (host, port)
        if has_moved and not options["move"]:
            raise CommandError(
                f"{network.name} is {network.host}:{network.port} already: choose another name with --network, "
                "or use --move if it has this address from now on."
            )
        network.host, network.port, network.tls, network.wanted = host, port, tls, True
        network.nick = options["nick"] or network.nick
        # Options that were not given leave the settings of an existing network as they are.
        for field in FIELDS_WITH_OPTIONS:
            setattr(network, field, options[field] or getattr(network, field))
        network.fingerprints = " ".join(options["fingerprint"]) or network.fingerprints
        network.account_required = network.account_required and not options["account_optional"]
        _save(network)
        return network

    def _save_channel(self, network: Network, name: str, key: str) -> Channel:
        channel = Channel.objects.named(network, name).first()
        channel = channel or Channel(
            network=network, name=name, folded=fold(name, network.casemapping), notice=LoggingNotice.MISSING
        )
        channel.wanted = True
        channel.key = key or channel.key
        _save(channel)
        return channel


def _default_name(host: str) -> str:
    """Return a network's name: `irc.libera.chat` → `libera`, `irc.oftc.net` → `oftc`; an IP address stays whole."""
    labels = host.split(".")
    return host.replace(":", "-") if len(labels) < 2 or host[-1].isdigit() or ":" in host else labels[-2]


def _save(record: Network | Channel) -> None:
    """Validate and save. Raise CommandError with the sentences of all errors."""
    try:
        record.full_clean()
    except ValidationError as error:
        raise CommandError(" ".join(error.messages)) from None
    record.save()
