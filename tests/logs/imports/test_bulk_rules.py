"""An import stores nothing that people or owners do not want kept, however often it is run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from logs import privacy
from logs.formats import log_format as kinds
from logs.formats.log_format import LogLine
from logs.imports.bulk_load import LoadedFile, load_files
from logs.models import Channel, Forgotten, Kind, Line, OptOut
from logs.models.channel_choices import OptedOutLines

START = datetime(2020, 1, 1, 12, 0, 30, tzinfo=UTC)


def message(text: str, nick: str = "ada", kind: int = kinds.MESSAGE, minutes: float = 0, **more: object) -> LogLine:
    return LogLine(START + timedelta(minutes=minutes), kind, nick, text, **more)  # type: ignore[arg-type]


def rows(channel: Channel) -> list[tuple[int, str, str]]:
    return list(Line.objects.filter(channel=channel).order_by("id").values_list("kind", "nick", "text"))


def twice(channel: Channel, *lines: LogLine) -> LoadedFile:
    """Loads lines, and looks that a second load changes nothing."""
    (loaded,) = load_files(channel.pk, [lines])
    before = rows(channel)
    (second,) = load_files(channel.pk, [lines])
    assert second.stored == 0
    assert rows(channel) == before
    return loaded


def test_who_opted_out_stays_out(channel: Channel) -> None:
    OptOut.objects.create(network=channel.network, nick="bob")
    loaded = twice(
        channel,
        message("hi"),
        message("secret", "BOB"),
        message("secret", "BOB"),
        message("", "bob", kinds.JOIN),
        message("why", "op", kinds.KICK, target="Bob"),
    )
    assert rows(channel) == [(Kind.MESSAGE, "ada", "hi"), (Kind.UNLOGGED, "", ""), (Kind.UNLOGGED, "", "")]
    assert (loaded.lines, loaded.stored, loaded.rejected) == (5, 3, 2)


def test_opted_out_lines_leave_no_placeholder_where_owners_want_none(channel: Channel) -> None:
    OptOut.objects.create(network=channel.network, channel=channel, account="bob")
    Channel.objects.update(opted_out=OptedOutLines.NOTHING)
    assert twice(channel, message("hi", "bob"), message("secret", "other", account="bob")).rejected == 1
    assert rows(channel) == [(Kind.MESSAGE, "bob", "hi")]


def test_what_was_erased_of_somebody_does_not_come_back(channel: Channel) -> None:
    Forgotten.objects.create(network=channel.network, nick="bob", until=START + timedelta(minutes=5))
    twice(channel, message("old", "bob"), message("new", "bob", minutes=6), message("hi"))
    assert [text for _, _, text in rows(channel)] == ["new", "hi"]


@pytest.mark.parametrize("second", [30, 0])
def test_a_line_that_was_removed_does_not_come_back_and_its_like_of_another_time_stays(
    channel: Channel, second: int
) -> None:
    """Not from a log that knows only minutes either."""
    lines = [message("lol"), message("lol", minutes=60), message("hi"), message("lol", "bob")]
    load_files(channel.pk, [lines])
    privacy.redact(channel, [1], by="ada")
    load_files(channel.pk, [[line._replace(at=line.at.replace(second=second)) for line in lines]])
    times = Line.objects.filter(channel=channel, text="lol", nick="ada").values_list("at", flat=True)
    assert all(at >= START + timedelta(minutes=59) for at in times)
    assert times


def test_a_message_that_was_redacted_does_not_come_back(channel: Channel) -> None:
    Forgotten.objects.create(network=channel.network, channel=channel, msgid="x", until=START)
    twice(channel, message("secret", msgid="x"), message("hi", msgid="y"))
    assert [text for _, _, text in rows(channel)] == ["hi"]


def test_off_the_record(channel: Channel) -> None:
    lines = ["[off] a", "\x02[OFF]\x02 b", "  !- c", "d [off]", "100% [off", "e", "\u3000" * 200 + "[off] f"]
    lines += [
        f"{channel.network.nick}: [off] g",
        "@botbot [off] h",
        "\uff3boff\uff3d i",
        "\u00e9t\u00e9 [off]",
        "[o\u200bff] j",
    ]
    assert twice(channel, *(message(text) for text in lines), message("[off] left", kind=kinds.PART)).rejected == 8
    expected = ["d [off]", "100% [off", "e", "\u00e9t\u00e9 [off]", "[off] left"]
    assert [text for _, _, text in rows(channel)] == expected


def test_joins_and_parts_where_they_are_not_stored(channel: Channel) -> None:
    Channel.objects.update(keeps_joins=False)
    twice(
        channel,
        message("", kind=kinds.JOIN),
        message("hi"),
        message("bye", kind=kinds.PART),
        message("x", kind=kinds.QUIT),
    )
    assert [text for _, _, text in rows(channel)] == ["hi"]


@pytest.mark.parametrize("is_wanted", [False, True])
def test_what_was_said_to_operators_alone_is_stored_where_owners_want_it(channel: Channel, is_wanted: bool) -> None:
    Channel.objects.update(keeps_restricted=is_wanted)
    lines = [
        message("secret", target="@"),
        message("hi"),
        message("", "op", kinds.KICK, target="[]"),
        message("x", target="bob"),
    ]
    assert twice(channel, *lines, message("psst", kind=kinds.NOTICE, target="@+")).rejected == (0 if is_wanted else 2)
    expected = ["secret", "hi", "", "x", "psst"] if is_wanted else ["hi", "", "x"]
    assert [text for _, _, text in rows(channel)] == expected


def test_a_line_that_may_be_published_only_later_is_for_a_later_import(channel: Channel) -> None:
    Channel.objects.update(delay=60)
    now = timezone.now()
    twice(channel, message("new")._replace(at=now), message("old")._replace(at=now - timedelta(hours=2)))
    assert [text for _, _, text in rows(channel)] == ["old"]
