"""The locations of deploy/nginx/botbot.conf know every stream of the URL configuration, and no page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

from django.urls import get_resolver, reverse

from logs.views.api.openapi import api
from tests.processes import ROOT

EXAMPLES = {"network": "libera", "channel": "#a/b%c", "line": 1, "last": 2, "day": "2026-01-01", "year": 2026}
EXAMPLES |= {
    "page": "lines",
    "legacy_line": 1,
    "legacy_day": "2026-01-01",
    "link": "x",
    "rest": "x",
    "number": 1,
    "token": "x",
}


def stream_location() -> re.Pattern[str]:
    text = (ROOT / "deploy" / "nginx" / "botbot.conf").read_text(encoding="utf-8")
    (pattern,) = re.findall(r"location ~ (\S+) \{\n\s+limit_conn botbot_live", text)
    return re.compile(pattern)


def list_paths() -> Iterator[tuple[str, bool]]:
    """Every address of the site, as nginx sees it, and whether a stream is there."""
    streams = {"live", "sign_in_events"}
    patterns = get_resolver().reverse_dict
    for name in [name for name in patterns if isinstance(name, str)]:
        for choices, *_ in patterns.getlist(name):
            for _, parameters in choices:
                address = reverse(name, kwargs={each: EXAMPLES[each] for each in parameters})
                yield unquote(address), name in streams
    for path, operations in api.get_openapi_schema()["paths"].items():
        is_stream = "text/event-stream" in operations["get"]["responses"]["200"]["content"]
        yield path.format(network="libera", channel="a/b%c", number=1), is_stream


def test_every_stream_is_in_the_location_of_streams_and_nothing_else() -> None:
    location, streams = stream_location(), 0
    for path, is_stream in list_paths():
        assert bool(location.search(path)) == is_stream, path
        streams += is_stream
    assert streams == 4
