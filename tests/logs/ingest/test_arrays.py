"""Columns as arrays: what goes in comes out of PostgreSQL, whatever it is."""

from __future__ import annotations

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from logs.ingest.store import integer_array, text_array
from tests import examples

pytestmark = pytest.mark.django_db

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)


def back(array: str, query: str) -> list[object]:
    with connection.cursor() as cursor:
        cursor.execute(query, [array])
        return [value for (value,) in cursor.fetchall()]


@settings(max_examples=examples.count(66, nightly=200))
@given(
    st.lists(st.none() | TEXT | st.sampled_from(["", "NULL", "null", "{}", '"', "\\", ",", " x ", "\t\n\r", "'", "%s"]))
)
def test_text_arrays_are_read_back(values: list[str | None]) -> None:
    assert back(text_array(values), "SELECT * FROM unnest(%s::text[])") == values


@given(st.lists(st.integers(-(2**31), 2**31 - 1), max_size=20))
@settings(max_examples=20)
def test_integer_arrays_are_read_back(values: list[int]) -> None:
    assert back(integer_array(values), "SELECT * FROM unnest(%s::integer[])") == values
