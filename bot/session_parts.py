"""The parts of a session, for those who handle what the server sends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.channels import Channels
from bot.connection import Outbox
from bot.history import History
from bot.identity.claims import Claims
from bot.identity.whois import WhoisLookups
from bot.irc.capabilities import Capabilities
from bot.irc.isupport import Isupport
from bot.members import Accounts, Logins, Members, OtherBots
from bot.nickname import Nickname
from bot.recorder import Recorder
from bot.registration import Registration
from bot.renames import Renames
from bot.replies import Replies

Welcome = Callable[[str], None]


@dataclass(slots=True, kw_only=True)
class SessionParts:
    """The parts of a session that handlers call. `welcome(nick)` is called when the server has registered us.

    `server_name` is that of the server until it gives its own.
    """

    network_name: str
    server_name: str
    capabilities: Capabilities
    isupport: Isupport
    nickname: Nickname
    registration: Registration
    members: Members
    accounts: Accounts
    other_bots: OtherBots
    channels: Channels
    history: History
    lookups: WhoisLookups
    claims: Claims
    logins: Logins
    renames: Renames
    replies: Replies
    recorder: Recorder
    outbox: Outbox
    welcome: Welcome
