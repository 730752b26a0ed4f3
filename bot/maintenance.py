"""Recurring work on the archive: publishes delayed lines, deletes lines older than their channel keeps them.

It runs beside the supervisor, which must not wait for it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from time import monotonic

import gevent
from django.db import DatabaseError, InterfaceError, connection

from logs import moderation, retention
from logs.imports import upload

logger = logging.getLogger(__name__)

PUBLISH_INTERVAL_SECONDS = 1.0
EXPIRE_INTERVAL_SECONDS = 60.0
MAX_EXPIRED_LINES = 20_000
"""Lines deleted in one go, which takes a few seconds: delayed lines must not wait longer to be published."""


def run_maintenance(is_leader: Callable[[], bool]) -> None:
    """Run for ever; does nothing while another bot is the leader or the database is away."""
    expired_at = -EXPIRE_INTERVAL_SECONDS
    problem = ""
    while True:
        gevent.sleep(PUBLISH_INTERVAL_SECONDS)
        if not is_leader():
            continue
        try:
            moderation.release_due()
            if monotonic() - expired_at > EXPIRE_INTERVAL_SECONDS:
                upload.delete_expired_uploads()
                deleted_count = retention.apply_retention(max_lines=MAX_EXPIRED_LINES)
                # After a full batch there may be more, so the next round goes on after publishing what is due.
                if deleted_count < MAX_EXPIRED_LINES:
                    expired_at = monotonic()
                if deleted_count:
                    logger.info("deleted %d lines that were older than their channels keep them", deleted_count)
            problem = ""
        except (DatabaseError, InterfaceError) as error:
            if not problem:
                logger.warning("publishing delayed lines and deleting old ones has to wait: %s", error)
            problem = str(error)
        finally:
            connection.close()
