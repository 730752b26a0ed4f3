"""What programs write beside their everyday lines, and what irclog2html reads."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from logs.formats.detect import detect_format
from logs.formats.eggdrop import EGGDROP
from logs.formats.hexchat import HEXCHAT
from logs.formats.irclog2html import IRCLOG2HTML
from logs.formats.irssi import IRSSI
from logs.formats.log_format import ACTION, JOIN, KICK, MESSAGE, MODE, NICK, NOTICE, PART, QUIT, TOPIC, ParseContext
from logs.formats.mirc import MIRC
from logs.formats.numbered_lines import UnreadableError
from logs.formats.registry import FORMATS
from logs.formats.sites import BOTBOT
from logs.formats.weechat import WEECHAT
from tests.logs.formats.reading import lines, read_text, shorten

DAY = date(2014, 3, 1)


def test_what_an_irssi_received_from_its_server_is_ignored() -> None:
    assert read_text(IRSSI, "12:00 !irc.example.net *** Looking up your hostname", DAY) == []


def test_notices_of_an_older_weechat_and_what_is_not_of_the_channel() -> None:
    text = """Notice:#c(ada): noticed
ada (a@host.example) has changed host to a@other.example
URL for #c: https://example.org/
CTCP requested by ada: VERSION"""
    log = "\n".join(f"2020-01-02 12:00:00\t--\t{line}" for line in text.split("\n"))
    assert shorten(read_text(WEECHAT, log)) == [("12:00:00", NOTICE, "ada", "noticed")]


@pytest.mark.parametrize(
    ("words", "modes"),
    [
        ("gives channel operator status to bob", "+o bob"),
        ("removes channel half-operator status from bob", "-h bob"),
        ("sets exempt on *!*@host.example", "+e *!*@*"),
        ("removes invite exempt on *!*@host.example", "-I *!*@*"),
        ("sets quiet on *!*@host.example", "+q *!*@*"),
        ("sets channel keyword to secret", "+k *"),
        ("removes channel keyword", "-k"),
        ("sets channel limit to 5", "+l 5"),
        ("removes user limit", "-l"),
        ("sets mode +C on #c", "+C"),
    ],
)
def test_modes_that_hexchat_writes_as_sentences(words: str, modes: str) -> None:
    text = f"**** BEGIN LOGGING AT Wed Mar  3 10:28:36 2010\nMar 03 10:30:00 *\tada {words}"
    assert shorten(read_text(HEXCHAT, text)) == [("10:30:00", MODE, "ada", modes)]


def test_an_old_mirc() -> None:
    text = """[14:58] *** Now talking in #c
[14:58] *** Topic is 'bees'
[14:58] *** bob (~b@host.example) has joined #c
[14:58] *** bob has joined #c
[14:58] *** bob has left #c
[14:58] *** bob is now known as eve
[14:58] *** c sets mode: +o x
[14:58] *** eve was kicked by ada (why)
[14:58] *** ada changes topic to 'wasps'
[14:58] *** Parts: bob (~b@host.example)
[14:58] *** bob has quit IRC (bye)
[14:58] * ada has left the building
[14:58] * Retrieving #c info...
[14:58] *** something else"""
    assert [item[1:] for item in shorten(read_text(MIRC, text, DAY))] == [
        (JOIN, "bob", ""),
        (JOIN, "bob", ""),
        (PART, "bob", ""),
        (NICK, "bob", "", "eve"),
        (MODE, "c", "+o x"),
        (KICK, "ada", "why", "eve"),
        (TOPIC, "ada", "wasps"),
        (PART, "bob", ""),
        (QUIT, "bob", "bye"),
        (ACTION, "ada", "has left the building"),
        (14,),
    ]


def test_eggdrop_repeats_also_what_is_no_message() -> None:
    """A status line that came three times is passed over three times, and does not repeat what was said before it."""
    text = """[12:00] <ada> hi
[12:00] Switching to new logfiles...
[12:01] Last message repeated 2 time(s).
[12:02] what is this
[12:03] Last message repeated 5 time(s).
[12:04] bob (b@host.example) joined #c.
[00:00] --- Sun Mar  2 2014
[00:01] Last message repeated 1 time(s)."""
    assert shorten(read_text(EGGDROP, text, DAY)) == [
        ("12:00:00", MESSAGE, "ada", "hi"),
        ("unparsed", 4),
        ("unparsed", 5),
        ("12:04:00", JOIN, "bob", ""),
        ("00:01:00", JOIN, "bob", ""),
    ]


def test_the_pages_of_the_former_botbot_are_read() -> None:
    """With the seconds since 1970, and its own words for what happened."""
    text = """[12:00:1393675201] <ada> hi
