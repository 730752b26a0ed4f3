"""Recurring work on the archive: publishes delayed lines, deletes old ones, finds which lines answer each other.

It runs beside the supervisor, which must not wait for it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from time import monotonic

import gevent
from django.db import DatabaseError, InterfaceError, connection

from logs import mail_addresses, moderation, notice_mail, owner_notices, planned_deletions, retention, site_notices
from logs.conversations import backlog
from logs.greenlets import run_in_thread
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
                deleted_count = planned_deletions.carry_out_due(max_lines=MAX_EXPIRED_LINES)
                deleted_count += retention.apply_retention(max_lines=MAX_EXPIRED_LINES)
                # After a full batch there may be more, so the next round goes on after publishing what is due.
                if deleted_count < MAX_EXPIRED_LINES:
                    expired_at = monotonic()
                if deleted_count:
                    logger.info(
                        "deleted %d lines that were purged or older than their channels keep them", deleted_count
                    )
            problem = ""
        except (DatabaseError, InterfaceError) as error:
            if not problem:
                logger.warning("publishing delayed lines and deleting old ones has to wait: %s", error)
            problem = str(error)
        finally:
            connection.close()


LINK_INTERVAL_SECONDS, NOTICE_INTERVAL_SECONDS = 2.0, 60.0
"""Somebody waits for a link; a notice may come a minute later."""

BACKUP_INTERVAL_SECONDS = 600.0
"""How often the folder of the backups is looked at."""


def run_owner_notices(is_leader: Callable[[], bool]) -> None:
    """Find what owners and administrators should know, and send mails. Runs for ever; the sessions send the memos."""
    problem = backup_problem = ""
    updated_at, backups_at = monotonic(), -BACKUP_INTERVAL_SECONDS
    while True:
        gevent.sleep(LINK_INTERVAL_SECONDS)
        if not is_leader():
            continue
        try:
            notice_mail.send_confirmations()
            if monotonic() - updated_at >= NOTICE_INTERVAL_SECONDS:
                updated_at = monotonic()
                mail_addresses.delete_unneeded()
                if monotonic() - backups_at >= BACKUP_INTERVAL_SECONDS:
                    backups_at = monotonic()
                    # In a thread: the folder may have many files, or be on another machine.
                    backup_problem = run_in_thread(site_notices.look_for_backups)
                owner_notices.update_notices(backup_problem=backup_problem)
                notice_mail.send_to_owners()
                notice_mail.send_to_administrators()
            problem = ""
        except (DatabaseError, InterfaceError) as error:
            if not problem:
                logger.warning("notices to owners have to wait: %s", error)
            problem = str(error)
        finally:
            connection.close()


REPLY_INTERVAL_SECONDS = 1.0
REPLY_WORK_SECONDS, REST_PER_WORK, MAX_REST_SECONDS = 0.0005, 3, 0.02
"""It is computation: it rests often, so that connections get their turn, and takes a quarter of a core at most."""


def run_reply_backlog(is_leader: Callable[[], bool]) -> None:
    """Find the answers of lines that were stored without them, for example by imports. Runs for ever, and yields."""
    problem = ""
    while True:
        gevent.sleep(REPLY_INTERVAL_SECONDS)
        if not is_leader():
            continue
        try:
            backlog.work_for(REPLY_INTERVAL_SECONDS, _make_rest())
            problem = ""
        except (DatabaseError, InterfaceError) as error:
            if not problem:
                logger.warning("finding which lines answer each other has to wait: %s", error)
            problem = str(error)
        finally:
            connection.close()


def _make_rest() -> Callable[[], None]:
    """Return a function that lets other greenlets run when it has not done so for REPLY_WORK_SECONDS."""
    worked_since = monotonic()

    def rest() -> None:
        nonlocal worked_since
        worked_seconds = monotonic() - worked_since
        if worked_seconds > REPLY_WORK_SECONDS:
            gevent.sleep(min(REST_PER_WORK * worked_seconds, MAX_REST_SECONDS))
            worked_since = monotonic()

    return rest
