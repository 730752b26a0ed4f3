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
from logs.picture import (
    LEFT_OUT,
    MAX_TEXT_CHARACTERS,
    Picture,
    Text,
    load_fonts,
    make_drawable,
    measure_text,
    shorten_text,
    split_by_font,
)
from logs.views.reading.share_preview import draw_lines
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
    assert len(texts) == 3 + 9 + (0 if drawn.is_complete else 1) + 1
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
    for text in ("W" * 1000, "i" * 1000, "a\nb\0c", "", "日本語" * 200, "ж→" * 200):
        shortened = shorten_text(make_drawable(text[:MAX_TEXT_CHARACTERS])[0], 26, 500)
        assert measure_text(shortened, 26) <= 500
        assert len(shortened) <= MAX_TEXT_CHARACTERS
        assert shortened.isprintable()


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("a\tb\x02c", "a b c"),
        ("Zoe\u0308 and Ångström", "Zoë and Ångström"),
        ("ok \u200bhere\ufe0f", "ok here"),
        ("peace: سلام عليكم!", f"peace: {LEFT_OUT} {LEFT_OUT}!"),
        ("שלום", LEFT_OUT),
        ("नमस्ते", LEFT_OUT),
        ("\U0010fffe and \ue000\ue001", f"{LEFT_OUT} and {LEFT_OUT}"),
    ],
)
def test_what_cannot_be_drawn_is_left_out(text: str, drawn: str) -> None:
    assert make_drawable(text) == (drawn, LEFT_OUT in drawn)


def test_every_character_that_is_drawn_is_in_its_font() -> None:
    text, _ = make_drawable("plain ж Ω → ☺ 日本語 한국어 ไทย 🎉 👩‍🚀 ½ ﬁ Ａ")
    for size, bold in ((26, False), (52, True)):
        pieces = list(split_by_font(text, size, bold=bold))
        assert "".join(piece for _, piece in pieces) == text
        missing = [bytes(font.getmask("\U0010ffff")) for font in load_fonts(size, bold=bold)]
        for font, piece in pieces:
            assert not [char for char in piece if char != " " and bytes(font.getmask(char)) in missing]


def test_a_picture_says_that_something_is_left_out(channel: Channel, say: Say) -> None:
    say(channel, "ann", "hello", at=AT)
    plain = draw_lines(channel, AT.date(), archive.fetch_messages_of_day(channel, AT.date(), 5))
    say(channel, "ann", "नमस्ते", at=AT)
    lacking = draw_lines(channel, AT.date(), archive.fetch_messages_of_day(channel, AT.date(), 5))
    assert [_says_so(picture) for picture in (plain, lacking)] == [False, True]


def _says_so(picture: Picture) -> bool:
    return any(isinstance(part, Text) and "cannot show" in part.text for part in picture.parts)
