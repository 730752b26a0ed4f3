"""Whatever a client wrote of hosts, addresses and accounts: none of it becomes a line, in any format."""

from __future__ import annotations

from datetime import UTC, date
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logs.formats.hexchat import HEXCHAT
from logs.formats.irclog2html import IRCLOG2HTML
from logs.formats.irssi import IRSSI, IRSSI_CUSTOM
from logs.formats.log_format import (
    ACTION,
    JOIN,
    KICK,
    MESSAGE,
    MODE,
    NICK,
    NOTICE,
    QUIT,
    TOPIC,
    Format,
    LogLine,
    ParseContext,
    UnparsedLine,
)
from logs.formats.mirc import MIRC
from logs.formats.numbered_lines import UnreadableError
from logs.formats.pidgin import PIDGIN
from logs.formats.privacy_guard import guard_line
from logs.formats.registry import FORMATS
from logs.formats.thelounge import THELOUNGE
from logs.formats.weechat import WEECHAT
from logs.formats.znc import ZNC
from logs.text.masking import mask_hosts
from tests.examples import count
from tests.logs.formats.reading import lines, read_text, shorten

DAY = date(2014, 3, 1)
HOST = "dyn-203-0-113-5.example.net"
SECRETS = (HOST, "203.0.113.5", "2001:db8::7", "#secret-club", "Berta Realname", "bertas-account")

# Frames of every format, in which what follows is written as an event, an action, a notice or something said.
FRAMES = [
    *("12:00 -!- {}", "12:00  * {}", "12:00 -{}:#c- psst", "2014-04-29 22:01:03 -!- {}", "1696000000 -!- {}"),
    *("[12:00:00] *** {}", "[12:00:00] * {}", "[12:00:00] -{}- psst", "[12:00] {}", "[12:00] *** {}", "[12:00] * {}"),
    *("May 24 23:59:51 *\t{}", "May 24 23:59:51 -->\t{}", "May 24 23:59:51 <--\t{}", "May 24 23:59:51 ---\t{}"),
    *("May 24 23:59:51 -{}/#c-\tpsst", "2014-03-01 12:00:00\t--\t{}", "2014-03-01 12:00:00\t-->\t{}"),
    *("2014-03-01 12:00:00\t<--\t{}", "2014-03-01 12:00:00\t *\t{}", "2018-11-14T04:40:57  *** {}", "12:00:00 * {}"),
    *("2018-11-14T04:40:57  * {}", "[2021-04-22T10:01:04+0200] {}", "[2021-04-22T10:01:04+0200] • {}: x"),
    *(
        "[12:00] === {}",
        "[2014-01-01T00:00:01.123Z] *** {}",
        "[2014-01-01T00:00:01.123Z] * {}",
        "2014-03-01 12:00 * {}",
    ),
    *("[2014-03-01 12:00:00] *** {}", "[Saturday, 1 March 2014] [12:00:00 CET] Join\t{}", "-!- {}", "*** {}"),
]
WHO = [
    *(f"berta!~b@{HOST}", f"berta (~b@{HOST})", f"berta [~b@{HOST}]", f"berta(~b@{HOST})", f"berta <~b@{HOST}>"),
    *("berta (~b@203.0.113.5)", "berta [~b@2001:db8::7]", f"[berta] (~b@{HOST})", f"berta is ~b@{HOST}"),
]
SENTENCES = [
    *("has joined #c", "joined", "has left #c", "has quit [bye]", "left irc: bye", "has quit (bye)", "got netsplit."),
    *("is now known as bertha", "was kicked by anna (why)", "joined the channel", ": Berta Realname", ""),
    "* Berta Realname",
]
WHOIS = [
    f"[berta] (~berta@{HOST}): Berta Realname",
    "[berta] #secret-club #x",
    "[berta] is connecting from *@203.0.113.5 203.0.113.5",
    f"[berta] Real Host: {HOST}, Real IP: [203.0.113.5]",
    "[berta] is logged in as bertas-account",
    "[berta] idle 00:10:00, signon: Sat May 24 10:00:00 #secret-club",
    f"berta [~berta@{HOST}]",
    " ircname  : Berta Realname",
    " channels : #secret-club",
    f" hostname : 203.0.113.5 {HOST}",
    f"berta is ~berta@{HOST} * Berta Realname",
    f"berta is connecting from *@{HOST} 203.0.113.5",
    "berta is logged in as bertas-account",
]
OPENINGS = [
    "--- Log opened Sat Mar 01 12:00:00 2014",
    "**** BEGIN LOGGING AT Sat May 24 23:59:44 2025",
    "Session Start: Sat Mar 01 12:00:00 2014",
]


