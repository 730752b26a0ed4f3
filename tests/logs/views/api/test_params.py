"""Parameters at the extremes of their types: an answer or a 422 with a sentence, never an internal error."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from logs.models import Channel
from logs.views.api.middleware import rate_limiter
from logs.views.api.openapi import api as described_api
from tests.conftest import Say
from tests.logs.views.api.conftest import GARDEN, Caller

pytestmark = pytest.mark.django_db

TIMES = [
    *("0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59-14:00"),
    *(
        "2009-12-15T00:00:00+15:59",
        "2009-12-15T00:00:00+16:00",
        "2009-12-15T00:00:00-23:59",
        "2009-12-15T00:00:00+24:00",
    ),
    *("2016-12-31T23:59:60Z", "2009-12-15T00:00:00.0000001Z", "2009-12-15T24:00:00Z", "2009-12-15 00:00", "2009-12-15"),
]
DAYS = ["0001-01-01", "9999-12-31", "0000-01-01", "10000-01-01", "2026-02-29", "-0001-01-01", "2009-12-15T00:00:00Z"]
INTEGERS = ["-1", "0", "2147483648", str(2**63), "9" * 400, "1e3", "\uff11"]
POSITIONS = ["", "0", "0-0", "9" * 10, f"{'9' * 17}-{'9' * 10}", f"{'9' * 16}-{'9' * 9}-{'9' * 9}", "1-", "\0"]
TEXTS = [
    *("", "\0", "/", "%", "'", "\\", "\U0010ffff", "\u202e", "x" * 3000, "a/b/c", "after:9999-12-31", '"', "("),
    *("after:0001-01-01 before:9999-12-31", "on:0000-00-00", "text:" * 200),
]


def list_values(schema: dict[str, Any]) -> list[str]:
    extremes = {"date-time": TIMES, "date": DAYS, "integer": INTEGERS, "boolean": ["true", "maybe"], "string": TEXTS}
    if "pattern" in schema:
        return POSITIONS
    if schema["type"] == "array":
        return list_values(schema["items"])
    values = extremes[schema.get("format", schema["type"])]
    return values + [str(schema[bound]) for bound in ("minimum", "maximum") if bound in schema]


def list_requests() -> Iterator[tuple[str, dict[str, str]]]:
    """Every operation but the stream, with one of its parameters at an extreme."""
    for path, operations in described_api.get_openapi_schema()["paths"].items():
        if path.endswith("/live"):
            continue
        usual = {"network": "testnet", "channel": "garden", "number": "1"}
        parameters = operations["get"]["parameters"]
        required = {each["name"]: "x" for each in parameters if each["in"] == "query" and each["required"]}
        for parameter in parameters:
            for value in list_values(parameter["schema"]):
                if parameter["in"] == "query":
                    yield path.format_map(usual), required | {parameter["name"]: value}


def test_no_parameter_at_its_extreme_is_an_internal_error(
    channel: Channel, say: Say, api: Caller, settings: Any
) -> None:
    settings.API_PER_ADDRESS = 1_000_000
    say(channel, "ann", "x")
    count = 0
    for path, query in list_requests():
        response = api.get(path, **query)
        assert response.status_code in {200, 404, 422}, (path, query, response.content)
        assert response.status_code == 200 or response.json()["detail"]
        count += 1
    assert count > 100
    for query in ("q=%ED%A0%80", "q=%FF", "q=%00"):
        assert api.get(f"{GARDEN}/search?{query}").status_code in {200, 422}
    rate_limiter.clear()


@pytest.mark.parametrize("offset", ["+14:00", "-12:00", "+15:59", "+16:00", "+23:59", "-23:59"])
def test_a_time_means_the_same_with_any_offset(channel: Channel, say: Say, api: Caller, offset: str) -> None:
    at = datetime.fromisoformat(f"2026-03-01T09:00:00{offset}")
    say(channel, "ann", "x", at=at.astimezone(UTC))
    assert len(api.json(f"{GARDEN}/lines", since=at.isoformat())["lines"]) == 1
    assert api.json(f"{GARDEN}/lines", until=at.isoformat())["lines"] == []


def test_a_plus_that_became_a_blank_is_explained(channel: Channel, api: Caller) -> None:
    response = api.get(f"{GARDEN}/lines?since=2026-03-01T09:00:00+01:00")
    assert response.status_code == 422
    assert "write the + of an offset as %2B" in response.json()["detail"]
