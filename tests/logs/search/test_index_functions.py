"""What the index was made with and what it is asked with now come to the same."""

from __future__ import annotations

from datetime import UTC, date, datetime
from importlib import import_module

import pytest
from django.db import connection
from hypothesis import example, given, settings
from hypothesis import strategies as st

from logs.models import Kind
from tests.logs.search.conftest import PIECES

pytestmark = pytest.mark.django_db

texts = st.lists(
    st.sampled_from([*PIECES, "http://x", "WWW.x.org", "wwwx", ": //", "\x0304,5"]) | st.text(max_size=10), max_size=5
).map(" ".join)
moments = st.builds(datetime.combine, st.dates(date(1, 1, 2), date(9999, 12, 30)), st.times(), st.just(UTC))


@pytest.fixture
def first_functions(db: None) -> None:
    """The functions as lines were indexed by once, under names of their own."""
    words = import_module("logs.migrations.0002_search").FUNCTIONS.partition("CREATE FUNCTION logs_nick(")[0]
    keys = import_module("logs.migrations.0019_years").KEYS
    with connection.cursor() as cursor:
        cursor.execute(words.replace("logs_words", "first_words"))
        cursor.execute(keys.replace("logs_keys", "first_keys"))


@settings(max_examples=300)
@given(texts.filter(lambda text: "\0" not in text), moments, st.sampled_from(Kind))
@example("kelvin \u212a www\u0130 ſ", datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC), Kind.MESSAGE)
@example("", datetime(2024, 2, 29, 23, 59, 59, 999999, tzinfo=UTC), Kind.JOIN)
def test_cheaper_functions_find_the_same(first_functions: None, text: str, at: datetime, kind: Kind) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT logs_words(%s, %s::smallint) = first_words(%s, %s::smallint),"
            " logs_keys(7, %s, 'ann', %s::smallint, %s) = first_keys(7, %s, 'ann', %s::smallint, %s)",
            [text, int(kind), text, int(kind), at, int(kind), text, at, int(kind), text],
        )
        assert cursor.fetchone() == (True, True)
