"""Connections outside the pool: their session settings, and that they follow DATABASES."""

from __future__ import annotations

from contextlib import closing

import pytest
from django.db import connection

from logs.models.postgres import open_direct_connection


@pytest.mark.django_db
def test_a_direct_connection_is_a_named_session_of_its_own() -> None:
    with closing(open_direct_connection("test")) as opened, opened.cursor() as cursor:
        cursor.execute("SELECT current_database(), current_setting('application_name'), pg_backend_pid()")
        database, name, backend = cursor.fetchone() or ()
    with connection.cursor() as pooled:
        pooled.execute("SELECT pg_backend_pid()")
        assert pooled.fetchone() != (backend,)
    assert (database, name) == (connection.settings_dict["NAME"], "botbot test")
    assert opened.autocommit


@pytest.mark.django_db
def test_options_of_the_database_setting_apply(monkeypatch: pytest.MonkeyPatch) -> None:
    options = {
        "application_name": "library",
        "options": "-c statement_timeout=1234ms",
        "keepalives_idle": 7,
        "MAX_CONNS": 3,
    }
    monkeypatch.setitem(connection.settings_dict, "OPTIONS", options)
    with closing(open_direct_connection("test")) as opened, opened.cursor() as cursor:
        cursor.execute("SELECT current_setting('application_name'), current_setting('statement_timeout')")
        assert cursor.fetchone() == ("library test", "1234ms")
        parameters = opened.get_dsn_parameters()
    assert parameters["keepalives_idle"] == "7"
    assert parameters["keepalives_count"] == "3"
    assert (parameters["tcp_user_timeout"], parameters["connect_timeout"]) == ("10000", "5")
