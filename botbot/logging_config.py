"""Logging of every process: to standard error, for the service manager to store."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from time import monotonic
from typing import Any

from botbot import env

# Our format has neither threads nor source positions; with gevent, finding the thread costs an object per request.
# https://docs.python.org/3/howto/logging.html#optimization
logging.logThreads = False
logging.logMultiprocessing = False
logging._srcfile = None

UNAVAILABLE_LOG_SECONDS = 10.0


class DatabaseUnavailableFilter(logging.Filter):
    """Logs pages that failed because the database is away or all connections are in use: one line in ten seconds.

    A traceback of each would fill the disk while the database is away, and says nothing about its reason.
    """

    def __init__(self) -> None:
        super().__init__()
        self._logged_at = -UNAVAILABLE_LOG_SECONDS
        self._unlogged = 0

    def filter(self, record: logging.LogRecord) -> bool:
        from django.db import InterfaceError, OperationalError  # not at import: settings are read first

        error = record.exc_info[1] if record.exc_info else None
        if record.name != "django.request" or not isinstance(error, OperationalError | InterfaceError):
            return True
        self._unlogged += 1
        now = monotonic()
        if now - self._logged_at < UNAVAILABLE_LOG_SECONDS:
            return False
        reason = " ".join(str(error).split())
        record.msg, record.args = "%d pages failed because of the database: %s", (self._unlogged, reason)
        record.exc_info = record.exc_text = None
        self._logged_at, self._unlogged = now, 0
        return True


class JsonFormatter(logging.Formatter):
    """One JSON object for each record, on one line; a traceback is in its member `traceback`."""

    def format(self, record: logging.LogRecord) -> str:
        content = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            content["traceback"] = self.formatException(record.exc_info)
        return json.dumps(content, ensure_ascii=False)


LOG_FORMAT = env.choice("LOG_FORMAT", "text", ["text", "json"])
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "text": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"},
        "json": {"()": JsonFormatter},
    },
    "filters": {"database": {"()": DatabaseUnavailableFilter}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT, "filters": ["database"]}},
    "root": {"handlers": ["stderr"], "level": env.choice("LOG_LEVEL", "INFO", ["DEBUG", "INFO", "WARNING", "ERROR"])},
}
