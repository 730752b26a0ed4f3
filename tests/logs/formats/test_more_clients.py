"""Logs of further clients and bouncers: every kind of line, by their sources and as they were seen."""

from __future__ import annotations

from datetime import UTC, date
from pathlib import Path

import pytest

from logs.formats.bip import BIP
from logs.formats.konversation import KONVERSATION
from logs.formats.kvirc import KVIRC
from logs.formats.log_files import open_log_files
from logs.formats.log_format import ACTION, JOIN, KICK, MESSAGE, MODE, NICK, NOTICE, PART, QUIT, TOPIC, Format
from logs.formats.mirc import MIRC
from logs.formats.numbered_lines import UnreadableError
from logs.formats.pidgin import PIDGIN
from logs.formats.plan import ImportOptions, plan_files
from logs.formats.thelounge import THELOUNGE
from tests.logs.formats.reading import read_text, shorten

DAY = date(2014, 3, 1)

LOUNGE = """[2014-01-01T00:00:00.123Z] <@arnold> Put that cookie down
[2014-01-01T00:00:01.123Z] *** arnold (~arnold@foo.example) joined
[2014-01-01T00:00:02.123Z] * @arnold is eating cookies
[2014-01-01T00:00:03.123Z] *** arnold was kicked by bernie (Don't)
[2014-01-01T00:00:04.123Z] *** arnold set mode +o bernie
[2014-01-01T00:00:05.123Z] *** arnold changed nick to bernie
[2014-01-01T00:00:06.123Z] -arnold- psst
[2014-01-01T00:00:06.123Z] | and psst
[2014-01-01T00:00:07.123Z] *** arnold (~arnold@foo.example) left (Bye all!)
[2014-01-01T00:00:08.123Z] *** arnold (~arnold@foo.example) quit (Connection reset)
[2014-01-01T00:00:09.123Z] *** arnold changed topic to 'welcome'
[2014-01-01T00:00:09.123Z] *** arnold changed host to 'a@new.example'
[2014-01-01T00:00:10.123Z] | continues nothing"""

KVIRC_LOG = """144 [12:00:00] ### Log session started ###
25 [12:00:01] <anna> hi
32 [12:00:02] anna waves
20 [12:00:03] berta [~b@host.example] has joined #c
21 [12:00:04] berta [~b@host.example] has left #c: bye
34 [12:00:05] berta [~b@host.example] has quit IRC: Quit: x
19 [12:00:06] anna [a@host.example] has set mode +o berta
[12:00:07] berta [~b@host.example] is now known as bertha
[12:00:08] bertha [~b@host.example] wurde aus #c von anna [a@host.example] hinausgeworfen: darum
[12:00:09] something else"""

KONVERSATION_LOG = """
*** Logfile started
*** on Sat May 24 23:59:44 2025

[Saturday, 24 May 2025] [00:00:01 CEST] <anna>\thi
[Samstag, 24. Mai 2025] [00:00:02 MESZ] \t * anna waves
[Saturday, 24 May 2025] [12:00:03 AM CEST] Join\tberta (~b@host.example) has joined this channel.
[Saturday, 24 May 2025] [00:00:04 CEST] Part\tberta (~b@host.example) has left this channel (bye).
[Saturday, 24 May 2025] [00:00:05 CEST] Quit\tberta (~b@host.example) has left this server (Ping timeout).
[Saturday, 24 May 2025] [00:00:06 CEST] Mode\tanna gives channel operator privileges to berta.
[Saturday, 24 May 2025] [00:00:07 CEST] Kick\tberta has been kicked from the channel by anna (why).
[Saturday, 24 May 2025] [00:00:08 CEST] Nick\tberta is now known as bertha.
[Saturday, 24 May 2025] [00:00:09 CEST] Topic\tanna sets the channel topic to "bees".
[Saturday, 24 May 2025] [00:00:10 CEST] Whois\tberta is ~b@host.example (Berta)"""