[12:00:1393675202] * ada has left the channel
[12:00:1393675203] * ada has quit
[12:00:1393675204] * ada left the building
[12:00:1393675205] * -- BotBot disconnected, possible missing messages --
[12:00] * bob joined the channel"""
    assert shorten(read_text(BOTBOT, text, DAY)) == [
        ("12:00:01", MESSAGE, "ada", "hi"),
        ("12:00:02", PART, "ada", ""),
        ("12:00:03", QUIT, "ada", ""),
        ("12:00:04", ACTION, "ada", "left the building"),
        ("12:00:00", JOIN, "bob", ""),
    ]


IRCLOG = """<ada> hi
<ada!a@host.example> hi
* ada waves
*\tada waves
-ada- noticed
*** bob has joined #c
--> bob (b@host.example) has joined #c
<-- bob has quit ("bye")
*** bob has quit IRC (bye)
<-- bob has left #c (bye)
*** Quits: bob (b@host.example) (bye)
--- bob is now known as eve
*** eve was kicked by ada (why)
*** ada sets mode: +o eve
--- ada has changed the topic to: bees
*** ada changes topic to "bees"
--- You are now known as eve
nonsense"""
EVENTS = [
    (MESSAGE, "ada", "hi"),
    (MESSAGE, "ada", "hi"),
    (ACTION, "ada", "waves"),
    (ACTION, "ada", "waves"),
    (NOTICE, "ada", "noticed"),
    (JOIN, "bob", ""),
    (JOIN, "bob", ""),
    (QUIT, "bob", "bye"),
    (QUIT, "bob", "bye"),
    (PART, "bob", "bye"),
    (QUIT, "bob", "bye"),
    (NICK, "bob", "", "eve"),
    (KICK, "ada", "why", "eve"),
    (MODE, "ada", "+o eve"),
    (TOPIC, "ada", "bees"),
    (TOPIC, "ada", "bees"),
    (18,),
]


@pytest.mark.parametrize(
    ("stamp", "at"),
    [
        ("[12:00]", datetime(2014, 3, 1, 11, tzinfo=UTC)),
        ("12:00:01", datetime(2014, 3, 1, 11, 0, 1, tzinfo=UTC)),
        ("2005-01-08T23:47:17", datetime(2005, 1, 8, 22, 47, 17, tzinfo=UTC)),
        ("08-Jan-2005 23:47:17", datetime(2005, 1, 8, 22, 47, 17, tzinfo=UTC)),
        ("[Mar 02 12:00]", datetime(2014, 3, 2, 11, tzinfo=UTC)),
        ("02 Mar 12:00", datetime(2014, 3, 2, 11, tzinfo=UTC)),
        ("1105228037", datetime(2005, 1, 8, 23, 47, 17, tzinfo=UTC)),
    ],
)
def test_what_irclog2html_reads(stamp: str, at: datetime) -> None:
    read = read_text(IRCLOG2HTML, "\n".join(f"{stamp} {line}" for line in IRCLOG.split("\n")), DAY, "Europe/Berlin")
    assert [item[1:] for item in shorten(read)] == EVENTS
    assert {line.at for line in lines(read[:-1])} == {at}


def test_the_year_of_months_without_one_rises_and_has_to_be_given() -> None:
    text = "Dec 31 23:59 <ada> hi\nJan 01 00:00 <ada> ho\nFeb 30 00:00 <ada> no such day"
    read = read_text(IRCLOG2HTML, text, date(2013, 12, 31))
    assert [line.at.year for line in lines(read[:2])] == [2013, 2014]
    assert shorten(read)[2] == ("unparsed", 3)
    with pytest.raises(UnreadableError, match="the year"):
        read_text(IRCLOG2HTML, text)
    # In a quiet channel nobody speaks for months; a bouncer plays back what was said before.
    text = "Nov 30 23:59 <ada> hi\nFeb 01 00:00 <ada> ho\nJan 31 00:00 <ada> before"
    assert [line.at.year for line in lines(read_text(IRCLOG2HTML, text, date(2013, 11, 30)))] == [2013, 2014, 2014]


def test_a_format_of_many_programs_is_the_last_to_be_taken() -> None:
    source = ParseContext(UTC, DAY)
    mixed = ["08-Jan-2005 23:47:17 --> bob (b@host.example) has joined #c", "08-Jan-2005 23:47:18 <bob> hi"]
    assert detect_format(enumerate(mixed, 1), source).format is IRCLOG2HTML
    raku = ["[12:00] <ada> hi", "[12:01] *** bob joined", "[12:02] *** bob left"]
    assert detect_format(enumerate(raku, 1), source).format is FORMATS["raku"]
    assert detect_format(enumerate(raku, 1), source).is_certain


def test_erc_and_the_family_of_ircii() -> None:
    text = """<anna> hi
*** berta (~b@host.example) has joined channel #c
*** berta (~b@host.example) has quit: Quit: bye
*** Signoff: carl (gone)
*** SignOff dora: #c (bye)
*** eve has left channel #c
*** eve (~e@host.example) is now known as adam
*** anna has changed mode for #c to +o berta
*** Mode change "+v carl" on #c by anna
*** anna (~a@host.example) has set the topic for #c: "bees"
*** anna has changed the topic on channel #c to wasps
*** anna (~a@host.example) has kicked carl off channel #c: why
*** anna is ~a@host.example (Anna)
*** on channels: #secret"""
    log = "\n".join(f"[12:00] {line}" for line in text.split("\n"))
    assert [item[1:] for item in shorten(read_text(IRCLOG2HTML, log, DAY))] == [
        (MESSAGE, "anna", "hi"),
        (JOIN, "berta", ""),
        (QUIT, "berta", "Quit: bye"),
        (QUIT, "carl", "gone"),
        (QUIT, "dora", "bye"),
        (PART, "eve", ""),
        (NICK, "eve", "", "adam"),
        (MODE, "anna", "+o berta"),
        (MODE, "anna", "+v carl"),
        (TOPIC, "anna", "bees"),
        (TOPIC, "anna", "wasps"),
        (KICK, "anna", "why", "carl"),
        (13,),
        (14,),
    ]
    assert detect_format(enumerate(log.split("\n")[:12], 1), ParseContext(day=DAY)).format is IRCLOG2HTML
