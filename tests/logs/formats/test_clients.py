"""Logs of clients and bouncers: pieces of real ones, and every kind of line by its grammar."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from logs.formats.eggdrop import EGGDROP
from logs.formats.hexchat import HEXCHAT
from logs.formats.irssi import IRSSI
from logs.formats.limnoria import LIMNORIA
from logs.formats.log_format import (
    ACTION,
    JOIN,
    KICK,
    MESSAGE,
    MODE,
    NICK,
    NOTICE,
    PART,
    QUIT,
    TOPIC,
    LogLine,
    UnparsedLine,
)
from logs.formats.mirc import MIRC
from logs.formats.numbered_lines import UnreadableError
from logs.formats.textual import TEXTUAL
from logs.formats.weechat import WEECHAT
from logs.formats.znc import ENERGYMECH, ZNC
from tests.logs.formats.reading import PIECES, lines, read_file, read_text, shorten

DAY = date(2014, 3, 1)


def test_irssi_files_as_they_are() -> None:
    read = lines(read_file(IRSSI, PIECES / "irssi" / "ddnet_2014-03-01.log", DAY, "Europe/Berlin"))
    assert [(line.kind, line.nick) for line in read[:5]] == [
        (MESSAGE, "BooNi"),
        (ACTION, "BooNi"),
        (ACTION, "BooNi"),
        (ACTION, "BooNi"),
        (MESSAGE, "deen"),
    ]
    assert read[0].at == datetime(2014, 3, 1, 11, 55, tzinfo=UTC)
    assert read[1].text == "slaps deen around a bit with a large fishbot"


def test_irssi_by_its_grammar() -> None:
    text = """--- Log opened Sat Sep 06 18:28:43 2014
18:28 -!- ada [~ada@host.example] has joined #c
18:29 <@ada> said
18:29 <+ada>
18:29 -ada:#c- noticed
18:30 -!- mode/#c [+o bob] by ada
18:30 -!- ServerMode/#c [+nt] by irc.example
18:31 -!- ada changed the topic of #c to: about [bees]
18:31 -!- Topic unset by ada on #c
18:32 -!- bob was kicked from #c by ada [go [now]]
18:33 -!- bob is now known as eve
18:33 -!- Netsplit a.example <-> b.example quits: eve, @bob (+3 more, use /NETSPLIT to show all of them)
18:34 -!- Netsplit over, joins: eve
--- Day changed Sun Sep 07 2014
00:00 -!- eve [e@host.example] has quit [Quit: [x]]
00:01 -!- bob [b@host.example] has left #c []
00:01 -!- Irssi: #c: Total of 5 nicks [1 ops, 0 halfops, 0 voices, 4 normal]
00:02 -!- something new
--- Log closed Sun Sep 07 00:03:00 2014"""
    assert shorten(read_text(IRSSI, text)) == [
        ("18:28:00", JOIN, "ada", ""),
        ("18:29:00", MESSAGE, "ada", "said"),
        ("18:29:00", MESSAGE, "ada", ""),
        ("18:29:00", NOTICE, "ada", "noticed"),
        ("18:30:00", MODE, "ada", "+o bob"),
        ("18:30:00", MODE, "irc.example", "+nt"),
        ("18:31:00", TOPIC, "ada", "about [bees]"),
        ("18:31:00", TOPIC, "ada", ""),
        ("18:32:00", KICK, "ada", "go [now]", "bob"),
        ("18:33:00", NICK, "bob", "", "eve"),
        ("18:33:00", QUIT, "eve", "a.example b.example"),
        ("18:33:00", QUIT, "bob", "a.example b.example"),
        ("18:34:00", JOIN, "eve", ""),
        ("00:00:00", QUIT, "eve", "Quit: [x]"),
        ("00:01:00", PART, "bob", ""),
        ("unparsed", 18),
    ]


def test_znc_files_as_they_are() -> None:
    read = lines(read_file(ZNC, PIECES / "znc" / "#qtox_20160605.log.txt", DAY))
    assert {line.kind for line in read} == {MESSAGE, ACTION, NOTICE, JOIN, PART, QUIT, NICK, MODE}
    assert (read[0].kind, read[0].nick, read[0].text) == (QUIT, "cisc", "Ping timeout: 264 seconds")
    assert read[0].at == datetime(2014, 3, 1, 0, 4, 3, tzinfo=UTC)
    stripped = lines(read_file(ZNC, PIECES / "znc-stripped" / "2020-06-10.log", DAY))
    assert [(line.kind, line.nick) for line in stripped[2:5]] == [(JOIN, "CCFL_Man"), (JOIN, "dibas"), (QUIT, "coggy9")]


def test_znc_by_its_grammar() -> None:
    text = """[12:00:00] <ada> <bob> said
