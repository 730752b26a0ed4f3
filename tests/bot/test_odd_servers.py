"""What odd servers say, cut anywhere, repeated, and beside another network: nothing fails or fills a log."""

from __future__ import annotations

import logging

import pytest

from bot.connection import ConnectionLostError
from bot.identity.db_queue import DatabaseQueue
from bot.irc.message import LineBuffer
from logs.ingest.entry import Entry
from tests import examples
from tests.bot.conftest import StartLocal
from tests.bot.in_process import LocalSession
from tests.bot.test_fuzz import WELCOME

SAID = b":ann!a@h PRIVMSG #c :"
REPEATS = examples.count(300, nightly=10_000)
MAX_LOGGED = 30
CAPABILITIES = [
    b":s CAP * LS :batch server-time message-tags draft/chathistory sasl znc.in/playback draft/multiline",
    b":s CAP * ACK :batch server-time message-tags draft/chathistory znc.in/playback draft/multiline",
]


def page(kind: bytes, *times: bytes) -> list[bytes]:
    lines = [b"@batch=h;time=" + time + b" " + SAID + b"yes" for time in times]
    return [b":s BATCH +h " + kind + b" #c", *lines, b":s BATCH -h"]


NOW = b"2026-03-01T12:00:00.000Z"
CASES: dict[str, list[bytes]] = {
    "history by time": page(b"chathistory", NOW, NOW, b"2026-03-01T12:00:00.001Z"),
    "history with times of whole seconds": page(b"chathistory", *[NOW] * 20),
    "history without times": page(b"chathistory", *[b""] * 5),
    "history of the future": page(b"chathistory", b"2050-01-01T00:00:00.000Z"),
    "history that is refused": [b"FAIL CHATHISTORY MESSAGE_ERROR AFTER #c :Messages could not be retrieved"],
    "playback of the future": page(b"znc.in/playback", b"2050-01-01T00:00:00.000Z"),
    "history of ourselves": [
        b":s BATCH +h chathistory #c",
        b"@batch=h :botbot!b@h QUIT :gone",
        b"@batch=h :botbot!b@h JOIN #c",
        b":s BATCH -h",
    ],
    "a clock ahead": [b"@time=2026-03-01T13:00:00.000Z " + SAID + b"hi"],
    "a nick that is taken": [b":s 433 * botbot :Nickname is already in use"],
    "a nick that is refused": [b":s 432 * botbot123456 :Erroneous nickname"],
    "renamed by services": [b":botbot!b@h NICK Guest77", b":Guest77!b@h NICK botbot"],
    "two encodings in a line": [SAID + "naïve ".encode() + b"caf\xe9 ok"],
    "a cut character": [
        SAID + "Größe schön na".encode() + b"\xc3...",
        b":ann!a@h TOPIC #c :\xe2\x98",
        b":x!y@z QUIT :\xf0",
    ],
    "speech for operators": [b":ann!a@h PRIVMSG @#c :secret for ops", b":ann!a@h NOTICE +#c :secret"],
    "refusals": [
        b":s %d botbot #c :Channel #c is forbidden" % number
        for number in (263, 407, 437, 439, 461, 471, 473, 474, 475, 477, 489, 495, 500, 520, 524, 609, 926)
    ],
    "a refusal by FAIL": [b"FAIL JOIN CHANNEL_RENAMED #c :no"],
    "capabilities refused by a prefix": [b":s CAP * NAK :batch server-time message-tags draft/chat"],
    "services that go and come": [
        b":s CAP * DEL :sasl",
        b":s CAP * NEW :sasl",
        b":s 904 botbot :failed",
        b":s 907 * :in",
    ],
    "a renamed channel": [b":ann!a@h RENAME #c #d :why", b":ann!a@h RENAME #d #c :back"],
    "a rename without the capability": [b":botbot!b@h PART #c :Changing channel name: #d", b":botbot!b@h JOIN #d"],
    "no source": [b"NOTICE #c :x", b"PRIVMSG #c :x", b"MODE #c +n", b"TOPIC #c :x", b"JOIN #c", b"KICK #c ann"],
    "people who were never seen": [
        b":who!a@h NICK whom",
        b":whom!a@h QUIT :bye",
        b":x!y@z PART #c",
        b":x!y@z KICK #c y",
    ],
    "a history told in words": [
        *page(b"chathistory", NOW),
        b":HistServ!HistServ@localhost PRIVMSG #c :ann joined the channel",
        b"@time=2026-03-01T12:00:00.000Z :HistServ!HistServ@localhost PRIVMSG #c :ann quit (bye)",
    ],
    "a bouncer's own words": [
        b":soju BOUNCER NETWORK 1 state=disconnected;error=EOF",
        b":BouncerServ!BouncerServ@BouncerServ PRIVMSG botbot :help",
        b":*status!znc@znc.in PRIVMSG botbot :Disconnected from IRC",
    ],
    "one id for all": [b"@msgid=M " + SAID + b"a", b"@msgid=M " + SAID + b"b", b"@msgid=M :ann!a@h MODE #c +n"],
    "keys": [b":ann!a@h MODE #c :+k s3cret3", b":ann!a@h MODE #c -k+k secret1 secret2"],
    "many targets": [b":ann!a@h PRIVMSG $*.net :x", b":ann!a@h NOTICE $$* :x"],
    "several targets": [b":ann!a@h PRIVMSG #c,@#c,botbot,$*.net :x", b":ann!a@h NOTICE ,,#c,#c :x"],
    "batches in batches": [
        b":ann!a@h BATCH +m draft/multiline @#c",
        b"@batch=m :ann!a@h BATCH +n draft/multiline #c",
        b"@batch=n;msgid=1;account=ann " + SAID + b"x",
        b":ann!a@h BATCH +m draft/multiline #c",
        b"@batch=m " + SAID + b"y",
        b"BATCH -m",
        b"BATCH -n",
    ],
    "a renamed channel that has a log": [
        b":ann!a@h RENAME #c #C",
        b":ann!a@h RENAME #C #d :x",
        b":ann!a@h RENAME #d #c",
    ],
    "a login without 903": [b":s 900 botbot botbot!b@h ann :You are now logged in as ann", b":s CAP * DEL :sasl"],
    "our ghost": [b":botbot_!b@h JOIN #c", b":botbot_!b@h QUIT :Disconnected by services", b":bot!b@h PART #c :x"],
    "a long batch": [
        b":ann!a@h BATCH +m draft/multiline #c",
        *[b"@batch=m " + SAID + b"%d" % number for number in range(4)],
        b"@batch=m;draft/multiline-concat " + SAID + b"joined",
        b"@batch=m " + SAID,
        b":ann!a@h BATCH -m",
    ],
    "a batch without end": [b":ann!a@h BATCH +z draft/multiline #c", b"@batch=z " + SAID + b"x"],
    "an end without batch": [b":s BATCH -never", b":s BATCH", b":s BATCH +", b":s BATCH -"],
}


