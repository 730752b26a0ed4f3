"""Exports of chats that are not IRC, whole, and the databases of clients."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from collections.abc import Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from logs.formats.jsonl import JSONL
from logs.formats.log_files import ArchiveLimits, open_log_files
from logs.formats.log_format import LogLine, ParseContext, UnparsedLine
from logs.formats.log_items import ACTION, JOIN, KICK, MESSAGE, MODE, NICK, NOTICE, PART, QUIT, TOPIC
from logs.formats.numbered_lines import UnreadableError
from logs.formats.plan import ImportOptions, plan_files
from tests.logs.formats.reading import PIECES

AT = 1_393_675_200_000
MASK = "anna!~a@host.example"


def read(path: Path) -> dict[str, list[object]]:
    """The items of each channel, shortened; what is reported as its text."""
    with open_log_files([path]) as files:
        return {
            str(file.display_path.relative_to(path)): [
                (item.kind, item.nick, item.text, item.target or "")[: 4 if item.target else 3]
                if isinstance(item, LogLine)
                else getattr(item, "text", None)
                for item in JSONL.parse(file.lines(), ParseContext())
            ]
            for file in files
        }


SLACK = [
    (MESSAGE, "anna", "hi @berta, see https://www.example.org & #general"),
    (MESSAGE, "anna", "second line"),
    (ACTION, "berta", "waves"),
    (JOIN, "berta", ""),
    (PART, "berta", ""),
    (TOPIC, "anna", "all welcome"),
    (MESSAGE, "carl", "from IRC"),
    (MESSAGE, "bridge", "<dora> also from IRC"),
    (MESSAGE, "anna", "https://files.example.org/x.png"),
    "2020-01-02.json 10: a message of type 'something_new'",
    "2020-01-02.json 11: a message of type 'None'",
]
DISCORD = [
    (JOIN, "Ann Smith", ""),
    (MESSAGE, "Ann Smith", "hi"),
    (MESSAGE, "Ann Smith", "there, mail ann@host.example"),
    (MESSAGE, "bob", "look"),
    (MESSAGE, "bob", "https://cdn.example.org/x.png"),
    (MESSAGE, "bridge", "<carl> from IRC"),
    (MESSAGE, "dora", "from IRC by a webhook"),
    "message 7: of type 'Default'",
    "message 8: of type 'SomethingNew'",
]
MATRIX = [
    (JOIN, "Anna", ""),
    (MESSAGE, "Anna", "hi"),
    (MESSAGE, "Anna", "there"),
    (ACTION, "carl", "waves from IRC"),
    (NOTICE, "dora", "psst"),
    (MESSAGE, "Anna", "x.png mxc://host.example/abc"),
    (TOPIC, "Anna", "all welcome"),
    (NICK, "Anna", "", "Ann"),
    (KICK, "Ann", "spam", "eve"),
    (PART, "dora", ""),
    "message 13: of type 'm.room.encrypted'",
]
EXPORTS = [
    ("slack", "#general.jsonl", SLACK),
    ("discord", "#general.jsonl", DISCORD),
    ("matrix", "#garden.jsonl", MATRIX),
]


@pytest.mark.parametrize(("name", "channel", "expected"), EXPORTS, ids=[export[0] for export in EXPORTS])
def test_whole_exports(tmp_path: Path, name: str, channel: str, expected: list[object]) -> None:
    """As they are, and in a zip archive, whose only folder they may be."""
    assert next(iter(read(PIECES / name).values())) == expected
    packed = tmp_path / "export.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for path in (PIECES / name).rglob("*.json"):
            archive.write(path, path.relative_to(PIECES))
    (found,) = read(packed).items()
    assert found[0].endswith(channel)
    assert found[1] == expected


def test_messages_have_their_moments_and_numbers() -> None:
    with open_log_files([PIECES / "discord" / "export.json"]) as (file,):
        lines = [item for item in JSONL.parse(file.lines(), ParseContext()) if isinstance(item, LogLine)]
    assert lines[0].at == datetime(2024, 1, 1, 11, 0, 0, 500000, tzinfo=UTC)
    assert [line.msgid for line in lines[:4]] == [None, "discord-11", None, "discord-12"]
    with open_log_files([PIECES / "slack"]) as (file,):
        first = next(iter(JSONL.parse(file.lines(), ParseContext())))
    assert isinstance(first, LogLine)
    assert first.at == datetime(2020, 1, 2, 12, 0, 0, 200, tzinfo=UTC)


def test_an_export_is_certain_although_some_messages_are_not_understood() -> None:
    with open_log_files([PIECES / "discord"]) as files:
        (planned,) = plan_files(files, ImportOptions(network="n"))
    assert (planned.question, planned.error) == ("", "")
    assert planned.channel == ("n", "#general")


def test_a_long_name_that_many_mention_has_a_limit(tmp_path: Path) -> None:
    (tmp_path / "c").mkdir()
    (tmp_path / "channels.json").write_text('[{"name": "c"}]')
    (tmp_path / "users.json").write_text(json.dumps([{"id": "U1", "name": "n" * 100_000}]))
    message = {"type": "message", "user": "U1", "text": "<@U1>" * 10, "ts": "1577966400.000000"}
    (tmp_path / "c" / "2020-01-02.json").write_text(json.dumps([message]))
    ((_, nick, text),) = read(tmp_path)["#c.jsonl"]  # type: ignore[misc]
    assert (len(nick), len(text)) == (200, 2010)


def test_a_channel_may_have_another_name_here(tmp_path: Path) -> None:
    """That of an export of one channel freely, one of several if it is named."""

    def plan(path: Path, options: ImportOptions) -> list[str | None]:
        with open_log_files([path]) as files:
            return [each.channel.channel for each in plan_files(files, options) if each.format]

    assert plan(PIECES / "discord", ImportOptions(network="n", channel="#irc")) == ["#irc"]
    assert plan(PIECES / "slack", ImportOptions(network="n", channel="#irc")) == []
    assert plan(PIECES / "slack", ImportOptions(network="n", channel="#General")) == ["#General"]
    assert plan(PIECES / "slack", ImportOptions(network="n", channel="#irc", only_channel="#general")) == ["#irc"]
    assert plan(PIECES / "slack", ImportOptions(network="n", only_channel="#other")) == []


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.json", '{"guild": {}, "channel": {"name": "c"}, "messages": [{"id": 1'),
        ("x.json", '{"guild": {}, "channel": {"name": "c"}, "messages": [' + "[" * 100_000),
        ("x.json", '{"room_name": "c", "room_creator": "a", "messages": [1, null, "\\ud800", {"type": {}}'),
    ],
)
def test_an_export_that_ends_early_is_refused(tmp_path: Path, name: str, content: str) -> None:
    path = tmp_path / name
    path.write_text(content)
    with pytest.raises(UnreadableError, match=rf"{name}: It cannot be read to its end"):
        read(path)


@pytest.mark.parametrize("value", ["[]", "{}", "1", '[{"id": 1, "profile": 5}]', '[{"name": "../../etc"}]', '["x"]'])
def test_damaged_lists_of_slack_are_no_traceback(tmp_path: Path, value: str) -> None:
    (tmp_path / "general").mkdir()
    (tmp_path / "general" / "2020-01-02.json").write_text(value)
    (tmp_path / "channels.json").write_text('[{"name": "general"}]')
    (tmp_path / "users.json").write_text("[]")
    texts = [item for items in read(tmp_path).values() for item in items]
    assert not [text for text in texts if not isinstance(text, str)]
    (tmp_path / "channels.json").write_text(value)
    with suppress(UnreadableError):
        assert read(tmp_path) == {}


def test_an_export_over_its_limits_is_refused() -> None:
    with (
        pytest.raises(UnreadableError, match="too large"),
        open_log_files([PIECES / "discord"], ArchiveLimits(max_bytes=500)),
    ):
        pass


def lounge(path: Path, rows: Sequence[tuple[str, str, str, object]], *, has_msgid: bool = False) -> Path:
    """A database as The Lounge makes it: rows of network, channel, type and message."""
    with closing(sqlite3.connect(path)) as database, database:
        msgid = ", msgid TEXT" if has_msgid else ""
        database.execute("CREATE TABLE options (name TEXT, value TEXT, CONSTRAINT name_unique UNIQUE (name))")
        database.execute(
            "CREATE TABLE messages (id INTEGER PRIMARY KEY AUTOINCREMENT, network TEXT, channel TEXT, time INTEGER, "
            f"type TEXT, msg TEXT{msgid})"
        )
        database.execute("CREATE INDEX network_channel_time ON messages (network, channel, time)")
        for number, (network, channel, kind, message) in enumerate(rows):
            text = message if isinstance(message, str) else json.dumps(message)
            database.execute(
                "INSERT INTO messages (network, channel, time, type, msg) VALUES (?, ?, ?, ?, ?)",
                [network, channel, AT + number * 1000, kind, text],
            )
        if has_msgid:
            database.execute("UPDATE messages SET msgid = 'm' || id")
    return path


LIBERA, OFTC = "8c5f3a5e-1111-4222-8333-0123456789ab", "9d5f3a5e-1111-4222-8333-0123456789ab"
ANNA = {"mode": "@", "nick": "anna", "hostname": "host.example", "ident": "~a"}
LOUNGE_ROWS: list[tuple[str, str, str, object]] = [
    (LIBERA, "#c", "message", {"from": ANNA, "text": "hi", "self": False, "highlight": False, "users": []}),
    (LIBERA, "#c", "action", {"from": ANNA, "text": "waves"}),
    (LIBERA, "#c", "notice", {"from": ANNA, "text": "psst"}),
    (LIBERA, "#c", "notice", {"from": ANNA, "text": "to the user", "showInActive": True}),
    (LIBERA, "#c", "join", {"from": ANNA, "hostmask": "~a@host.example", "gecos": "Anna", "account": "anna"}),
    (LIBERA, "#c", "part", {"from": ANNA, "hostmask": "~a@host.example", "text": "bye"}),
    (LIBERA, "#c", "quit", {"from": ANNA, "hostmask": "~a@host.example", "text": f"Killed ({MASK} (x))"}),
    (LIBERA, "#c", "nick", {"from": ANNA, "new_nick": "ann"}),
    (LIBERA, "#c", "kick", {"from": ANNA, "target": {"nick": "berta", "mode": ""}, "text": "why"}),
    (LIBERA, "#c", "mode", {"from": ANNA, "text": "+o berta "}),
    (LIBERA, "#c", "topic", {"from": ANNA, "text": "all welcome"}),
    (LIBERA, "#c", "topic_set_by", {"from": ANNA, "when": "x"}),
    (LIBERA, "#c", "whois", {"whois": {"hostname": "host.example"}}),
    (LIBERA, "#c", "chghost", {"from": ANNA, "new_host": "host.example"}),
    (LIBERA, "#c", "something_new", {"from": ANNA, "text": "x"}),
    (LIBERA, "#c", "message", "no JSON"),
    (LIBERA, "#c", "message", {"from": {}, "text": "x"}),
    (LIBERA, "berta", "message", {"from": ANNA, "text": "in private"}),
]
LOUNGE = [
    (MESSAGE, "anna", "hi"),
    (ACTION, "anna", "waves"),
    (NOTICE, "anna", "psst"),
    (JOIN, "anna", ""),
    (PART, "anna", "bye"),
    (QUIT, "anna", "Killed (anna (x))"),
    (NICK, "anna", "", "ann"),
    (KICK, "anna", "why", "berta"),
    (MODE, "anna", "+o berta"),
    (TOPIC, "anna", "all welcome"),
    f"messages 15: ({AT + 14_000}, 'something_new')",
    f"messages 16: ({AT + 15_000}, 'message')",
    f"messages 17: ({AT + 16_000}, 'message')",
]


@pytest.mark.parametrize("has_msgid", [False, True])
def test_the_lounge(tmp_path: Path, has_msgid: bool) -> None:
    path = lounge(tmp_path / "ada.sqlite3", LOUNGE_ROWS, has_msgid=has_msgid)
    (tmp_path / "ada.sqlite3-wal").write_bytes(b"what SQLite keeps beside it")
    assert read(path) == {f"{LIBERA}/#c.jsonl": LOUNGE}
    with open_log_files([tmp_path]) as files:
        (planned,) = plan_files(files, ImportOptions(network="libera"))
        assert (planned.error, planned.channel) == ("", ("libera", "#c"))
        assert planned.sample[0].at == datetime(2014, 3, 1, 12, tzinfo=UTC)
        assert planned.sample[0].msgid == ("m1" if has_msgid else None)
        (nameless,) = plan_files(files, ImportOptions())
        assert "say --network" in nameless.error


def test_two_networks_never_become_one(tmp_path: Path) -> None:
    message = {"from": ANNA, "text": "hi"}
    rows = [(LIBERA, "#c", "message", message), (OFTC, "#c", "message", message), (OFTC, "#d", "message", message)]
    lounge(tmp_path / "ada.sqlite3", rows)

    def plan(options: ImportOptions) -> list[tuple[str | None, bool, bool]]:
        with open_log_files([tmp_path]) as files:
            return [(each.channel.channel, bool(each.format), bool(each.error)) for each in plan_files(files, options)]

    assert plan(ImportOptions(network="n")) == [(None, False, True)] * 3
    assert plan(ImportOptions(network="n", channel="#c")) == [(None, False, True)] * 2 + [(None, False, False)]
    assert plan(ImportOptions(network="n", channel="#d")) == [(None, False, False)] * 2 + [("#d", True, False)]
    chosen = plan(ImportOptions(network="n", only_network=OFTC))
    assert sorted(chosen, key=str) == [("#c", True, False), ("#d", True, False), (None, False, False)]


def quassel(path: Path, rows: list[tuple[object, ...]], unit: int = 1) -> Path:
    """A database as Quassel makes it, without what is not read: rows of buffer, type, flags, sender and message."""
    with closing(sqlite3.connect(path)) as database, database:
        database.executescript(
            """
            CREATE TABLE sender (senderid INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, sender TEXT NOT NULL,
                realname TEXT, avatarurl TEXT);
            CREATE TABLE network (networkid INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, userid INTEGER NOT NULL,
                networkname TEXT NOT NULL, perform TEXT, saslpassword TEXT, UNIQUE (userid, networkname));
            CREATE TABLE buffer (bufferid INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, userid INTEGER NOT NULL,
                groupid INTEGER, networkid INTEGER NOT NULL, buffername TEXT NOT NULL, buffercname TEXT NOT NULL,
                buffertype INTEGER NOT NULL DEFAULT 0, lastmsgid INTEGER NOT NULL DEFAULT 0);
            CREATE TABLE backlog (messageid INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL,
                bufferid INTEGER NOT NULL, type INTEGER NOT NULL, flags INTEGER NOT NULL, senderid INTEGER NOT NULL,
                senderprefixes TEXT, message TEXT);
            CREATE INDEX backlog_buffer_msg_idx ON backlog (bufferid, messageid);
            CREATE TRIGGER backlog_lastmsgid_update_trigger_insert AFTER INSERT ON backlog FOR EACH ROW BEGIN
                UPDATE buffer SET lastmsgid = new.messageid WHERE buffer.bufferid = new.bufferid; END;
            INSERT INTO network (userid, networkname) VALUES (1, 'Libera Chat'), (2, 'Libera Chat');
            INSERT INTO buffer (userid, networkid, buffername, buffercname, buffertype) VALUES
                (1, 1, '#C', '#c', 2), (1, 1, 'berta', 'berta', 4), (1, 1, '', '', 1), (2, 2, '#c', '#c', 2);
            """
        )
        for number, (buffer, kind, flags, sender, message) in enumerate(rows):
            found = database.execute("INSERT INTO sender (sender) VALUES (?) RETURNING senderid", [sender]).fetchone()
            database.execute(
                "INSERT INTO backlog (time, bufferid, type, flags, senderid, message) VALUES (?, ?, ?, ?, ?, ?)",
                [(AT + number * 1000) // unit, buffer, kind, flags, found[0], message],
            )
    return path


QUASSEL_ROWS: list[tuple[object, ...]] = [
    (1, 0x1, 0, MASK, "hi"),
    (1, 0x4, 1, MASK, "waves"),
    (1, 0x2, 0, MASK, "psst"),
    (1, 0x2, 4, "NickServ!s@host.example", "redirected to this window"),
    (1, 0x20, 0, MASK, "#C"),
    (1, 0x40, 0, MASK, "bye"),
    (1, 0x80, 0, MASK, "Ping timeout"),
    (1, 0x8, 0, MASK, "ann"),
    (1, 0x8, 1, "ann", "ann"),
    (1, 0x10, 0, MASK, "#C +o berta"),
    (1, 0x100, 0, MASK, "berta why not"),
    (1, 0x4000, 0, "", 'anna has changed topic for #C to: "all "welcome""'),
    (1, 0x4000, 0, "", 'Topic for #C is "x"'),
    (1, 0x10000, 0, "host.example", f"{MASK}#:#berta!~b@host.example#:#a.example b.example"),
    (1, 0x8000, 0, "host.example", f"{MASK}#:#a.example b.example"),
    (1, 0x400, 0, "host.example", "[Whois] anna is anna (~a@host.example)"),
    (1, 0x40000, 0, MASK, "something new"),
    (2, 0x1, 0, MASK, "in private"),
    (4, 0x1, 0, MASK, "seen by another user"),
]
QUASSEL = [
    (MESSAGE, "anna", "hi"),
    (ACTION, "anna", "waves"),
    (NOTICE, "anna", "psst"),
    (JOIN, "anna", ""),
    (PART, "anna", "bye"),
    (QUIT, "anna", "Ping timeout"),
    (NICK, "anna", "", "ann"),
    (MODE, "anna", "+o berta"),
    (KICK, "anna", "why not", "berta"),
    (TOPIC, "anna", 'all "welcome"'),
    (QUIT, "anna", "a.example b.example"),
    (QUIT, "berta", "a.example b.example"),
    (JOIN, "anna", ""),
]


@pytest.mark.parametrize("unit", [1, 1000], ids=["milliseconds", "seconds"])
def test_quassel(tmp_path: Path, unit: int) -> None:
    path = quassel(tmp_path / "quassel-storage.sqlite", QUASSEL_ROWS, unit)
    time = (AT + 16_000) // unit
    assert read(path) == {
        "Libera Chat/#C.jsonl": [*QUASSEL, f"backlog 17: ('{time}', {0x40000})"],
        "user 2/Libera Chat/#c.jsonl": [(MESSAGE, "anna", "seen by another user")],
    }
    with open_log_files([path]) as files:
        one, _ = plan_files(files, ImportOptions())
        assert one.channel == ("Libera-Chat", "#C")
        assert one.sample[0].at == datetime(2014, 3, 1, 12, tzinfo=UTC)
        assert {each.channel.network for each in plan_files(files, ImportOptions(network="libera"))} == {"libera"}


def test_a_line_of_quassel_that_nobody_said_is_reported(tmp_path: Path) -> None:
    path = quassel(tmp_path / "quassel-storage.sqlite", [(1, 0x1, 0, b"anna!a@b", "x"), (1, 0x1, 0, f"@{MASK}", "y")])
    reported, said = read(path)["Libera Chat/#C.jsonl"]
    assert isinstance(reported, str)
    assert said == (MESSAGE, "anna", "y")


@pytest.mark.parametrize(
    "fields",
    [
        {"author": {"name": 5}},
        {"author": None},
        {"id": None},
        {"id": ["x"]},
        {"content": ["x"]},
        {"timestamp": None},
        {"timestamp": "2020-02-30T12:00:00+00:00"},
        {"timestamp": "2020-01-02T12:00:00"},
        {"attachments": [{}]},
    ],
)
def test_a_message_of_discord_with_a_field_that_is_none_is_reported(tmp_path: Path, fields: dict[str, object]) -> None:
    message = {"id": "1", "type": "Default", "timestamp": "2020-01-02T12:00:00+00:00", "content": "hi"}
    message["author"] = {"name": "anna"}  # type: ignore[assignment]
    path = tmp_path / "x.json"
    path.write_text(json.dumps({"guild": {}, "channel": {"name": "c"}, "messages": [message | fields, message]}))
    reported, said = read(path)["#c.jsonl"]
    assert isinstance(reported, str)
    assert said == (MESSAGE, "anna", "hi")


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TABLE sender; CREATE VIEW sender AS SELECT 1 AS senderid, 'x' AS sender",
        "ALTER TABLE sender ADD COLUMN more TEXT AS (upper(sender))",
        "CREATE TABLE other (x); DROP TABLE backlog; ALTER TABLE other RENAME TO backlog",
    ],
)
def test_nothing_but_tables_is_read(tmp_path: Path, statement: str) -> None:
    path = quassel(tmp_path / "quassel-storage.sqlite", QUASSEL_ROWS)
    with closing(sqlite3.connect(path)) as database:
        database.executescript(statement)
    with pytest.raises(UnreadableError):
        read(path)


def test_what_is_reported_is_unparsed(tmp_path: Path) -> None:
    path = lounge(tmp_path / "x.sqlite3", [(LIBERA, "#c", "join", {"from": {"nick": MASK}})])
    with open_log_files([path]) as (file,):
        (item,) = JSONL.parse(file.lines(), ParseContext())
    assert isinstance(item, UnparsedLine)
    assert "host.example" not in item.text


DUMP = r"""--
-- PostgreSQL database dump
--

