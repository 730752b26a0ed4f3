"""What every process logs, and where: to the standard error, for whoever runs it to keep."""

from __future__ import annotations

import logging
from typing import Any

from botbot import env

# Nobody reads names of threads or places in the source, and with gevent the first makes an object for each request.
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
