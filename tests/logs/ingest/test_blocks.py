"""Blocked nicks and texts: which lines are refused on their way into the archive, until when, and how many."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from logs.ingest.entry import Entry
from logs.ingest.store import StoreResult, store_lines
from logs.models import Block, Channel, Kind, Line, Network
from tests.conftest import Say

pytestmark = pytest.mark.django_db


def store(channel: Channel, *entries: Entry) -> StoreResult:
    with transaction.atomic():
        return store_lines(list(entries))


def line(channel: Channel, nick: str, text: str = "hello", **more: object) -> Entry:
    return Entry(channel.pk, more.pop("at", timezone.now()), Kind.MESSAGE, nick, text, **more)  # type: ignore[arg-type]


def block(pattern: str, kind: str = "text", **more: object) -> Block:
    more.setdefault("created_at", timezone.now() - timedelta(hours=1))
    return Block.objects.create(kind=kind, pattern=pattern, reason="spam", **more)  # type: ignore[misc]


def nicks() -> list[str]:
    return list(Line.objects.order_by("id").values_list("nick", flat=True))


@pytest.mark.parametrize(
    ("nick", "text", "is_refused"),
    [
        ("EVE{", "hello", True),
        ("eve_", "hello", False),
        ("ann", "see HTTPS://Spam.example/now", True),
        ("ann", "see \x02https://sp\x02am.example", True),
        ("ann", "spam example", False),
    ],
)
def test_nicks_are_compared_as_a_whole_and_texts_found_anywhere(
    channel: Channel, nick: str, text: str, *, is_refused: bool
) -> None:
    block("Eve[", "nick")
    block("spam.example")
    result = store(channel, line(channel, nick, text), line(channel, "bob"))
    assert (result.stored, result.dropped) == ((1, 1) if is_refused else (2, 0))


def test_what_is_refused_is_counted(channel: Channel) -> None:
    spam, eve = block("buy now"), block("eve", "nick")
    store(channel, line(channel, "ann", "buy now"), line(channel, "bob", "BUY NOW!"), line(channel, "eve"))
    store(channel, line(channel, "eve", "buy now"))
    for row in (spam, eve):
        row.refresh_from_db()
    assert (spam.refused, eve.refused, spam.refused_at is not None) == (2, 2, True)
    assert nicks() == []


def test_who_becomes_a_blocked_nick_is_not_shown_under_it(channel: Channel) -> None:
    block("eve", "nick")
    rename = Entry(channel.pk, timezone.now(), Kind.NICK, "ann", target="eve")
    assert store(channel, rename).dropped == 1


def test_a_block_is_in_force_for_a_time_and_a_network(channel: Channel) -> None:
    now = timezone.now()
    block("eve", "nick", created_at=now - timedelta(hours=2), expires_at=now - timedelta(hours=1))
    block("dora", "nick", network=Network.objects.create(name="othernet"))
    at = {"before": -3, "in force": -1.5, "expired": 0}
    store(channel, *[line(channel, "eve", when, at=now + timedelta(hours=hours)) for when, hours in at.items()])
    store(channel, line(channel, "dora"))
    assert list(Line.objects.order_by("id").values_list("text", flat=True)) == ["before", "expired", "hello"]


def test_administrators_keep_the_list(channel: Channel, admin_client: Client, say: Say) -> None:
    form = {"kind": "text", "pattern": "buy now", "network": "", "reason": "spam wave", "expires_at_0": ""}
    assert admin_client.post("/admin/logs/block/add/", form | {"pattern": "b"}).status_code == 200, "one letter"
    assert admin_client.post("/admin/logs/block/add/", form).status_code == 302
    row = Block.objects.get()
    assert (row.by, row.refused) == ("administrator admin", 0)
    store(channel, line(channel, "eve", "buy now"))
    page = admin_client.get("/admin/logs/block/").content.decode()
    assert "spam wave" in page
    assert '<td class="field-refused">1</td>' in page
    change = f"/admin/logs/block/{row.pk}/change/"
    admin_client.post(change, form | {"expires_at_0": "2020-01-01", "expires_at_1": "00:00"})
    store(channel, line(channel, "eve", "buy now"))
    row.refresh_from_db()
    assert (row.refused, nicks()) == (1, ["eve"]), "the time is over, and the count stayed"
