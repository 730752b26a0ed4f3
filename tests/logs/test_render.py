from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logs.archive import DayLine
from logs.line_grouping import blocks_html, gap_html, group_lines
from logs.models import Channel, Gap, Kind
from logs.models.line import Reason
from logs.render import line_html, line_json, line_summary, line_text
from logs.text.irc_formatting import strip_formatting
from logs.text.names import nick_class
from tests.conftest import Say

AT = datetime(2026, 11, 23, 10, 0, 5, tzinfo=UTC)
NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)


def line(
    kind: int = Kind.MESSAGE, nick: str = "ann", text: str = "", target: str | None = None, number: int = 1
) -> DayLine:
    return DayLine(number, AT + timedelta(minutes=number - 1), kind, nick, text, target)


class Words(HTMLParser):
    """The text of the elements of a line by their first class."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self.open: list[str] = []
        self.feed(str(html))
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append((dict(attrs).get("class") or tag).split()[0])

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002
        self.open.pop()

    def handle_data(self, data: str) -> None:
        for name in {"nick", "text"} & set(self.open):
            self.found[name] = self.found.get(name, "") + data


SENTENCES = [
    (line(Kind.JOIN), "ann joined"),
    (line(Kind.PART), "ann left"),
    (line(Kind.PART, text="bye"), "ann left (bye)"),
    (line(Kind.QUIT, text="Ping \x02timeout"), "ann quit (Ping timeout)"),
    (line(Kind.NICK, target="bob"), "ann is now known as bob"),
    (line(Kind.KICK, target="bob"), "bob was kicked by ann"),
    (line(Kind.KICK, text="enough", target="bob"), "bob was kicked by ann (enough)"),
    (line(Kind.MODE, text="+o bob"), "ann set mode +o bob"),
    (line(Kind.TOPIC, text="New <topic>"), "ann changed the topic to: New <topic>"),
    (line(Kind.TOPIC), "ann removed the topic"),
]


@pytest.mark.parametrize(
    ("symbols", "words"),
    [
        ("@", "to operators"),
        ("+", "to voiced members"),
        ("@+", "to voiced members"),
        ("~", "to owners"),
        ("!", "to operators"),
    ],
)
def test_what_is_said_to_some_members_only_is_marked(symbols: str, words: str) -> None:
    restricted = line(text="<b>", target=symbols)
    assert f'<span class="restricted">{words}</span> &lt;b&gt;' in line_html(restricted, "/n/c/")
    assert line_text(restricted) == f"[10:00:05] <ann> ({words}) <b>"
    assert line_summary(restricted) == f"ann: ({words}) <b>"
    assert line_json(restricted)["target"] == symbols


@pytest.mark.parametrize("target", [None, "bob", "#garden", ""])
def test_other_targets_of_messages_are_no_mark(target: str | None) -> None:
    assert "restricted" not in line_html(line(text="hi", target=target), "/n/c/")
    assert line_text(line(text="hi", target=target)) == "[10:00:05] <ann> hi"


@pytest.mark.parametrize(("event", "sentence"), SENTENCES)
def test_an_event_is_a_sentence(event: DayLine, sentence: str) -> None:
    found = Words(line_html(event, "/n/c/")).found
    assert f"{found['nick']} {found['text']}" == sentence
    assert line_text(event) == f"[10:00:05] *** {sentence}"


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Kind.MESSAGE, "[10:00:05] <ann> a b"),
        (Kind.NOTICE, "[10:00:05] -ann- a b"),
        (Kind.ACTION, "[10:00:05] * ann a b"),
    ],
)
def test_what_is_said_stands_in_the_text_form_without_formatting(kind: Kind, text: str) -> None:
    assert line_text(line(kind, text="a \x02b\x0304")) == text


def test_the_markup_of_a_line_is_what_live_and_pages_agree_on() -> None:
    assert line_html(line(text="a <b"), "/n/c/") == (
        '<div class="line message" id="l1" data-id="1" data-nick="ann" data-kind="message"'
        ' data-at="2026-11-23T10:00:05.000000Z">'
        '<a class="time" href="/n/c/at/1/"><time datetime="2026-11-23T10:00:05Z">10:00</time></a>'
        f' <span class="nick {nick_class("ann")}">ann</span> <span class="text">a &lt;b</span></div>'
    )


def test_a_line_that_goes_on_a_run_differs_in_its_class_only() -> None:
    first, continued = line_html(line(), "/"), line_html(line(), "/", same=True)
    assert str(continued) == str(first).replace('class="line message"', 'class="line message same"')


def test_times_are_utc_whatever_zone_they_come_in() -> None:
    elsewhere = line()._replace(at=AT.astimezone(timezone(timedelta(hours=5))))
    assert line_html(elsewhere, "/") == line_html(line(), "/")
    assert line_text(elsewhere) == line_text(line())


@pytest.mark.django_db
def test_a_row_looks_like_what_a_page_reads_of_it(channel: Channel, say: Say) -> None:
    row = say(channel, "ann", "hello", at=AT)
    assert line_html(row, "/") == line_html(line(text="hello"), "/")


@given(st.sampled_from(Kind), NAMES, st.text(st.characters(exclude_categories=["Cs"])), NAMES)
def test_any_line_is_well_formed_and_says_everything(kind: Kind, nick: str, text: str, target: str) -> None:
    drawn = line(kind, nick, text, target)
    found = Words(line_html(drawn, "/n/c/")).found
    assert strip_formatting(text) in found.get("text", "") or kind in {Kind.JOIN, Kind.NICK}
    assert found["nick"] == (target if kind == Kind.KICK else nick)
    assert "\n" not in line_text(drawn)


def plain(html: str) -> str:
    return re.sub("<[^>]*>", "", html)


def shape(lines: list[DayLine], gaps: list[Gap] | None = None) -> list[tuple[str, str, str]]:
    """Sort and words of each block, and what stands in it: ids, with + for a line that goes on a run."""
    blocks = group_lines(lines, gaps or [])
    return [(b.kind, plain(b.label), " ".join(f"{d.id}{'+' * continued}" for d, continued in b.rows)) for b in blocks]


def numbered(*lines: DayLine) -> list[DayLine]:
    return [one._replace(id=n, at=AT + timedelta(minutes=n - 1)) for n, one in enumerate(lines, 1)]


def test_lines_of_one_speaker_are_a_run_whatever_way_they_are_said() -> None:
    said = numbered(line(), line(Kind.ACTION), line(nick="bob"), line(Kind.NOTICE, nick="bob"), line())
    assert shape(said) == [("lines", "", "1 2+ 3 4+ 5")]


def test_what_happens_in_between_ends_a_run() -> None:
    lines = numbered(line(), line(Kind.TOPIC), line(), line(Kind.JOIN), line())
    assert shape(lines) == [("lines", "", "1 2 3"), ("fold", "1 joined", "4"), ("lines", "", "5")]


def test_comings_and_goings_are_folded_and_counted() -> None:
    lines = numbered(line(Kind.JOIN), line(Kind.JOIN), line(Kind.PART), line(Kind.QUIT), line(Kind.NICK, target="bob"))
    assert shape(lines) == [("fold", "2 joined, 2 left, 1 renamed", "1 2 3 4 5")]
    assert shape(numbered(line(Kind.MODE))) == [("fold", "1 mode change", "1")]
    assert shape(numbered(line(Kind.MODE), line(Kind.MODE))) == [("fold", "2 mode changes", "1 2")]
    assert shape(lines[2:4]) == [("fold", "2 left", "3 4")]


def test_those_lost_in_a_netsplit_are_counted_apart() -> None:
    splits = [line(Kind.QUIT, text=text) for text in ("*.net *.split", "hub.example.net leaf-2.example.net")]
    others = [line(Kind.QUIT, text=text) for text in ("bye bye", "see example.org", "a.b c.d e.f", "\x02*.net *.split")]
    lines = numbered(*splits, *others, line(Kind.JOIN))
    assert shape(lines) == [("fold", "1 joined, 4 left, 2 lost in a netsplit", "1 2 3 4 5 6 7")]
    assert 'class="line netsplit"' in line_html(splits[0], "/")
    assert Words(line_html(splits[0], "/")).found["text"] == "quit (*.net *.split)"


def test_hidden_groups_are_left_out_of_blocks_and_summaries() -> None:
    kinds = (Kind.JOIN, Kind.NICK, Kind.MODE, Kind.NOTICE, Kind.MESSAGE)
    lines = numbered(*(line(kind, nick="bot" if kind == Kind.MESSAGE else "ann") for kind in kinds))

    def shown(*hidden: str) -> list[int]:
        blocks = group_lines(lines, bots={"bot"}, hidden=hidden)
        return [drawn.id for block in blocks for drawn, _ in block.rows]

    assert shown() == [1, 2, 3, 4, 5]
    assert shown("joins", "modes") == [2, 4, 5]
    assert shown("nicks", "notices", "bots") == [1, 3]
    [fold, *_] = group_lines(lines[:3], hidden=["joins"])
    assert fold.label == "1 renamed, 1 mode change"


def test_lines_of_a_bot_are_marked_as_such() -> None:
    assert 'class="line message bot"' in line_html(line(nick="Bot["), "/", bots={"bot{"})
    assert "bot" not in line_html(line(nick="ann"), "/", bots={"bot{"})
    assert "bot" not in line_html(line(Kind.JOIN, nick="Bot["), "/", bots={"bot{"})


BRIDGES = frozenset({"relay"})


@pytest.mark.parametrize("said", ["<eve> hi", "\x02<\x0304e\u200bve\x03>\x02 hi", "<eve>hi", "\x0f< eve > hi"])
def test_who_speaks_through_a_bridge_is_shown_as_the_speaker(said: str) -> None:
    html = line_html(line(nick="Relay", text=said), "/", bridges=BRIDGES)
    assert Words(html).found == {"nick": "eve", "text": "hi"}
    assert f'<span class="nick {nick_class("eve")} via" title="via Relay">' in html
    assert line_html(line(nick="ann", text=said), "/", bridges=BRIDGES) == line_html(line(nick="ann", text=said), "/")


@pytest.mark.parametrize("said", ["hi", "a <eve> hi", "<> hi", "<\u200b> hi", "<eve", ""])
def test_what_a_bridge_says_of_itself_stays_its_own(said: str) -> None:
    own = line(nick="relay", text=said)
    assert line_html(own, "/", bridges=BRIDGES) == line_html(own, "/")


def test_nobody_behind_a_bridge_goes_on_the_run_of_somebody_on_irc() -> None:
    lines = numbered(line(nick="eve"), line(nick="relay", text="<eve> hi"), line(nick="relay", text="<eve> ho"))
    rows = [continued for block in group_lines(lines, bridges=BRIDGES) for _, continued in block.rows]
    assert rows == [False, False, True]


def test_a_line_as_json_is_what_is_stored() -> None:
    assert line_json(line(text="\x02hi")) == {
        "id": 1, "at": "2026-11-23T10:00:05Z", "kind": "message", "nick": "ann", "text": "\x02hi"
    }  # fmt: skip
    assert line_json(line(Kind.NICK, target="bob"))["target"] == "bob"


def test_marked_lines_stand_out_and_their_fold_is_open() -> None:
    lines = numbered(line(), line(Kind.JOIN), line())
    html = blocks_html(group_lines(lines), "/", range(2, 4))
    assert re.findall(r'class="line [a-z ]*"', html) == [
        'class="line message"', 'class="line join marked"', 'class="line message marked"'
    ]  # fmt: skip
    assert '<details class="fold" open>' in html


def test_a_gap_stands_where_it_was() -> None:
    lines = numbered(line(), line(), line())
    gap = Gap(from_at=AT + timedelta(minutes=1), to_at=AT + timedelta(minutes=1.5), reason=Reason.CONNECTION)
    words = "Not recorded 10:01–10:01: connection lost"
    assert shape(lines, [gap]) == [("lines", "", "1 2+"), ("gap", words, ""), ("lines", "", "3+")]


def test_gaps_before_the_first_and_after_the_last_line_are_shown() -> None:
    early = Gap(from_at=AT - timedelta(hours=1), to_at=AT, reason=Reason.STOPPED)
    late = Gap(from_at=AT + timedelta(hours=1), to_at=None, reason=Reason.KICKED)
    sorts = [sort for sort, _, _ in shape([line()], [late, early])]
    assert sorts == ["gap", "lines", "gap"]
    assert [sort for sort, _, _ in shape([], [late, early])] == ["gap", "gap"]


def test_the_words_of_a_gap() -> None:
    going_on = gap_html(Gap(from_at=AT, to_at=None, reason=Reason.LEFT))
    assert plain(going_on) == "Not recorded since 10:00: bot left the channel"
    assert '<time datetime="2026-11-23T10:00:05Z">10:00</time>' in going_on
    overnight = gap_html(Gap(from_at=AT, to_at=AT + timedelta(days=1), reason=Reason.STOPPED))
    assert plain(overnight) == "Not recorded 2026-11-23 10:00–2026-11-24 10:00: bot stopped"


def test_an_empty_day_has_no_blocks() -> None:
    assert group_lines([]) == []