PIDGIN_LOG = """Conversation with #c at Thu 12 May 2011 10:00:00 PM CEST on nick@irc.freenode.net (irc)
(10:00:01 PM) anna: hi: ho
(10:00:02 PM) ***anna waves
(10:00:03 PM) berta [~b@host.example] entered the room.
(10:00:04 PM) berta left the room (quit: Ping timeout).
(10:00:05 PM) berta left the room.
(10:00:06 PM) mode (+o anna) by ChanServ
(10:00:07 PM) berta is now known as bertha
(10:00:08 PM) The topic for #c is: bees"""

BIP_LOG = """09-01-2009 14:15:57 > own: chantest
09-01-2009 14:16:21 < nohar!~nohar@host.example: chantestrepl
09-01-2009 14:16:22 < * nohar!~nohar@host.example waves
09-01-2009 14:16:23 -!- nohar!~nohar@host.example has joined #c
09-01-2009 14:16:24 -!- nohar!~nohar@host.example has left #c [bye]
09-01-2009 14:16:25 -!- nohar!~nohar@host.example has quit [x]
09-01-2009 14:16:26 -!- nohar has been kicked by own!o@host.example [why]
09-01-2009 14:16:27 -!- nohar!~nohar@host.example is now known as n2
09-01-2009 14:16:28 -!- mode/#c [+o own] by ChanServ!s@services.
09-01-2009 14:16:29 -!- own!o@host.example changed topic of #c to: bees
09-01-2009 14:16:30 -!- Topic for #c: bees
31-02-2009 14:16:30 < nohar!~nohar@host.example: no such day"""


@pytest.mark.parametrize(
    ("form", "text", "expected"),
    [
        (
            THELOUNGE,
            LOUNGE,
            [
                (MESSAGE, "arnold", "Put that cookie down"),
                (JOIN, "arnold", ""),
                (ACTION, "arnold", "is eating cookies"),
                (KICK, "bernie", "Don't", "arnold"),
                (MODE, "arnold", "+o bernie"),
                (NICK, "arnold", "", "bernie"),
                (NOTICE, "arnold", "psst"),
                (NOTICE, "arnold", "and psst"),
                (PART, "arnold", "Bye all!"),
                (QUIT, "arnold", "Connection reset"),
                (TOPIC, "arnold", "welcome"),
                (13,),
            ],
        ),
        (
            KVIRC,
            KVIRC_LOG,
            [
                (MESSAGE, "anna", "hi"),
                (ACTION, "anna", "waves"),
                (JOIN, "berta", ""),
                (PART, "berta", "bye"),
                (QUIT, "berta", "Quit: x"),
                (MODE, "anna", "+o berta"),
                (NICK, "berta", "", "bertha"),
                (KICK, "anna", "darum", "bertha"),
                (10,),
            ],
        ),
        (
            KONVERSATION,
            KONVERSATION_LOG,
            [
                (MESSAGE, "anna", "hi"),
                (ACTION, "anna", "waves"),
                (JOIN, "berta", ""),
                (PART, "berta", "bye"),
                (QUIT, "berta", "Ping timeout"),
                (MODE, "anna", "+o berta"),
                (KICK, "anna", "why", "berta"),
                (NICK, "berta", "", "bertha"),
                (TOPIC, "anna", "bees"),
                (14,),
            ],
        ),
        (
            PIDGIN,
            PIDGIN_LOG,
            [
                (MESSAGE, "anna", "hi: ho"),
                (ACTION, "anna", "waves"),
                (JOIN, "berta", ""),
                (QUIT, "berta", "Ping timeout"),
                (PART, "berta", ""),
                (MODE, "ChanServ", "+o anna"),
                (NICK, "berta", "", "bertha"),
            ],
        ),
        (
            BIP,
            BIP_LOG,
            [
                (MESSAGE, "own", "chantest"),
                (MESSAGE, "nohar", "chantestrepl"),
                (ACTION, "nohar", "waves"),
                (JOIN, "nohar", ""),
                (PART, "nohar", "bye"),
                (QUIT, "nohar", "x"),
                (KICK, "own", "why", "nohar"),
                (NICK, "nohar", "", "n2"),
                (MODE, "ChanServ", "+o own"),
                (TOPIC, "own", "bees"),
                (12,),
            ],
        ),
    ],
    ids=["thelounge", "kvirc", "konversation", "pidgin", "bip"],
)
def test_every_kind_of_line(form: Format, text: str, expected: list[tuple[object, ...]]) -> None:
    assert [item[1:] for item in shorten(read_text(form, text, DAY))] == expected


