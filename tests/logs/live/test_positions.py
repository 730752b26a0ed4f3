"""Positions in several channels: any ids come back from the text as they went in, and no other text is one."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logs.live.combined import MAX_NUMBER, encode_position, parse_position

IDS = st.dictionaries(st.integers(1, MAX_NUMBER), st.integers(0, MAX_NUMBER), max_size=50)


@given(IDS)
def test_ids_survive_encoding(ids: dict[int, int]) -> None:
    assert parse_position(encode_position(ids)) == ids


@given(st.text(alphabet="ABfgz019-_", max_size=40))
def test_any_text_is_a_position_or_refused(text: str) -> None:
    try:
        ids = parse_position(text)
    except ValueError:
        return
    assert all(0 < channel <= MAX_NUMBER and 0 <= last_id <= MAX_NUMBER for channel, last_id in ids.items())


@pytest.mark.parametrize("text", ["B", "AB", "é", "B g", "g", "B_____________", "B" * 6001, "BBA"])
def test_invalid_positions_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(text)):
        parse_position(text)


def test_five_hundred_channels_fit_into_an_address() -> None:
    """An address has at most 4,000 bytes."""
    assert len(encode_position({channel: 900_000 + channel for channel in range(1, 501)})) < 3000