SET statement_timeout = 0;
CREATE TABLE public.backlog (messageid bigint NOT NULL);

COPY public.backlog (messageid, "time", bufferid, type, flags, senderid, senderprefixes, message) FROM stdin;
1	2014-03-01 12:00:00.25	1	1	0	7	@	hi\\there\tyou
2	2014-03-01 12:00:01	1	32	0	7	\N	#c
3	2014-03-01 12:00:02	2	1	0	7	\N	in private
4	2014-02-30 12:00:02	1	1	0	7	\N	of a day that is none
5	2014-03-01 12:00:03	1	64	0	7	\N	\N
\.


COPY public.buffer (bufferid, userid, groupid, networkid, buffername, buffercname, buffertype, lastmsgid) FROM stdin;
1	1	\N	3	#c	#c	2	5
2	1	\N	3	berta	berta	4	3
\.

COPY public.network (networkid, userid, networkname, saslpassword) FROM stdin;
3	1	Libera Chat	COPY public.network (x) FROM stdin;
\.

COPY public.sender (senderid, sender, realname, avatarurl) FROM stdin;
7	anna!~a@host.example	Anna	\N
\.
"""


def test_a_dump_of_a_quassel_core(tmp_path: Path) -> None:
    path = tmp_path / "quassel.sql"
    path.write_text(DUMP)
    assert read(path) == {
        "Libera Chat/#c.jsonl": [
            (MESSAGE, "anna", "hi\\there\tyou"),
            (JOIN, "anna", ""),
            "backlog 4: ('None', 0)",
            (PART, "anna", ""),
        ]
    }


@pytest.mark.parametrize("text", [DUMP.partition("COPY public.sender")[0], DUMP[:30] + "\n\n"])
def test_another_dump_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "other.sql"
    path.write_text(text)
    with pytest.raises(UnreadableError, match="It is no dump of a Quassel core"):
        read(path)


def test_databases_and_traffic_logs_in_a_zip_archive(tmp_path: Path) -> None:
    lounge(tmp_path / "ada.sqlite3", LOUNGE_ROWS)
    quassel(tmp_path / "quassel-storage.sqlite", QUASSEL_ROWS)
    (tmp_path / "quassel.sql").write_text(DUMP)
    packed = tmp_path / "all.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for path in (*tmp_path.glob("*.sql*"), PIECES / "psybnc" / "USER1.TRL"):
            archive.write(path, f"backup/{path.name}")
    with open_log_files([packed]) as files:
        found = sorted(str(file.display_path.relative_to(packed)) for file in files)
    assert found == [
        "backup/USER1.TRL/#c.log",
        "backup/USER1.TRL/#d.log",
        f"backup/ada.sqlite3/{LIBERA}/#c.jsonl",
        "backup/quassel-storage.sqlite/Libera Chat/#C.jsonl",
        "backup/quassel-storage.sqlite/user 2/Libera Chat/#c.jsonl",
        "backup/quassel.sql/Libera Chat/#c.jsonl",
    ]
