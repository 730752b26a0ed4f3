"""Logs made after the sources of clients and bouncers, whole: what is a line, what is skipped, what is reported."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path

import pytest

from logs.formats.file_names import day_in_path
from logs.formats.log_files import open_log_files
from logs.formats.log_format import LogLine, ParseContext, UnparsedLine
from logs.formats.log_items import ACTION, JOIN, KICK, MESSAGE, MODE, NICK, NOTICE, PART, QUIT, TOPIC
from logs.formats.numbered_lines import UnreadableError
from logs.formats.plan import ImportOptions, plan_files
from logs.formats.registry import FORMATS
from tests.logs.formats.reading import PIECES, read_text

WAVES = (ACTION, "anna", "waves")
HYDRAIRC: list[object] = [
    (MESSAGE, "anna", "hi, see <b> & c"), WAVES, (JOIN, "berta"), (PART, "berta", "bye"), (QUIT, "carl", "Quit: x"),
    (KICK, "anna", "why", "carl"), (NICK, "berta", "", "bertha"), (TOPIC, "anna", "all welcome"),
    (MODE, "anna", "+o bertha"), (NOTICE, "anna", "psst"), (JOIN, "dora"), (ACTION, "dora", "nods"),
    (QUIT, "dora", "gone"),
]  # fmt: skip
DIRCPROXY: list[object] = [
    (MESSAGE, "anna", "hi"), (ACTION, "berta", "waves"), (NOTICE, "anna", "psst"), (JOIN, "carl"), (PART, "carl"),
    (QUIT, "carl", "Ping timeout"), (KICK, "anna", "why", "dora"), (NICK, "berta", "", "bertha"),
    (MODE, "anna", "+o bertha"), (TOPIC, "anna", "all welcome"),
]  # fmt: skip
PSYBNC: list[object] = [
    (MESSAGE, "anna", "hi: there"), (JOIN, "berta"), WAVES, (MODE, "anna", "+o berta"), (TOPIC, "anna", "all welcome"),
    (NICK, "berta", "", "bertha"), (KICK, "anna", "why", "carl"), (NOTICE, "anna", "psst"),
    (MESSAGE, "anna", "of 30 March"), 11, (QUIT, "bertha", "Quit: gone"),
]  # fmt: skip
COLLOQUY: list[object] = [
    (JOIN, "berta"), (ACTION, "anna", "waves to berta"), (MESSAGE, "anna", "1 < 2 & http://www.example.org ;)"),
    (MESSAGE, "berta", "hello anna"), (MODE, "anna", "+o berta"), (NICK, "berta", "", "bertha"),
    (TOPIC, "anna", "all welcome"), (KICK, "anna", "why", "carl"), (PART, "dora", "bye"), 26,
]  # fmt: skip
ADIUM: list[object] = [
    (MESSAGE, "berta", "hello & welcome second line"), (MESSAGE, "anna", "hi"), (ACTION, "berta", "waves"),
    (JOIN, "carl"), (QUIT, "carl", "Ping timeout"), 9, 10,
]  # fmt: skip
CHATZILLA: list[object] = [
    (JOIN, "anna"), (MESSAGE, "berta", "hi anna"), (MESSAGE, "anna", "hi"), (ACTION, "berta", "waves"), (JOIN, "carl"),
    (MODE, "berta", "+o carl"), (TOPIC, "carl", "bees and honey"), (NICK, "carl", "", "carl_away"),
    (KICK, "berta", "spam", "dora"), (PART, "carl_away", "bye"), (PART, "erik"), (QUIT, "frida", "Quit: Leaving"),
    (KICK, "berta", "sorry", "anna2"),
]  # fmt: skip
IRCCLOUD: list[object] = [
    (MESSAGE, "anna", "GREETINGS"), (MESSAGE, "berta", "hello"), (QUIT, "carl", "Remote host closed the connection"),
    (JOIN, "carl"), (ACTION, "carl", "checks in"), (QUIT, "dora"), (NICK, "carl", "", "carl|away"), (JOIN, "erik"),
    (PART, "erik", "bye"), (PART, "berta"), (MODE, "ChanServ", "+o anna"), (KICK, "anna", "dont be dumb", "dora"),
    (TOPIC, "anna", "Welcome to the channel"), (MESSAGE, "bridge", "[keybase] <surae>: viewed as <b>suspicious</b>"),
]  # fmt: skip
LIMECHAT: list[object] = [
    (JOIN, "anna"), (MESSAGE, "berta", "hi anna: how are you?"), (MESSAGE, "anna", "fine"), (JOIN, "carl"),
    (MODE, "berta", "+o carl"), (TOPIC, "carl", "bees and honey"), (NICK, "carl", "", "carl_away"),
    (KICK, "berta", "spam", "dora"), (PART, "carl_away", "bye"), (PART, "erik"), (QUIT, "frida", "Quit: Leaving"), 18,
]  # fmt: skip
CASES: list[tuple[str, str | None, str, list[object], str, str]] = [
    ("hydrairc/libera", "libera", "hydrairc", HYDRAIRC, "2014-03-01 12:00:01", "2014-03-01 12:00:15"),
    ("dircproxy/#c.2013-12-31.log", None, "dircproxy", DIRCPROXY, "2013-12-31 23:58:00", "2014-01-01 00:06:00"),
    ("psybnc/USER1.TRL", None, "psybnc", PSYBNC, "2014-03-01 12:00:00", "2014-12-31 23:59:59"),
    ("colloquy", "libera", "colloquy", COLLOQUY, "2003-10-25 17:26:37", "2003-10-25 17:51:03"),
    ("adium", "libera", "adium", ADIUM, "2008-06-16 10:58:56", "2008-06-16 10:59:00"),
    ("chatzilla", "moznet", "chatzilla", CHATZILLA, "2010-08-24 12:34:51", "2010-08-24 12:35:07"),
    ("irccloud", None, "irccloud", IRCCLOUD, "2020-01-15 13:01:13", "2020-01-15 13:34:41"),
    ("limechat", "moznet", "limechat", LIMECHAT, "2010-08-24 12:34:00", "2010-08-24 12:39:00"),
]


def shorten(line: LogLine) -> tuple[object, ...]:
    return (line.kind, line.nick, line.text, line.target) if line.target else (line.kind, line.nick, line.text)


@pytest.mark.parametrize("case", CASES, ids=[case[2] for case in CASES])
def test_whole_files(case: tuple[str, str | None, str, list[object], str, str]) -> None:
    path, network, name, expected, first, last = case
    options = ImportOptions(zone=UTC, network=None if network else "said")
    with open_log_files([PIECES / path]) as files:
        planned = next(plan_files(files, options))
        assert planned.format is not None, planned
        assert (planned.format.name, planned.channel) == (name, (network or "said", "#c"))
        items = list(
            planned.format.parse(planned.file.lines(), ParseContext(UTC, day_in_path(planned.file.display_path)))
        )
    found = [shorten(item) if isinstance(item, LogLine) else item.number for item in items if item]
    assert found == [each if isinstance(each, int) else (*each, "")[: max(3, len(each))] for each in expected]
    lines = [item for item in items if isinstance(item, LogLine)]
    assert (f"{lines[0].at:%F %T}", f"{lines[-1].at:%F %T}") == (first, last)
    assert "host.example" not in repr(lines)
    assert "203.0.113.5" not in repr(lines)


def test_a_traffic_log_has_a_file_for_each_channel() -> None:
    with open_log_files([PIECES / "psybnc"]) as files:
        planned = list(plan_files(files, ImportOptions(zone=UTC, network="n")))
        other = next(each for each in planned if each.channel.channel == "#d")
        assert other.format is not None
        lines = list(other.format.parse(other.file.lines(), ParseContext(UTC)))
    assert [shorten(line)[:2] for line in lines if isinstance(line, LogLine)] == [
        (JOIN, "berta"),
        (NICK, "berta"),
        (PART, "bertha"),
    ]


def test_a_traffic_log_keeps_its_encoding(tmp_path: Path) -> None:
    text = "".join(f"2014-02-01-12-00-{n:02}:#C::anna!a@b PRIVMSG #c :Привет, как дела сегодня?\n" for n in range(30))
    (tmp_path / "USER1.TRL").write_bytes(text.encode("koi8-r"))
    with open_log_files([tmp_path]) as files:
        (doubtful,) = plan_files(files, ImportOptions(network="n", zone=UTC))
        (named,) = plan_files(files, ImportOptions(network="n", zone=UTC, encoding="koi8_r"))
    assert "in koi8_r it has ':Привет, как дела сегодня?'" in doubtful.error
    assert named.sample[0].text == "Привет, как дела сегодня?"


def test_departures_from_many_channels_have_a_limit(tmp_path: Path) -> None:
    line = "2014-02-01-12-00-00:#C::{}!a@b {}\n"
    joined = "".join(line.format("n0", f"JOIN :#c{n}") for n in range(300))
    renamed = "".join(line.format(f"n{n}", f"NICK :n{n + 1}") for n in range(300))
    (tmp_path / "USER1.TRL").write_text(joined + renamed)
    with pytest.raises(UnreadableError, match="too large"), open_log_files([tmp_path]):
        pass


def test_a_log_of_dircproxy_without_a_year_is_refused_and_its_own_files_have_one(tmp_path: Path) -> None:
    (tmp_path / "#c.log").write_text((PIECES / "dircproxy" / "#c.2013-12-31.log").read_text())
    with open_log_files([tmp_path, PIECES / "dircproxy" / "#own"]) as files:
        valid, refused = sorted(plan_files(files, ImportOptions(network="n")), key=lambda planned: planned.error)
    assert "the year" in refused.error
    assert valid.format is not None
    assert valid.question == ""
    assert [f"{line.at:%F %T}" for line in valid.sample] == [f"2014-03-01 12:00:0{second}" for second in range(3)]


@pytest.mark.parametrize(
    "text",
    [
        '<chat service="IRC">\n<message sender="a" time="2020-01-01T00:00:00Z">x</message>\n<oops\n<message/>',
        '<!DOCTYPE chat [<!ENTITY a "aaaa">]>\n<chat service="IRC">\n<message sender="a" time="x">&a;</message>',
        "<chat>" + "<a>" * 100,
        '<log>\n<message sender="a" time="2020-01-01T00:00:00Z">x</message>',
        "no XML",
    ],
)
def test_what_is_no_such_xml_is_reported_line_by_line(text: str) -> None:
    items = read_text(FORMATS["adium"], text)
    unparsed = [item.number for item in items if isinstance(item, UnparsedLine)]
    assert unparsed[-1] == text.count("\n") + 1
    assert len(items) - len(unparsed) <= 1


@pytest.mark.parametrize("service", ["AIM", "Jabber", ""])
def test_other_conversations_of_adium_are_refused(service: str) -> None:
    with pytest.raises(UnreadableError, match="not of a channel"):
        read_text(FORMATS["adium"], f'<chat account="a" service="{service}">\n')
