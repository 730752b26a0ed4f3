"""What falls due by itself: delayed lines are published, old ones deleted. Beside the supervisor, which cannot wait."""

from __future__ import annotations

import logging
from collections.abc import Callable
from time import monotonic

import gevent
from django.db import DatabaseError, InterfaceError, connection

from logs import moderation, retention
from logs.imports import upload

logger = logging.getLogger(__name__)

PUBLISH_EVERY = 1.0
EXPIRE_EVERY = 60.0
EXPIRE_AT_ONCE = 20_000
"""A few seconds' work, so that delayed lines do not wait for it."""


def tidy(may_act: Callable[[], bool]) -> None:
    """Runs for ever; does nothing while another bot does it or the database is away."""
    expired = -EXPIRE_EVERY
    trouble = ""
    while True:
        gevent.sleep(PUBLISH_EVERY)
        if not may_act():
            continue
        try:
            moderation.release_due()
            if monotonic() - expired > EXPIRE_EVERY:
                upload.delete_expired_uploads()
                gone = retention.keep_retention(most=EXPIRE_AT_ONCE)
                if gone < EXPIRE_AT_ONCE:
                    expired = monotonic()
                if gone:
                    logger.info("%d lines were older than their channels keep them", gone)
            trouble = ""
        except (DatabaseError, InterfaceError) as error:
            if not trouble:
                logger.warning("delayed and old lines have to wait: %s", error)
            trouble = str(error)
        finally:
            connection.close()