def assert_nothing_private(form: Format, text: list[str]) -> None:
    try:
        items = list(form.parse(enumerate([*OPENINGS, *text], 1), ParseContext(UTC, DAY)))
    except UnreadableError:
        return
    for item in items:
        if isinstance(item, LogLine):
            assert not [secret for secret in SECRETS if secret in repr(item)], (form.name, item)


@pytest.mark.parametrize("form", FORMATS.values(), ids=list(FORMATS))
def test_no_host_and_no_answer_of_a_server_becomes_a_line(form: Format) -> None:
    """Also where berta speaks, so that an action of hers would be one."""
    messages = [frame.format("berta hi") for frame in FRAMES]
    messages += ["12:00 < berta> hi", "May 24 23:59:50 <berta>\thi", "[12:00] <berta> hi", "[12:00:00] <berta> hi"]
    for frame in FRAMES:
        descriptions = [frame.format(f"{who} {sentence}".rstrip()) for who in WHO for sentence in SENTENCES]
        assert_nothing_private(form, [*messages, *descriptions, *(frame.format(answer) for answer in WHOIS)])


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("kind", ["join", "message", "action"])
def test_json_lines_whose_nick_has_a_host_are_refused(who: str, kind: str) -> None:
    text = f'{{"at":"2026-01-02T03:04:05Z","kind":"{kind}","nick":"{who}"}}'
    assert HOST not in repr([item for item in read_text(FORMATS["jsonl"], text) if isinstance(item, LogLine)])


@settings(max_examples=count(30, nightly=1000))
@given(
    st.sampled_from(list(FORMATS.values())),
    st.lists(
        st.builds(
            lambda frame, who, sentence: frame.format(f"{who} {sentence}"),
            st.sampled_from(FRAMES),
            st.sampled_from(WHO),
            st.sampled_from(SENTENCES) | st.text(max_size=20).filter(lambda text: "{" not in text),
        ),
        max_size=20,
    ),
)
def test_no_host_of_any_sentence_becomes_a_line(form: Format, text: list[str]) -> None:
    assert_nothing_private(form, text)


def test_what_hexchat_shows_of_somebody_is_not_of_the_channel() -> None:
    text = f"""**** BEGIN LOGGING AT Sat May 24 23:59:44 2025

May 24 23:59:50 <anna>\thi
{chr(10).join(f"May 24 23:59:51 *	{answer}" for answer in WHOIS[:6])}
May 24 23:59:52 *\tCannot send to #x
May 24 23:59:53 *\tReceived a CTCP VERSION from carl
May 24 23:59:54 *\tcarl was seen yesterday
May 24 23:59:55 *\tYou are now known as anna2
May 24 23:59:56 *\tanna waves
May 24 23:59:57 *\tdora waves
May 24 23:59:58 <dora>\thello"""
    assert shorten(read_text(HEXCHAT, text)) == [
        ("23:59:50", MESSAGE, "anna", "hi"),
        ("unparsed", 12),
        ("23:59:56", ACTION, "anna", "waves"),
        ("23:59:57", ACTION, "dora", "waves"),
        ("23:59:58", MESSAGE, "dora", "hello"),
    ]


def test_an_action_is_by_somebody_who_is_there() -> None:
    text = """Session Start: Sat Mar 01 12:00:00 2014
[12:00] * anna waves
[12:00] * Topic changed by a bot
[12:01] <anna> hi"""
    assert shorten(read_text(MIRC, text)) == [
        ("12:00:00", ACTION, "anna", "waves"),
        ("unparsed", 3),
        ("12:01:00", MESSAGE, "anna", "hi"),
    ]
    assert shorten(read_text(IRCLOG2HTML, "[12:00] * Cannot send\n[12:00] <anna> hi", DAY)) == [
        ("unparsed", 1),
        ("12:00:00", MESSAGE, "anna", "hi"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "2014-04-29 22:01:03 -!- carl [~carl@host-17.example.net] has joined #x",
        "1398808863 -!- carl(~carl@host.example) has joined #c",
        "[2014-04-29T22:01:03+0000] -!- carl [~carl@host-17.example.net] has joined #x",
    ],
)
def test_irssi_with_other_times(text: str) -> None:
    (line,) = lines(read_text(IRSSI_CUSTOM, text))
    assert (line.kind, line.nick, line.text, f"{line.at:%F %T}") == (JOIN, "carl", "", "2014-04-29 22:01:03")
    assert not [item for item in read_text(IRCLOG2HTML, text) if isinstance(item, LogLine)]


