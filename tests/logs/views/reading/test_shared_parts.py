"""Strangers share the parts of a long today: the page as if it were rendered whole, and nothing that was removed."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from logs import line_grouping
from logs.archive import DayLine
from logs.ingest.channel_state import remove_lines
from logs.line_grouping import iterate_blocks, iterate_html
from logs.models import Channel, Fill, Gap, Kind
from logs.privacy import Speaker, anonymise, erase, redact_message
from logs.views.http.page_cache import get_page_cache
from logs.views.reading import shared_parts
from logs.views.reading.shared_parts import Day, render_shared
from tests import examples
from tests.conftest import Say
from tests.logs.live.reader import write

PAGE = "/testnet/garden/"
START = datetime(2026, 3, 1, tzinfo=UTC)
URL = "/n/c/"


@pytest.fixture(autouse=True)
def _short_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_parts, "PART_LINES", 5)


def make_day(random: Random, count: int) -> Day:
    """Return a day of lines by few people, with folds, gaps, equal times and ids that are missing or out of order."""
    ids = random.sample(range(1, 2 * count + 1), count)
    if random.random() < 0.8:
        ids.sort()
    at = START
    lines = []
    for number in ids:
        at += timedelta(seconds=random.choice([0, 1]))
        kind = random.choice([Kind.MESSAGE] * 6 + [Kind.JOIN] * 4 + [Kind.TOPIC, Kind.NOTICE, Kind.REMOVED])
        text = random.choice(["yes", "<ada> <b>no", "https://example.org/ \x02bold"])
        nick, said = random.choice(["ann", "bob", "bridge"]), "" if kind in {Kind.JOIN, Kind.REMOVED} else text
        lines.append(DayLine(number, at, kind.value, nick, said, None))
    gaps = []
    for key in range(random.randrange(4)):
        since = START + timedelta(seconds=random.uniform(-2, count))
        gaps.append(Gap(pk=key + 1, from_at=since, to_at=random.choice([None, since]), reason="connection"))
    fills = [Fill(first=3, last=9, name="eve")] * random.randrange(2)
    replies = {number: (random.choice(ids), random.randrange(101)) for number in ids if random.random() < 0.2}
    return Day(URL, lines, gaps, {"bridge"}, {"bob"}, fills, replies)


def render(day: Day) -> Callable[[Sequence[DayLine], Sequence[Gap], str | None], Iterator[str]]:
    def render_lines(lines: Sequence[DayLine], gaps: Sequence[Gap], speaker: str | None = None) -> Iterator[str]:
        blocks = iterate_blocks(lines, gaps, day.bridges, day.fills, day.replies, bots=day.bots, speaker=speaker)
        return iterate_html(blocks, day.url)

    return render_lines


@pytest.mark.parametrize("seed", range(examples.count(60, nightly=2000)))
def test_parts_make_the_whole(seed: int) -> None:
    random = Random(seed)
    day = make_day(random, random.randrange(60))
    whole = "\n".join(render(day)(day.lines, day.gaps, None))
    assert "\n".join(render_shared(day, render(day))) == whole
    assert "\n".join(render_shared(day, render(day))) == whole


def change_line(day: Day) -> Day:
    lines = [day.lines[0]._replace(text="changed"), *day.lines[1:]]
    return Day(URL, lines, day.gaps, day.bridges, day.bots, day.fills, day.replies)


@pytest.mark.parametrize(
    "change",
    [
        change_line,
        lambda day: Day(URL, day.lines[1:], day.gaps, day.bridges, day.bots, day.fills, day.replies),
        lambda day: Day(URL, day.lines, [], day.bridges, day.bots, day.fills, day.replies),
        lambda day: Day(URL, day.lines, day.gaps, set(), day.bots, day.fills, day.replies),
        lambda day: Day(URL, day.lines, day.gaps, day.bridges, {"ann"}, day.fills, day.replies),
        lambda day: Day(URL, day.lines, day.gaps, day.bridges, day.bots, [], day.replies),
        lambda day: Day(URL, day.lines, day.gaps, day.bridges, day.bots, day.fills, {}),
        lambda day: Day("/other/", day.lines, day.gaps, day.bridges, day.bots, day.fills, day.replies),
    ],
)
def test_whatever_a_part_shows_is_part_of_its_digest(change: Callable[[Day], Day]) -> None:
    said = ["yes", "<ada> no"]
    lines = [
        DayLine(number, START, Kind.MESSAGE.value, ("bridge", "ann", "bob")[number % 3], said[number % 2], None)
        for number in range(1, 31)
    ]
    gap = Gap(pk=1, from_at=START - timedelta(seconds=1), to_at=None, reason="connection")
    day = Day(URL, lines, [gap], {"bridge"}, {"bob"}, [Fill(first=1, last=9, name="eve")], {4: (1, 90)})
    before = "\n".join(render_shared(day, render(day)))
    changed = change(day)
    after = "\n".join(render_shared(changed, render(changed)))
    assert after == "\n".join(render(changed)(changed.lines, changed.gaps, None)) != before


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The ids of the lines that are rendered for pages."""
    ids: list[int] = []
    render_line = line_grouping.render_line

    def note(line: DayLine, *args: object) -> object:
        ids.append(line.id)
        return render_line(line, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(line_grouping, "render_line", note)
    return ids


@pytest.mark.django_db
def test_only_the_newest_part_is_rendered_anew(channel: Channel, client: Client, rendered: list[int]) -> None:
    write(channel, 23)
    first = client.get(PAGE).content
    assert rendered == list(range(1, 24))
    rendered.clear()
    write(channel, 1, "new")
    second = client.get(PAGE).content
    assert rendered == [20, 21, 22, 23, 24]
    assert b"new 0" in second
    assert second.count(b'class="line') == first.count(b'class="line') + 1
    # Each language has its own.
    client.get(PAGE, headers={"Accept-Language": "de"})
    assert rendered[5:] == list(range(1, 25))


@pytest.mark.django_db
@pytest.mark.parametrize("way", ["removed", "redacted", "erased", "anonymised"])
def test_what_was_removed_is_shown_and_kept_no_more(channel: Channel, client: Client, say: Say, way: str) -> None:
    write(channel, 10)
    line = say(channel, "robert", "a secret", msgid="m")
    write(channel, 10)
    assert b"a secret" in client.get(PAGE).content
    match way:
        case "removed":
            remove_lines(channel, [line.id])
        case "redacted":
            redact_message(channel, "m", "ann")
        case "erased":
            erase(channel.network, Speaker(nick="robert"), "ann")
        case "anonymised":
            anonymise(channel.network, Speaker(nick="robert"), "ann")
    gone = "robert" if way == "anonymised" else "a secret"
    assert gone not in client.get(PAGE).content.decode()
    assert not [page for page in kept() if gone in page]


def kept() -> list[str]:
    return [zlib.decompress(page.compressed).decode() for page in get_page_cache()._pages.values()]


@pytest.mark.django_db
def test_a_line_that_comes_late_is_shown_in_its_place(channel: Channel, client: Client, say: Say) -> None:
    write(channel, 7)
    say(channel, "bob", "first", at=timezone.now() - timedelta(microseconds=1))
    write(channel, 20)
    assert b">first<" in client.get(PAGE).content
    early = channel.lines.order_by("at").first()
    assert early
    say(channel, "eve", "late", at=early.at + timedelta(microseconds=1))
    page = client.get(PAGE).content.decode()
    assert page.index(">line 0<") < page.index(">late<") < page.index(">line 1<")


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["?mark=3", "?hide=joins"])
def test_a_page_of_somebody_or_of_some_lines_is_not_shared(channel: Channel, query: str) -> None:
    write(channel, 20)
    owner = Client()
    owner.force_login(User.objects.create_superuser("root"))
    owner.get(PAGE)
    Client().get(PAGE + query)
    assert kept() == []
    # Nor does anybody get what was kept while strangers could read it.
    Client().get(PAGE)
    assert len(kept()) == 4
    Channel.objects.filter(pk=channel.pk).update(hidden=True)
    assert Client().get(PAGE).status_code == 404
