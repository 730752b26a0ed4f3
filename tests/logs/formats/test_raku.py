"""The Raku community's logs, and those of Colabti: pieces of real ones, and lines that are none."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from logs.formats.log_format import ACTION, JOIN, KICK, MESSAGE, MODE, NICK, PART, TOPIC, UnparsedLine
from logs.formats.numbered_lines import UnreadableError
from logs.formats.raku import RAKU
from tests.logs.formats.reading import PIECES, lines, read_file, read_text, shorten

DAY = date(2021, 4, 22)


def test_every_kind_of_line() -> None:
    assert shorten(read_file(RAKU, PIECES / "raku" / "2021-04-22", DAY)) == [
        ("05:36:00", JOIN, "MasterDuke", ""),
        ("08:01:00", MESSAGE, "MasterDuke", "any objections to merging ?"),
        ("08:01:00", ACTION, "sena_kun", "still awaits the release blocker"),
        ("09:35:00", NICK, "lizmmat_", "", "lizmat"),
        ("11:31:00", PART, "nine", ""),
        ("22:47:00", MODE, "ChanServ", "+o tyil"),
        ("23:48:00", TOPIC, "lizmat", "Perl Sucks!"),
        ("23:50:00", KICK, "tyil", "lizmat", "lizmat"),
    ]


def test_times_are_utc_whatever_the_zone_requested() -> None:
    (line,) = lines(read_text(RAKU, "[05:36] <a> b", DAY, "Asia/Tokyo"))
    assert line.at == datetime(2021, 4, 22, 5, 36, tzinfo=UTC)


def test_a_doubled_parenthesis_is_not_part_of_the_reason() -> None:
    kick, _ = lines(read_file(RAKU, PIECES / "raku" / "raku-dev" / "2023" / "2023-04-03", DAY))
    assert kick.text == "Your behavior is not conducive to the desired environment."
    (kick,) = lines(read_text(RAKU, "[01:00] *** a was kicked by b (go away (now))", DAY))
    assert kick.text == "go away (now)"


def test_repeated_and_empty_texts_are_kept_in_their_order() -> None:
    read = lines(read_file(RAKU, PIECES / "raku" / "parrot" / "2008" / "2008-10-27", DAY))
    assert [line.text for line in read][:6] == [
        "}",
        "",
        "method val($/) {",
        "make PAST::Val.new( :value( ~$/ ), :node($/) );",
        "}",
        "",
    ]


def test_control_characters_stay() -> None:
    read = lines(read_file(RAKU, PIECES / "raku" / "parrot" / "2008" / "2008-10-01", DAY))
    assert read[1].text.count("\x1b[D") == 17


@pytest.mark.parametrize(
    "text",
    [
        "hello",
        "[25:00] <a> b",
        "[12:60] <a> b",
        "[12:00] <a b",
        "[12:00] *** a did something new",
        "12:00 <a> b",
        "[12:00]<a> b",
        "\x89PNG\r\x1a",
    ],
)
def test_what_is_no_line_is_reported_with_its_number(text: str) -> None:
    assert read_text(RAKU, f"\n{text}", DAY) == [UnparsedLine(2, text)]


def test_a_file_whose_name_contains_no_day_cannot_be_read() -> None:
    with pytest.raises(UnreadableError, match="contain the day"):
        read_text(RAKU, "[12:00] <a> b")
