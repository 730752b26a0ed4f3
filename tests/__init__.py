"""Tests mirror the source; helpers that they share lie here."""

import pytest

pytest.register_assert_rewrite("tests.chromium", "tests.logged_channel", "tests.ircd", "tests.processes")
