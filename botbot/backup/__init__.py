"""Backups of the database: `manage.py backup` (dump.py) and `manage.py restore` (restore.py)."""

from __future__ import annotations


class BackupError(Exception):
    """A backup or restore that cannot be done; the text is for the person who started it."""
