"""The keys of the search index are what their first, slower version returned."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.db import connection
from hypothesis import example, given, settings
from hypothesis import strategies as st

from logs.models import Kind
from tests import examples
from tests.logs.search.conftest import PIECES

pytestmark = pytest.mark.django_db

FIRST_FUNCTIONS = Path(__file__).resolve().parents[2] / "data" / "upgrade" / "first-search-functions.sql"

texts = st.lists(
    st.sampled_from([*PIECES, "http://x", "WWW.x.org", "wwwx", ": //", "\x0304,5"]) | st.text(max_size=10), max_size=5
).map(" ".join)
moments = st.builds(datetime.combine, st.dates(date(1, 1, 2), date(9999, 12, 30)), st.times(), st.just(UTC))


@pytest.fixture
def first_functions(db: None) -> None:
    """The first version of the functions, under names of their own: indexes of old databases were made with it."""
    with connection.cursor() as cursor:
        cursor.execute(FIRST_FUNCTIONS.read_text(encoding="utf-8"))


@settings(max_examples=examples.count(100, nightly=300))
@given(texts.filter(lambda text: "\0" not in text), moments, st.sampled_from(Kind))
@example("kelvin \u212a www\u0130 ſ", datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC), Kind.MESSAGE)
@example("", datetime(2024, 2, 29, 23, 59, 59, 999999, tzinfo=UTC), Kind.JOIN)
def test_both_versions_agree(first_functions: None, text: str, at: datetime, kind: Kind) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT logs_keys(7, %s, 'ann', %s::smallint, %s) = first_keys(7, %s, 'ann', %s::smallint, %s)",
            [at, int(kind), text, at, int(kind), text],
        )
        assert cursor.fetchone() == (True,)
