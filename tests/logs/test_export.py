"""`manage.py exportlogs`: what goes out comes back as it was; files are where other programs have them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from logs.formats.log_format import LogLine as Said
from logs.imports.bulk_load import load_files
from logs.models import Channel, Fill, Gap, Kind, Line, Network, OldNumber, ReplyOverride

START = datetime(2020, 1, 31, 22, 0, tzinfo=UTC)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
SAID = st.builds(
    Said,
    st.integers(0, 10**11).map(lambda micros: START + timedelta(microseconds=micros)),
    st.integers(Kind.MESSAGE, Kind.UNLOGGED),
    TEXTS,
    TEXTS,
    *[st.none() | st.text("abcä ☺", min_size=1, max_size=5)] * 2,
    msgid=st.none(),
    id=st.none(),
    old=st.none() | st.tuples(st.integers(1, 2**63 - 1)),
)

pytestmark = pytest.mark.usefixtures("transactional_db")


@pytest.fixture
def channel() -> Channel:
    return Channel.objects.create(network=Network.objects.create(name="libera"), name="#garden")


def exportlogs(output: Path | str, **options: object) -> str:
    stdout = StringIO()
    call_command("exportlogs", str(output), stdout=stdout, verbosity=0, **options)
    return stdout.getvalue()


def importlogs(path: Path, **options: object) -> None:
    call_command("importlogs", str(path), verbosity=0, **options)


def rows() -> list[dict[str, object]]:
    return list(Line.objects.order_by("channel__folded", "id").values(*COLUMNS))


COLUMNS = ("channel__network__name", "channel__name", "id", "at", "kind", "nick", "text", "account", "msgid", "target")


def provenance() -> list[object]:
    """Old addresses, logs of others, and what owners decided about answers."""
    old_numbers = OldNumber.objects.order_by("channel__name", "number").values_list("channel__name", "number", "line")
    fills = Fill.objects.order_by("channel__name", "first").values_list("channel__name", "first", "last", "name")
    decisions = ReplyOverride.objects.order_by("channel__name", "line")
    return [*old_numbers, *fills, *decisions.values_list("channel__name", "line", "reply_to", "by")]


def gaps() -> list[tuple[object, ...]]:
    return list(Gap.objects.order_by("from_at").values_list("channel__name", "from_at", "to_at", "reason"))


def said(text: str, hours: int = 0, nick: str = "ada", kind: Kind = Kind.MESSAGE) -> Said:
    return Said(START + timedelta(hours=hours), kind, nick, text)


@settings(
    max_examples=15,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(first=st.lists(SAID, max_size=8), second=st.lists(SAID, max_size=8), deleted_ids=st.sets(st.integers(1, 20)))
def test_an_archive_that_is_exported_and_emptied_comes_back(
    channel: Channel,
    tmp_path_factory: pytest.TempPathFactory,
    first: list[Said],
    second: list[Said],
    deleted_ids: set[int],
) -> None:
    Line.objects.all().delete()
    Channel.objects.all().delete()
    for name, lines in (("#garden", first), ("#a/b%2Fc.log", second), ("&local", first)):
        copy = Channel.objects.create(network=channel.network, name=name)
        load_files(copy.pk, [[line._replace(msgid=f"{number}") for number, line in enumerate(lines)]])
    Line.objects.filter(id__in=deleted_ids).delete()
    OldNumber.objects.filter(line__in=deleted_ids).delete()
    Gap.objects.create(channel=copy, from_at=START, to_at=START + timedelta(hours=1), reason="stopped")
    Gap.objects.create(channel=copy, from_at=START + timedelta(hours=2), to_at=None, reason="disk")
    if Line.objects.filter(channel=copy).exists():
        Fill.objects.create(channel=copy, first=1, last=3, name="ada's log")
        last = Line.objects.filter(channel=copy).order_by("id").values_list("id", flat=True).last()
        assert last
        ReplyOverride.objects.create(channel=copy, line=last, reply_to=None, by="ada")
        others = Line.objects.filter(channel=copy).exclude(id=last).values_list("id", flat=True).order_by("id")
        ReplyOverride.objects.bulk_create(
            ReplyOverride(channel=copy, line=line, reply_to=last, by="its sender") for line in others[:2]
        )
    before, missing, sources = rows(), gaps(), provenance()
    folder = tmp_path_factory.mktemp("export")
    exportlogs(folder)
    Line.objects.all().delete()
    Channel.objects.all().delete()
    importlogs(folder)
    assert rows() == before
    assert gaps() == missing
    assert provenance() == sources
    importlogs(folder)
    assert rows() == before
    assert gaps() == missing
    assert provenance() == sources


@pytest.mark.parametrize(
    ("form", "path"),
    [
        ("jsonl", "libera/#garden.jsonl"),
        ("irssi", "libera/#garden.log"),
        ("weechat", "irc.libera.#garden.weechatlog"),
        ("znc", "libera/#garden/2020-01-31.log"),
    ],
)
def test_files_are_where_other_programs_have_them_and_are_read_from_there(
    channel: Channel, tmp_path: Path, form: str, path: str
) -> None:
    load_files(channel.pk, [[said("hi"), said("waves", 1, kind=Kind.ACTION), said("", 5, kind=Kind.JOIN)]])
    before = rows()
    exportlogs(tmp_path / "out", format=form)
    assert (tmp_path / "out" / path).is_file()
    Line.objects.all().delete()
    Channel.objects.all().delete()
    importlogs(tmp_path / "out", timezone="UTC")
    assert rows() == before


def test_a_day_is_that_of_the_zone(channel: Channel) -> None:
    load_files(channel.pk, [[said("late", 1), said("midnight", 2), said("early", 3)]])
    february = (START + timedelta(hours=2)).date()
    assert exportlogs("-", format="znc", day=february).split() == [
        "[00:00:00]",
        "<ada>",
        "midnight",
        "[01:00:00]",
        "<ada>",
        "early",
    ]
    assert exportlogs("-", format="irssi", day=february, timezone="Europe/Berlin").splitlines() == [
        "--- Log opened Sat Feb 01 00:00:00 2020",
        "00:00 < ada> late",
        "01:00 < ada> midnight",
        "02:00 < ada> early",
    ]


def test_from_one_day_to_another(channel: Channel) -> None:
    load_files(channel.pk, [[said(str(hours), hours) for hours in range(0, 100, 10)]])
    days = {"since": datetime(2020, 2, 1, tzinfo=UTC).date(), "until": datetime(2020, 2, 2, tzinfo=UTC).date()}
    assert [line.split("> ")[1] for line in exportlogs("-", format="znc", **days).splitlines()] == [
        "10",
        "20",
        "30",
        "40",
    ]


def test_only_one_channel(channel: Channel, tmp_path: Path) -> None:
    other = Channel.objects.create(network=channel.network, name="#other")
    load_files(channel.pk, [[said("hi")]])
    load_files(other.pk, [[said("ho")]])
    exportlogs(tmp_path / "out", channel="#OTHER")
    assert [path.name for path in (tmp_path / "out").rglob("*.jsonl")] == ["#other.jsonl"]
    assert "ho" in exportlogs("-", network="LIBERA", channel="#other")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"channel": "#nowhere"}, "There is no such channel"),
        ({"network": "nowhere"}, "There is no such channel"),
        ({"timezone": "Mars/Olympus"}, "There is no time zone"),
    ],
)
def test_invalid_options_are_refused_with_a_message(channel: Channel, options: dict[str, str], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        exportlogs("-", **options)


def test_several_channels_cannot_share_one_output(channel: Channel) -> None:
    Channel.objects.create(network=channel.network, name="#other")
    with pytest.raises(CommandError, match="give --network and --channel"):
        exportlogs("-")


def test_a_folder_that_is_not_empty_is_left_alone(channel: Channel, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(CommandError, match="is not empty"):
        exportlogs(tmp_path)
    with pytest.raises(CommandError, match="mine: "):
        exportlogs(tmp_path / "mine")
    assert (tmp_path / "mine").read_text() == "mine"