def test_ii() -> None:
    text = """1398808860 <anna> hi
1398808861 -!- carl(~carl@host.example) has quit "bye"
1398808862 -!- anna changed nick to berta
1398808863 -!- berta changed mode/#c -> +b *!*@host.example
1398808864 -!- berta kicked carl ("spam")
1398808865 -!- berta changed topic to "new"
"""
    assert [item[1:5] for item in lines(read_text(IRSSI_CUSTOM, text))] == [
        (MESSAGE, "anna", "hi", None),
        (QUIT, "carl", "bye", None),
        (NICK, "anna", "", "berta"),
        (MODE, "berta", "+b *!*@*", None),
        (KICK, "berta", "spam", "carl"),
        (TOPIC, "berta", "new", None),
    ]


def test_words_of_people_may_contain_addresses() -> None:
    text = "12:00 < anna> the printer is at 203.0.113.5, ask root@host.example\n12:01  * anna pings 203.0.113.5"
    assert [line.text for line in lines(read_text(IRSSI, text, DAY))] == [
        "the printer is at 203.0.113.5, ask root@host.example",
        "pings 203.0.113.5",
    ]


@pytest.mark.parametrize(
    "answer",
    [
        "berta :No such nick/channel",
        "berta ~berta dyn-5.pool.example.net * :Berta Realname",
        "berta berta host.example *",
        "berta has address 203.0.113.77",
        "berta 203.0.113.5 signed on",
        "berta (203.0.113.9) offers a chat",
        "berta is 2001:db8::7",
        "berta ~b@host.example.net",
        "berta (Berta Realname) b@host.example.net irc.example.net",
        "berta was connecting from *@host.example.net",
        "berta dyn-5.pool.example.net",
        "berta channels: #secret-club",
        "berta is logged in with bertas-account",
        "berta is a registered nick",
        "berta has invited you to #secret-club",
        "berta +ix",
        "berta VERSION reply: mIRC v7.1 on host.example.net",
        "berta PING reply: 2 seconds",
        "berta VERSION-Antwort: HexChat",
        "berta requested CTCP TIME from anna",
    ],
)
def test_what_a_client_tells_of_somebody_is_no_action(answer: str) -> None:
    text = f"""**** BEGIN LOGGING AT Sat May 24 23:59:44 2025
May 24 23:59:50 <berta>\tversion 1.2.3.4 is out, ask 203.0.113.5
May 24 23:59:51 *\t{answer}
May 24 23:59:52 *\tberta waves :)"""
    said, refused, act = read_text(HEXCHAT, text)
    assert isinstance(refused, UnparsedLine)
    assert [line.text for line in lines([said, act])] == ["version 1.2.3.4 is out, ask 203.0.113.5", "waves :)"]


@pytest.mark.parametrize(
    ("form", "text"),
    [
        (IRSSI, "12:00  * berta VERSION reply: irssi v1.2.3 on host.example"),
        (IRSSI, "12:00 -berta:#c- VERSION HexChat 2.16 / Linux"),
        (ZNC, "[12:00:00] * berta FINGER reply: Berta Realname"),
        (ZNC, "[12:00:00] <berta> \x01VERSION\x01"),
        (ZNC, "[12:00:00] -irc.example.net- *** Found your hostname"),
        (ZNC, "[12:00:00] -berta- PING 1398808863"),
        (ZNC, "[12:00:00] <\x02\x02> nobody"),
        (WEECHAT, "2014-03-01 12:00:00\t *\tberta CTCP VERSION reply from anna"),
        (HEXCHAT, "May 24 23:59:51 ---\tberta host.example.net x"),
        (PIDGIN, "(12:00:07) Server: irc.example.net"),
    ],
)
def test_answers_to_the_user_alone_are_no_lines_in_any_format(form: Format, text: str) -> None:
    openings = {HEXCHAT.name: "**** BEGIN LOGGING AT Sat May 24 23:59:44 2025\nMay 24 23:59:50 <berta>\thi\n"}
    opening = openings.get(form.name, "")
    assert [item for item in read_text(form, opening + text, DAY) if isinstance(item, UnparsedLine)]


