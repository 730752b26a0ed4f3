"""A small archive in which all that can be searched for occurs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from django.db import connection, transaction

from logs.ingest.entry import Entry
from logs.ingest.store import store_lines
from logs.models import Channel, Kind, Line, Network
from logs.search import results, sql
from logs.search.sample import sample_cache

PIECES = [
    *["foo", "bar", "Foo", "food", "bard", "foo.bar", "Foo::Bar", "foo_bar", "bar", "baz"],
    *[
        "naïve",
        "naive",
        "cafe\u0301",
        "日",
        "日本",
        "ไทยง่าย",
        "ёлка",
        "й",
        "v2.10",
        "0xFF",
        "straße",
        "größe",
        "Größe",
        "日本語",
        "“foo”",
        "don't",
        "don’t",
        "foo…",
        "😀bar",
        "a\u0301b",
    ],
    *["ㅋㅋㅠㅠ", "ㅠㅠ", "كتاب،", "كتاب", "भारत।", "भारत", "🇩🇪🇸🇪", "🇪🇸", "צה״ל", "don´t", "Foo™", "100฿", "١٠٠"],
    *["for()", "(@a)", "if", "{", "a&&b", "ｆｏｒ（）", "for\x02()", "$foo->{bar}"],
    *[
        "(ツ)",
        "ツ",
        "コツ",
        "ツン)",
        "foo日本(bar)",
        "日0x1F",
        "ツv2.10",
        "1️⃣",
        "≠",
        "a=\u0338b",
        "\u212a8s",
        "k8s",
        "f。",
        "foo…)",
        "o´foo()",
    ],
    *["x\x02y\x02z", "\x0304,02red\x03", "\x04ff0000hex", "\x1dfoo\x1d", "\x03", "--flag", "$var", "a/b", "-5", "+5"],
    *["1e5", "1.5e-3", "3.14", "0x1F", "v6.c", "2026-03-01", "12:34", "1st", "10", "e", "1"],
    *[
        "https://raku.org/a_b?c=d",
        "WWW.example.com",
        "ann@example.org",
        "&amp;",
        "<b>foo</b>",
        "C++",
        "foo.bar()",
        "p->next",
        "::",
        "🎉",
        "#foo",
        "(foo",
        "foo,",
        "->",
        "/usr/bin",
        "C:\\dir",
    ],
]
NICKS = ["ann", "Ann", "bob", "eve[m]", "EVE{m}", "Zoë"]
RARE = [Kind.ACTION, Kind.NOTICE, Kind.TOPIC, Kind.JOIN, Kind.PART, Kind.QUIT, Kind.NICK, Kind.KICK]
KINDS = [Kind.MESSAGE] * 10 + RARE
START = datetime(2024, 11, 20, tzinfo=UTC)


@pytest.fixture(autouse=True)
def empty_caches() -> Iterator[None]:
    """What a process caches about an archive is of this test alone."""
    sample_cache.clear()
    results._day_ranges.clear()
    yield
    sample_cache.clear()
    results._day_ranges.clear()


@pytest.fixture
def fresh_table(db: None) -> None:
    """The table holds nothing of what other tests rolled back."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE logs_line CASCADE")


@pytest.fixture
def channels(db: None) -> list[Channel]:
    """Three channels of two networks with 600 lines of the same three months, many of them in the same minute."""
    libera, other = Network.objects.create(name="libera"), Network.objects.create(name="Other", casemapping="ascii")
    owned = [(libera, "#foo"), (libera, "##bar"), (other, "#Foo[1]")]
    channels = [Channel.objects.create(network=network, name=name) for network, name in owned]
    random = Random(3)
    entries = []
    for minute in sorted(random.randrange(90 * 24 * 60) // 700 * 700 for _ in range(600)):
        kind = random.choice(KINDS)
        text = "" if kind == Kind.JOIN else " ".join(random.choices(PIECES, k=random.randint(1, 5)))
        target = "bar" if kind in {Kind.NICK, Kind.KICK} else None
        at = START + timedelta(minutes=minute)
        entries.append(Entry(random.choice(channels).pk, at, kind, random.choice(NICKS), text, target=target))
    with transaction.atomic():
        store_lines(entries)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE logs_line")
    return channels


@pytest.fixture
def lines(channels: list[Channel]) -> list[Line]:
    return list(Line.objects.all())


@pytest.fixture
def slow_words(db: None, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From its call on it takes 20 ms to compare the text of a line."""

    def define(statement: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE OR REPLACE FUNCTION slow_text(text text) RETURNS text"
                f" LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN {statement} RETURN text; END $$"
            )

    define("")
    monkeypatch.setattr(sql, "FOLDED_TEXT", "slow_text(text)")
    return lambda: define("PERFORM pg_sleep(0.02);")
