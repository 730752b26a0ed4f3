"""Who somebody is, asked of the server: services account, rights in channels, and which connection it is.

WHOX (https://ircv3.net/specs/extensions/whox) tells an account in one short line, WHOIS
(https://modern.ircdocs.horse/#whois-message) all of it. A NickServ is not asked: where there are no services, anybody
may call themselves so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING

from bot.irc import numerics
from bot.irc.message import Message
from logs.text.names import fold

if TYPE_CHECKING:
    from bot.session import Session

ANSWER_SECONDS = 3.0
WHOX_TOKEN = "42"  # noqa: S105  (tells our question from others)
MOST = 200


@dataclass(slots=True)
class Found:
    """What the server told. `there`: False when nobody has the nick; None when there was no answer.

    `channels` are as the server shows them, with symbols, and only those that it shows us. `connection` is made of
    what changes when somebody comes anew; it is kept in memory and nowhere else.
    """

    there: bool | None = None
    account: str = ""
    channels: list[str] = field(default_factory=list)
    connection: tuple[str, ...] = ()


Then = Callable[[Found], None]


@dataclass(slots=True)
class Question:
    nick: str
    then: list[Then]
    since: float = field(default_factory=monotonic)
    found: Found = field(default_factory=Found)


class Lookups:
    """For one session; `then` is called in the reader's greenlet, or from `look` when the server does not answer."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._whois: dict[str, Question] = {}
        self._whox: dict[str, Question] = {}

    def account(self, nick: str, tagged: str, then: Callable[[str], None]) -> None:
        """The account of somebody who has just said something: the tag tells, or there are no tags and it is asked."""
        if tagged or "account-tag" in self.session.registration.capabilities.enabled:
            then(tagged)
        elif "WHOX" in self.session.isupport.tokens:
            self._ask(self._whox, nick, lambda found: then(found.account), *numerics.question(nick, WHOX_TOKEN))
        else:
            self.whois(nick, lambda found: then(found.account))

    def whois(self, nick: str, then: Then) -> None:
        self._ask(self._whois, nick, then, "WHOIS", nick)

    def told(self, message: Message) -> None:
        """A line of the answer to WHOIS or WHO."""
        if message.command in {"354", "315"}:
            self._told_of_who(message)
            return
        question = self._whois.get(self._fold(message.param(1)))
        if question is None:
            return
        found = question.found
        match message.command:
            case "311":
                found.there = True
                found.connection += (message.param(2), message.param(3))
            case "317" if len(message.params) > 4:
                found.connection += (message.param(3),)
            case "319":
                found.channels += message.last.split()
            case "330":
                found.account = message.param(2)
            case "307":
                found.account = found.account or question.nick
            case "401":
                found.there = False
            case "318":
                self._answer(self._whois, question)

    def forget(self, nick: str) -> None:
        """The nick has gone: what the server says of it now may be of somebody else."""
        self._whois.pop(self._fold(nick), None)
        self._whox.pop(self._fold(nick), None)

    def look(self) -> None:
        """Called every second or so: goes on without an answer that does not come."""
        for asked in (self._whois, self._whox):
            for question in list(asked.values()):
                if monotonic() - question.since > ANSWER_SECONDS:
                    self._answer(asked, question)

    def _told_of_who(self, message: Message) -> None:
        if answer := numerics.answer(message, WHOX_TOKEN):
            nick, account = answer
            question = self._whox.get(self._fold(nick))
            if question is not None:
                question.found.there = True
                question.found.account = account
        elif message.command == "315" and (question := self._whox.get(self._fold(message.param(1)))):
            self._answer(self._whox, question)

    def _ask(self, asked: dict[str, Question], nick: str, then: Then, *command: str) -> None:
        key = self._fold(nick)
        if key in asked:
            asked[key].then.append(then)
        elif len(asked) < MOST:
            asked[key] = Question(nick, [then])
            self.session.send(*command)

    def _answer(self, asked: dict[str, Question], question: Question) -> None:
        asked.pop(self._fold(question.nick), None)
        for then in question.then:
            then(question.found)

    def _fold(self, nick: str) -> str:
        return fold(nick, self.session.isupport.casemapping)
