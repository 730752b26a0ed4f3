"""Logging of every process: to standard error, for the service manager to store."""

from __future__ import annotations

import logging
from typing import Any

from botbot import env

# Our format has neither threads nor source positions; with gevent, finding the thread costs an object per request.
# https://docs.python.org/3/howto/logging.html#optimization
logging.logThreads = False
logging.logMultiprocessing = False
logging._srcfile = None

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.choice("LOG_LEVEL", "INFO", ["DEBUG", "INFO", "WARNING", "ERROR"])},
}
