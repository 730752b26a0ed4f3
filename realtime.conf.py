"""A realtime process: `gunicorn -c realtime.conf.py botbot.realtime`. docs/operating.md says when to run one."""

import botbot.green  # noqa: F401, I001  (first: see its docstring)

import os
import sys

from botbot import gunicorn_hooks
from botbot import env
from botbot.env import SettingError
from botbot.gunicorn_hooks import (  # noqa: F401  (gunicorn looks for these names)
    on_reload,
    post_fork,
    post_request,
    worker_exit,
    worker_int,
)
from botbot.gunicorn_worker import ACCESS_LOG

os.environ["DJANGO_SETTINGS_MODULE"] = "botbot.realtime_settings"
try:
    env.load()
    from botbot import realtime_settings as settings
except SettingError as error:
    sys.exit(f"botbot: {error}")

bind = f"{settings.BIND}:{settings.PORT}"
workers = 1
worker_class = "botbot.gunicorn_worker.Worker"
logger_class = "botbot.gunicorn_worker.Log"
worker_connections = settings.LIVE_STREAMS + 1000
keepalive = 5
forwarded_allow_ips = ",".join(settings.TRUSTED_PROXIES)
# A header SCRIPT_NAME would cut the start off a path, and so get past rules of a proxy for /metrics.
forwarder_headers = ""
graceful_timeout = 3
control_socket_disable = True
accesslog = "-"
access_log_format = ACCESS_LOG


def post_worker_init(worker):
    from logs.live import service

    service.get_hub()  # connect to Redis before the first reader comes
    gunicorn_hooks.start_worker(worker, settings.BLOCK_LIMIT)