@pytest.mark.parametrize(
    ("path", "text", "found"),
    [
        ("log/libera-8-90ab-cdef-1234-567890abcdef/#c.log", LOUNGE, ("thelounge", "libera", "#c", "2014-01-01")),
        ("channel_#c.freenode_26-07-2011.log", KVIRC_LOG, ("kvirc", "freenode", "#c", "2011-07-26")),
        ("freenode_#c.log", KONVERSATION_LOG, ("konversation", "freenode", "#c", "2025-05-24")),
        ("2011-05-12.220000.txt", PIDGIN_LOG, ("pidgin", "freenode", "#c", "2011-05-12")),
        ("freenode/2009-01/#c.09.log", BIP_LOG, ("bip", "freenode", "#c", "2009-01-09")),
    ],
)
def test_formats_are_recognised_by_their_files(tmp_path: Path, path: str, text: str, found: tuple[str, ...]) -> None:
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).write_text(text.replace("\n[12:00:09] something else", ""))
    with open_log_files([tmp_path]) as files:
        (planned,) = plan_files(files, ImportOptions(zone=UTC))
    assert planned.error == planned.question == ""
    assert planned.format is not None
    assert (planned.format.name, *planned.channel, f"{planned.sample[0].at:%F}") == found


def test_pidgin_in_html() -> None:
    title = "Conversation with #c at Thu 12 May 2011 10:00:00 PM CEST on nick@irc.freenode.net (irc)"
    text = f"""<html><head><title>{title}</title></head><body><h3>{title}</h3>
<font color="#16569E"><font size="2">(22:00:01)</font> <b>anna:</b></font> 1 &lt; 2 &amp; 3<br/>
<font size="2">(22:00:05)</font><b> berta entered the room.</b><br/>
</body></html>"""
    assert shorten(read_text(PIDGIN, text)) == [
        ("22:00:01", MESSAGE, "anna", "1 < 2 & 3"),
        ("22:00:05", JOIN, "berta", ""),
    ]


def test_a_private_conversation_of_pidgin_is_refused() -> None:
    with pytest.raises(UnreadableError, match="a conversation with berta"):
        read_text(PIDGIN, PIDGIN_LOG.replace("#c at", "berta at"))


@pytest.mark.parametrize(
    ("time", "expected"),
    [("11:53pm", "23:53:00"), ("12:00 AM", "00:00:00"), ("12:00 p.m.", "12:00:00"), ("1:05am", "01:05:00")],
)
def test_clocks_of_twelve_hours(time: str, expected: str) -> None:
    text = f"Session Start: Tue Feb 07 22:10:15 2017\n[{time}] <anna> hi"
    assert shorten(read_text(MIRC, text)) == [(expected, MESSAGE, "anna", "hi")]


@pytest.mark.parametrize("time", ["13:00pm", "0:00am", "24:00", "12:60", "12:60pm"])
def test_times_that_do_not_exist(time: str) -> None:
    text = f"Session Start: Tue Feb 07 22:10:15 2017\n[{time}] <anna> hi"
    assert shorten(read_text(MIRC, text)) == [("unparsed", 2)]


def test_a_second_channel_in_a_file_has_no_lines_here() -> None:
    start = "Session Start: Tue Feb 07 22:1{}:15 2017\nSession Ident: {}\n[22:19] <anna> in {}"
    text = "\n".join(start.format(number, name, name) for number, name in enumerate(("#c", "#d", "#C")))
    assert [item[-1] for item in shorten(read_text(MIRC, text))] == ["in #c", 5, 6, "in #C"]