def test_marks_of_an_action_and_colours_of_a_nick() -> None:
    text = """[12:00:00] <\x0304,01@anna\x03> hi
[12:00:01] <anna> hi
[12:00:02] <anna> \x01ACTION waves\x01
[12:00:03] -irc.example- all of you
[12:00:04] -john.doe- VERSIONS differ"""
    assert shorten(read_text(ZNC, text, DAY)) == [
        ("12:00:00", MESSAGE, "anna", "hi"),
        ("12:00:01", MESSAGE, "anna", "hi"),
        ("12:00:02", ACTION, "anna", "waves"),
        ("12:00:03", NOTICE, "irc.example", "all of you"),
        ("12:00:04", NOTICE, "john.doe", "VERSIONS differ"),
    ]


@pytest.mark.parametrize("act", ["waves to @bob", "is away (lunch)", "TIME to go", "reads https://example.org/a"])
def test_what_people_do_is_an_action(act: str) -> None:
    text = f"**** BEGIN LOGGING AT Sat May 24 23:59:44 2025\nMay 24 23:59:50 <anna>\thi\nMay 24 23:59:51 *\tanna {act}"
    assert lines(read_text(HEXCHAT, text))[1].text == act


@pytest.mark.parametrize(
    ("reason", "stored"),
    [
        ("Ping timeout: 264 seconds", "Ping timeout: 264 seconds"),
        ("Killed by oper!o@staff.example: spam", "Killed by oper: spam"),
        ("Banned (~b@host.example) for spam", "Banned for spam"),
        ("K-Lined: 203.0.113.5", "K-Lined: *"),
        ("Quit: XChat 2.8.7.1", "Quit: XChat 2.8.7.1"),
        ("mail me at anna@example.org", "mail me at anna@example.org"),
        ("banned 2001:db8::7", "banned *"),
        ("K-lined user@host.example", "K-lined *"),
        ("Excess flood ~b@host.example", "Excess flood *"),
        ("+b *!*@host.example.net", "+b *!*@*"),
        ("+bbo anna*!*@*.example.net *!~x@203.0.113.* carl", "+bbo anna*!*@* *!*@* carl"),
        ("G-Lined: AUTO: user@host.example.net 203.0.113.5", "G-Lined: AUTO: * *"),
        ("banned: *@host.example.net (spam)", "banned: *@* (spam)"),
        ("gateway/web/freenode/ip.203.0.113.5) (Quit: x", "gateway/web/freenode/*) (Quit: x"),
    ],
)
def test_reasons_lose_hosts(reason: str, stored: str) -> None:
    assert mask_hosts(reason) == stored


def test_reasons_of_one_word_are_no_hosts() -> None:
    text = """[12:00:00] *** Quits: anna (Excess)
[12:00:00] *** Parts: carl (Leaving)
[12:00:00] *** Quits: anna (a@host.example) (Excess)
[12:00:00] *** Quits: anna (~a@)
[12:00:00] *** Quits: anna (dyn-5.pool.example.net)
[12:00:00] *** Quits: anna (see (you))"""
    assert [line.text for line in lines(read_text(ZNC, text, DAY))] == [
        "Excess",
        "Leaving",
        "Excess",
        "",
        "",
        "see (you)",
    ]
    mirc = "Session Start: Sat Mar 01 12:00:00 2014\n[12:00] * Parts: carl (Leaving)\n[12:00] * Quits: anna (Excess)"
    assert [line.text for line in lines(read_text(MIRC, mirc))] == ["Leaving", "Excess"]


def test_a_line_that_is_not_private_is_the_same_object() -> None:
    (line,) = lines(read_text(ZNC, "[12:00:00] *** Quits: a (b c)", DAY, str(ZoneInfo("UTC"))))
    assert line.kind == QUIT
    assert guard_line(line) is line