[12:00:01] * ada
[12:00:02] *** Parts: ada (a@host.example) (bye (now))
[12:00:03] *** Quits: ada (a@host.example) ()
[12:00:04] *** bob was kicked by ada (why)
[12:00:05] *** ada changes topic to 'it's 'quoted''
[12:00:06] *** ada sets mode: +b *!*@host.example
[12:00:07] what"""
    assert shorten(read_text(ZNC, text, DAY)) == [
        ("12:00:00", MESSAGE, "ada", "<bob> said"),
        ("12:00:01", ACTION, "ada", ""),
        ("12:00:02", PART, "ada", "bye (now)"),
        ("12:00:03", QUIT, "ada", ""),
        ("12:00:04", KICK, "ada", "why", "bob"),
        ("12:00:05", TOPIC, "ada", "it's 'quoted'"),
        ("12:00:06", MODE, "ada", "+b *!*@*"),
        ("unparsed", 8),
    ]
    assert shorten(read_text(ENERGYMECH, "[00:04] Joins: n (u@h)\n[00:05] *** Quits: n (u@h) (r)", DAY)) == [
        ("00:04:00", JOIN, "n", ""),
        ("00:05:00", QUIT, "n", "r"),
    ]


def test_hexchat_files_as_they_are() -> None:
    """What services said to the user alone is not of the channel."""
    read = lines(read_file(HEXCHAT, PIECES / "hexchat" / "_obsidian_md_log.log", zone="America/New_York"))
    assert {line.kind for line in read} == {MODE, JOIN}
    assert (read[0].nick, read[0].text) == ("mercury.libera.chat", "+C")
    assert read[0].at == datetime(2025, 5, 25, 2, 47, 16, tzinfo=UTC)


def test_hexchat_by_its_grammar() -> None:
    text = """**** BEGIN LOGGING AT Wed Mar 03 10:28:36 2010

Dec 31 23:59:59 <ada>\thi
Jan  1 00:00:01 *\tada waves
Dec 31 23:59:59 -ada/#c-\tnoticed
Jan  1 00:00:02 *\tbob (b@host.example) has joined
Jan  1 00:00:02 -->\tbob (b@host.example) has joined #c
Jan  1 00:00:03 *\tbob (b@host.example) has left (bye)
Jan  1 00:00:03 <--\tbob (b@host.example) has left #c ("bye")
Jan  1 00:00:04 *\tbob has quit (Quit: x)
Jan  1 00:00:05 *\tada has kicked bob from #c (why)
Jan  1 00:00:06 *\tada has changed the topic to: bees
Jan  1 00:00:07 *\tada gives voice to bob
Jan  1 00:00:07 *\tada removes ban on *!*@host.example
Jan  1 00:00:08 *\tbob is now known as eve
Jan  1 00:00:09 >ChanServ<\tidentify secret
Feb 30 00:00:09 <ada>\tno such day
what
**** ENDING LOGGING AT Sat Jan 01 10:28:36 2011"""
    read = read_text(HEXCHAT, text)
    assert shorten(read) == [
        ("23:59:59", MESSAGE, "ada", "hi"),
        ("00:00:01", ACTION, "ada", "waves"),
        ("23:59:59", NOTICE, "ada", "noticed"),
        ("00:00:02", JOIN, "bob", ""),
        ("00:00:02", JOIN, "bob", ""),
        ("00:00:03", PART, "bob", "bye"),
        ("00:00:03", PART, "bob", "bye"),
        ("00:00:04", QUIT, "bob", "Quit: x"),
        ("00:00:05", KICK, "ada", "why", "bob"),
        ("00:00:06", TOPIC, "ada", "bees"),
        ("00:00:07", MODE, "ada", "+v bob"),
        ("00:00:07", MODE, "ada", "-b *!*@*"),
        ("00:00:08", NICK, "bob", "", "eve"),
        ("unparsed", 17),
        ("unparsed", 18),
    ]
    assert [line.at.year for line in lines(read[:4])] == [2010, 2011, 2010, 2011]


def test_mirc_by_its_grammar() -> None:
    text = """
