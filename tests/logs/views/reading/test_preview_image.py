"""The pictures beside links: of public channels only, and only what strangers may read."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from django.conf import settings
from django.test import Client
from PIL import Image

from logs import archive
from logs.models import Channel
from logs.picture import MAX_TEXT_CHARACTERS, Text, measure_text, shorten_text
from logs.views.reading.preview_image import draw_lines
from tests.conftest import Say

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY, LINE, RANGE = (f"/testnet/garden/{name}.png" for name in ("2026-03-01", "at/2", "at/1-2"))


def test_links_have_a_picture_of_channel_date_and_first_lines(client: Client, channel: Channel, say: Say) -> None:
    for number in range(20):
        say(channel, "ann", f"\x02line\x02 {number} 日本語 \u202e", at=AT)
    for path in (DAY, LINE, RANGE):
        response = client.get(path)
        image = Image.open(io.BytesIO(response.content))
        assert (response["Content-Type"], image.format, image.size) == ("image/png", "PNG", (1200, 630))
        assert "max-age=0" in response["Cache-Control"]
        assert client.get(path, headers={"If-None-Match": response["ETag"]}).status_code == 304
    drawn = draw_lines(channel, AT.date(), archive.fetch_messages_of_day(channel, AT.date(), 50))
    texts = [part.text for part in drawn.parts if isinstance(part, Text)]
    assert texts[:3] == ["#garden", "on testnet", "Sunday 1 March 2026"]
    assert texts[3].startswith("ann: line 0")
    assert len(texts) == 3 + 9 + 1
    for query, picture in (("", DAY), ("?mark=1-2", RANGE), ("?mark=2", LINE)):
        page = client.get(f"/testnet/garden/2026-03-01/{query}").content.decode()
        assert f'<meta property="og:image" content="{settings.SITE_URL}{picture}">' in page


def test_channels_that_are_not_public_have_no_image(
    admin_client: Client, client: Client, channel: Channel, say: Say
) -> None:
    for _ in range(2):
        say(channel, "ann", "secret", at=AT)
    Channel.objects.filter(pk=channel.pk).update(visibility="members")
    for path in (DAY, LINE, RANGE):
        assert client.get(path).status_code == admin_client.get(path).status_code == 404
    assert "og:image" not in admin_client.get("/testnet/garden/2026-03-01/").content.decode()


def test_a_day_or_line_that_is_not_there_has_none(client: Client, channel: Channel) -> None:
    for path in (LINE, RANGE, "/testnet/garden/2026-02-30.png"):
        assert client.get(path).status_code == 404


def test_texts_are_cut_to_their_width() -> None:
    for text in ("W" * 1000, "i" * 1000, "a\nb\0c", "", "日本語" * 200):
        shortened = shorten_text(text, 26, 500)
        assert measure_text(shortened, 26) <= 500
        assert len(shortened) <= MAX_TEXT_CHARACTERS
        assert shortened.isprintable()
