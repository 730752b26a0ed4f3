"""Addresses in templates are those of the request's prefix and URL configuration, though they are kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from django.urls import NoReverseMatch, set_script_prefix, set_urlconf

from botbot.jinja import url


@pytest.fixture(autouse=True)
def usual_addresses() -> Iterator[None]:
    set_script_prefix("/")
    set_urlconf(None)
    yield
    set_script_prefix("/")
    set_urlconf(None)


def test_an_address_has_the_prefix_of_the_request() -> None:
    assert url("day", "libera", "#python", date(2026, 3, 1)) == "/libera/python/2026-03-01/"
    set_script_prefix("/logs/")
    assert url("day", "libera", "#python", date(2026, 3, 1)) == "/logs/libera/python/2026-03-01/"
    set_script_prefix("/")
    assert url("day", network="libera", channel="#python", day="2026-03-01") == "/libera/python/2026-03-01/"


def test_an_address_is_one_of_the_url_configuration_of_the_request() -> None:
    assert url("network", "libera") == "/libera/"
    set_urlconf("botbot.realtime_urls")
    with pytest.raises(NoReverseMatch):
        url("network", "libera")
