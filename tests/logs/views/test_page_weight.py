"""What a visitor loads: styles and scripts together, and a page of a busy day."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client

from logs.ingest.entry import Entry
from logs.ingest.store import store_lines
from logs.models import Channel, Kind

WORDS = "the quick brown fox jumps over a lazy dog while nobody looks at what grows in it"


def test_styles_and_scripts_weigh_little() -> None:
    files = [*settings.BASE_DIR.glob("static/css/*.css"), *settings.BASE_DIR.glob("static/js/*.js")]
    assert len(files) > 20
    assert sum(len(gzip.compress(path.read_bytes())) for path in files) < 60_000


@pytest.mark.django_db
def test_a_page_of_a_thousand_lines_weighs_little(client: Client, channel: Channel) -> None:
    words = WORDS.split()
    at = datetime(2026, 3, 1, tzinfo=UTC)
    texts = [" ".join(words[(number * step) % len(words)] for step in range(1, 13)) for number in range(1000)]
    with transaction.atomic():
        store_lines(
            [
                Entry(
                    channel.pk, at + timedelta(minutes=number), Kind.MESSAGE, f"nick{number % 37}", f"{text} {number}"
                )
                for number, text in enumerate(texts)
            ]
        )
    assert len(gzip.compress(client.get("/testnet/garden/2026-03-01/").content)) < 150_000