def test_modes_lose_accounts_and_keys_and_actions_with_masks_are_reported() -> None:
    text = """[12:00:00] *** ada sets mode: +bb-e $a:account ~account:name:x $~a
[12:00:00] *** ada sets mode: +o-k+l berta sesame 5
[12:00:01] * ada set +b *!~b@host.example.net
[12:00:02] <*status> Connected!
[12:00:03] <ada:#other> elsewhere
[12:00:04] <ada(#other)> elsewhere"""
    assert shorten(read_text(ZNC, text, DAY)) == [
        ("12:00:00", MODE, "ada", "+bb-e $a:* ~account:* $~a"),
        ("12:00:00", MODE, "ada", "+o-k+l berta * 5"),
        ("unparsed", 3),
        ("unparsed", 4),
        ("unparsed", 5),
        ("unparsed", 6),
    ]


def test_modes_in_another_language_are_no_actions() -> None:
    text = """Session Start: Sat Mar 01 12:00:00 2014
[12:00] <ada> hi
[12:00] * ada setzt Modus: +o carl
[12:00] * ada winkt"""
    assert shorten(read_text(MIRC, text)) == [
        ("12:00:00", MESSAGE, "ada", "hi"),
        ("unparsed", 3),
        ("12:00:00", ACTION, "ada", "winkt"),
    ]


TOLD = [
    *("heißt jetzt karl", "wurde von ada gekickt (spam)", "hat den Chat verlassen (Quit: x)", "wszedł na #c"),
    *("est maintenant connu sous le nom de karl", "a été kické par ada (spam)", "ha abandonado", "è entrato in #c"),
    *("теперь известен как карл", "is now known as carl", "has left (bye)", "odešel (Quit)", "setzt Modus: +o carl"),
    *("artık karl olarak biliniyor", "sätter läge +o carl", "changes topic to 'bees'", "was kicked by carl (x)"),
    *("is listed as a ban", "mode is +nt", "is on the ban list", "a donné l'état d'opérateur de canal à carl"),
]
DONE = [
    *("is now happy", "has left the building", "heißt jetzt alle willkommen", "ha salido a comer", "saiu", "waves"),
    *("a quitté son bureau", "stellt den Topf ruhig auf den Herd", "kicks carl", "kicked the server, it works"),
    *("was kicked in the head by a horse", "is away: bbl", "quit smoking", "joined the army", "är nu hemma igen"),
]


@pytest.mark.parametrize(
    ("form", "frame"),
    [
        (MIRC, "Session Start: Sat Mar 01 12:00:00 2014\n[12:00] <ada> hi\n[12:00] * ada {}"),
        (ZNC, "[12:00:00] <ada> hi\n\n[12:00:00] * ada {}"),
        (THELOUNGE, "[2014-03-01T12:00:00.000Z] <ada> hi\n\n[2014-03-01T12:00:00.000Z] * ada {}"),
        (IRCLOG2HTML, "2014-03-01 12:00:00 <ada> hi\n\n2014-03-01 12:00:00 * ada {}"),
    ],
    ids=["mirc", "znc", "thelounge", "irclog2html"],
)
def test_events_in_any_language_are_no_actions(form: Format, frame: str) -> None:
    hi = ("12:00:00", MESSAGE, "ada", "hi")
    told = [(text, read_text(form, frame.format(text), DAY)) for text in TOLD]
    assert [text for text, items in told if (ACTION, "ada") in [item[1:3] for item in items]] == []
    assert [text for text, items in told if not text.isascii() and shorten(items) != [hi, ("unparsed", 3)]] == []
    done = [(text, [hi, ("12:00:00", ACTION, "ada", text)]) for text in DONE]
    assert [text for text, expected in done if shorten(read_text(form, frame.format(text), DAY)) != expected] == []


def test_a_client_that_writes_events_otherwise_keeps_its_actions() -> None:
    assert shorten(read_text(IRSSI, "12:00  * ada is now known as carl", DAY)) == [
        ("12:00:00", ACTION, "ada", "is now known as carl")
    ]


def test_where_somebody_is_away_is_not_told() -> None:
    text = """Session Start: Sat Mar 01 12:00:00 2014
[12:00] <ada> hi
[12:00] * ada is away (asleep, as ever, at 203.0.113.5)"""
    assert shorten(read_text(MIRC, text)) == [("12:00:00", MESSAGE, "ada", "hi"), ("unparsed", 3)]