Session Start: Tue Feb 07 22:10:15 2017
Session Ident: #c
[23:29] <@ada> hi
[23:29] * ada waves
\x0303[23:30] * bob (~b@host.example) has joined #c
[23:30] \x0303* Joins: bob (~b@host.example)
Session Time: Wed Feb 08 00:00:00 2017
[01:55:01] * ada is now known as eve
[01:56] * bob (~b@host.example) has left #c (bye)
[01:56] * bob (~b@host.example) Quit (Quit: x)
[01:57] * bob was kicked by ada (why)
[01:57] *** ada sets mode: +o x
[01:57] * ada changes topic to 'bees'
[01:58] * Now talking in #c
what
Session Close: Wed Feb 08 02:00:00 2017"""
    read = read_text(MIRC, text)
    assert shorten(read) == [
        ("23:29:00", MESSAGE, "ada", "hi"),
        ("23:29:00", ACTION, "ada", "waves"),
        ("23:30:00", JOIN, "bob", ""),
        ("23:30:00", JOIN, "bob", ""),
        ("01:55:01", NICK, "ada", "", "eve"),
        ("01:56:00", PART, "bob", "bye"),
        ("01:56:00", QUIT, "bob", "Quit: x"),
        ("01:57:00", KICK, "ada", "why", "bob"),
        ("01:57:00", MODE, "ada", "+o x"),
        ("01:57:00", TOPIC, "ada", "bees"),
        ("unparsed", 16),
    ]
    assert [line.at.day for line in lines(read[3:5])] == [7, 8]


def test_eggdrop_by_its_grammar() -> None:
    text = """[23:58] <ada> hi
[23:58] Last message repeated 2 time(s).
[23:59] Action: ada waves
[23:59] -ada:#c- noticed
[00:00:00] --- Mon Jan  5 2026
[00:01:02] bob (b@host.example) joined #c.
[00:02] bob (b@host.example) left #c (bye).
[00:02] bob (b@host.example) left #c.
[00:03] bob (b@host.example) left irc: Quit: x
[00:03] bob (b@host.example) got netsplit.
[00:04] Nick change: bob -> eve
[00:05] eve kicked from #c by ada!a@host.example: why
[00:06] #c: mode change '+o bob' by ada!a@host.example
[00:07] Topic changed on #c by ada!a@host.example: bees
[00:08] what"""
    read = read_text(EGGDROP, text, date(2026, 1, 4))
    assert shorten(read) == [
        ("23:58:00", MESSAGE, "ada", "hi"),
        ("23:58:00", MESSAGE, "ada", "hi"),
        ("23:58:00", MESSAGE, "ada", "hi"),
        ("23:59:00", ACTION, "ada", "waves"),
        ("23:59:00", NOTICE, "ada", "noticed"),
        ("00:01:02", JOIN, "bob", ""),
        ("00:02:00", PART, "bob", "bye"),
        ("00:02:00", PART, "bob", ""),
        ("00:03:00", QUIT, "bob", "Quit: x"),
        ("00:03:00", QUIT, "bob", "netsplit"),
        ("00:04:00", NICK, "bob", "", "eve"),
        ("00:05:00", KICK, "ada", "why", "eve"),
        ("00:06:00", MODE, "ada", "+o bob"),
        ("00:07:00", TOPIC, "ada", "bees"),
        ("unparsed", 15),
    ]
    assert [line.at.day for line in lines(read[4:6])] == [4, 5]


def test_limnoria_files_as_they_are() -> None:
    read = lines(read_file(LIMNORIA, PIECES / "limnoria" / "sample-pov-latin1.log", zone="Europe/Vilnius"))
    assert len(read) == 10
    assert read[1].text == "let's see if irc logging works... ąčę"
    assert read[2].text == "š"
    assert read[0].at == datetime(2005, 1, 8, 21, 33, 54, tzinfo=UTC)
    newer = lines(read_file(LIMNORIA, PIECES / "limnoria" / "#fluid-tech.2018-11-14.log"))
    assert [(line.kind, line.nick) for line in newer] == [
        (QUIT, "Justin_o"),
        (JOIN, "kasparnet"),
        (QUIT, "kasparnet"),
        (NICK, "colinclark_"),
    ]


def test_limnoria_by_its_grammar() -> None:
    text = """2018-11-14T04:40:57  * ada waves
