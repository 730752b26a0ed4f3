"""The search pages: what a visitor finds, and what stays hidden."""

from __future__ import annotations

import pytest
from django.test import Client

from logs.models import Channel
from tests.conftest import Say

pytestmark = pytest.mark.django_db


def test_a_word_is_found_marked_and_linked_to_its_place(client: Client, two_days: Channel) -> None:
    page = client.get("/search/?q=morning").content.decode()
    assert "good &lt;b&gt;<mark>morning</mark>&lt;/b&gt;" in page
    assert 'href="/testnet/garden/at/1/"' in page
    assert "1 line, the newest first" in page