@pytest.fixture(autouse=True)
def _without_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DatabaseQueue, "_run", lambda *_: None)


class OddSession:
    """A session, and how far its journal has been read."""

    def __init__(self, start_local: StartLocal) -> None:
        self.local: LocalSession = start_local()
        self._position = self.local.journal.first_position()
        self.local.receive(*CAPABILITIES, *WELCOME[1:])

    def journaled_messages(self) -> list[tuple[str, str]]:
        """Return what has been journaled since the last call."""
        records, self._position = self.local.journal.read(self._position, 1_000_000)
        return [(record.nick, record.text) for record in records if isinstance(record, Entry)]

    def is_well_after(self, lines: list[bytes]) -> bool:
        """Receive lines and see whether the next good one is recorded; False when a line ends the connection."""
        try:
            self.local.receive(*lines)
        except ConnectionLostError:
            return False
        session = self.local.session
        # Whatever these lines began may be open still, and we or the channel may have another name.
        (channel,) = session.channels._wanted.values()
        self.local.receive(f":{session.nickname.current}!b@h JOIN {channel.name}")
        self.journaled_messages()
        self.local.receive(f":eve!e@h PRIVMSG {channel.name} :good")
        assert self.journaled_messages() == [("eve", "good")]
        return True


@pytest.mark.parametrize("case", CASES)
def test_lines_cut_anywhere(start_local: StartLocal, case: str) -> None:
    session = OddSession(start_local)
    for line in dict.fromkeys(CASES[case]):
        for end in range(1, len(line)):
            # What was cut off comes as a line of its own.
            if not session.is_well_after([line[:end], line[end:]]):
                session = OddSession(start_local)


@pytest.mark.parametrize("case", CASES)
def test_bytes_that_arrive_in_any_pieces_are_the_same_lines(case: str) -> None:
    stream = b"\r\n".join([*CASES[case], b""])
    for cut in range(1, len(stream)):
        buffer = LineBuffer()
        assert buffer.feed(stream[:cut]) + buffer.feed(stream[cut:]) == CASES[case]
    for size in (1, 2, 3, 7):
        buffer = LineBuffer()
        pieces = (stream[start : start + size] for start in range(0, len(stream), size))
        assert [line for piece in pieces for line in buffer.feed(piece)] == CASES[case]


@pytest.mark.parametrize("case", CASES)
def test_lines_said_again_and_again_beside_another_network(
    start_local: StartLocal, caplog: pytest.LogCaptureFixture, case: str
) -> None:
    caplog.set_level(logging.INFO)
    session, other = OddSession(start_local), OddSession(start_local)
    lines = CASES[case]
    rounds = max(REPEATS // len(lines), 2)
    for number in range(rounds):
        for line in lines:
            session.local.receive(line)
            other.local.receive(SAID + b"%d" % number)
    assert session.is_well_after([])
    assert [text for _, text in other.journaled_messages()] == [str(number) for number in range(rounds) for _ in lines]
    assert len(caplog.records) < MAX_LOGGED, caplog.records[-1].getMessage()