2018-11-14T04:40:57  -ada- noticed
2018-11-14T04:40:57  *** ada <ada!a@host.example> has left #c (bye)
2018-11-14T04:40:57  *** bob was kicked by ada (why)
2018-11-14T04:40:57  *** ada sets mode: +o bob
2018-11-14T04:40:57  *** ada changes topic to "about "bees""
2018-11-14T24:40:57  <ada> no such time"""
    assert shorten(read_text(LIMNORIA, text)) == [
        ("04:40:57", ACTION, "ada", "waves"),
        ("04:40:57", NOTICE, "ada", "noticed"),
        ("04:40:57", PART, "ada", "bye"),
        ("04:40:57", KICK, "ada", "why", "bob"),
        ("04:40:57", MODE, "ada", "+o bob"),
        ("04:40:57", TOPIC, "ada", 'about "bees"'),
        ("unparsed", 7),
    ]


def test_textual_files_as_they_are() -> None:
    assert shorten(read_file(TEXTUAL, PIECES / "textual" / "2021-04-22.txt", zone="Asia/Tokyo")) == [
        ("05:36:50", JOIN, "MasterDuke", ""),
        ("08:01:04", MESSAGE, "MasterDuke", "any objections to merging ?"),
        ("08:01:33", ACTION, "sena_kun", "still awaits the release blocker"),
        ("09:35:36", NICK, "lizmmat_", "", "lizmat"),
        ("11:31:48", QUIT, "nine", "Quit: Leaving."),
        ("22:47:48", MODE, "ChanServ", "+o tyil"),
        ("23:48:02", TOPIC, "lizmat", "Perl Sucks!"),
        ("23:50:42", KICK, "tyil", "lizmat", "lizmat"),
    ]


@pytest.mark.parametrize(("stamp", "hour"), [("2026-07-24 11:32:21.123456Z", 11), ("2026-07-24 11:32:21", 9)])
def test_weechat_by_its_grammar(stamp: str, hour: int) -> None:
    text = """@ada\thi
and more
\x1b[32m+bob\x1b[0m\t\x1b[1mcoloured
 *\tada waves
-->\tbob (b@host.example) has joined #c
-->\tbob [account] (Real Name) (b@host.example) has joined #c
<--\tbob (b@host.example) has left #c (bye)
<--\tbob (b@host.example) has quit (Quit: x)
<--\tada has kicked bob (why)
--\tbob is now known as eve
--\tMode #c [+o bob] by ada
--\tada has changed topic for #c from "a" to "b"
--\tada has changed topic for #c to "b"
--\tNotice(ada) -> #c: noticed
--\tTopic for #c is "b"
=!=\tirc: connection lost
--\tsomething new"""
    log = "\n".join(line if line == "and more" else f"{stamp}\t{line}" for line in text.split("\n"))
    read = read_text(WEECHAT, log, zone="Europe/Berlin")
    assert [item[1:] for item in shorten(read)] == [
        (MESSAGE, "ada", "hi"),
        (MESSAGE, "ada", "and more"),
        (MESSAGE, "bob", "coloured"),
        (ACTION, "ada", "waves"),
        (JOIN, "bob", ""),
        (JOIN, "bob", ""),
        (PART, "bob", "bye"),
        (QUIT, "bob", "Quit: x"),
        (KICK, "ada", "why", "bob"),
        (NICK, "bob", "", "eve"),
        (MODE, "ada", "+o bob"),
        (TOPIC, "ada", "b"),
        (TOPIC, "ada", "b"),
        (NOTICE, "ada", "noticed"),
        (17,),
    ]
    assert lines(read[:1])[0].at.hour == hour


@pytest.mark.parametrize(
    ("known", "text"),
    [
        (IRSSI, "12:00 < a> b"),
        (ZNC, "[12:00:00] <a> b"),
        (EGGDROP, "[12:00] <a> b"),
        (HEXCHAT, "Jan  1 00:00:02 <a>\tb"),
    ],
)
def test_without_a_day_a_log_cannot_be_read(known: object, text: str) -> None:
    with pytest.raises(UnreadableError, match="Neither its name nor"):
        read_text(known, text)  # type: ignore[arg-type]


def test_after_a_day_that_does_not_exist_nothing_is_read_until_the_next_day() -> None:
    text = (
        "12:00 < a> a\n--- Day changed Sun Feb 30 2014\n12:00 < a> b\n--- Day changed Sun Foo 01 2014\n12:00 < a> c"
        "\n--- Day changed Sun Mar 02 2014\n12:00 < a> d"
    )
    read = read_text(IRSSI, text, DAY)
    assert [item.at.day if isinstance(item, LogLine) else item.number for item in read] == [1, 2, 3, 4, 5, 2]


def test_a_time_that_does_not_exist_is_no_line() -> None:
    assert read_text(ZNC, "[24:00:00] <a> b", DAY) == [UnparsedLine(1, "[24:00:00] <a> b")]
