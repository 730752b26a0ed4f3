"""PostgreSQL without installing it, and what else a fresh machine lacks."""

from __future__ import annotations


class EmbeddedError(Exception):
    """The embedded server cannot be used; the text is one sentence for the person who started it."""


def prepare() -> None:
    """Makes `DATABASE_URL` and `SECRET_KEY` hold something usable; what is already set is left alone."""
