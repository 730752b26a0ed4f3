"""The web process: one gevent worker that serves pages and holds live streams. PORT, BIND: docs/settings.md."""

import botbot.green  # noqa: F401, I001  (first: see its docstring)

import gc
import os
import socket
import sys
import time
from contextlib import closing
from datetime import timedelta

import gevent
import psycopg2

from botbot.embedded import EmbeddedError, prepare
from botbot.env import SettingError

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "botbot.settings")
try:
    prepare()
    from botbot import settings
except (SettingError, EmbeddedError) as error:
    sys.exit(f"botbot: {error}")

bind = f"{settings.BIND}:{settings.PORT}"
workers = 1
worker_class = "botbot.worker.Worker"
worker_connections = settings.LIVE_STREAMS + 1000
keepalive = 5  # seconds for the head of a request, the first one included
forwarded_allow_ips = ",".join(settings.TRUSTED_PROXIES)
graceful_timeout = 3
control_socket_disable = True
accesslog = "-"
access_log_format = "%(t)s %(s)s %(m)s %(U)s %(B)s bytes, %(M)s ms"  # what was read, not by whom


def on_starting(server):
    """What would make every page an error, or gunicorn repeat itself, ends the start with one sentence."""
    require_database(settings.DATABASES["default"])
    if not (settings.STATIC_ROOT / "staticfiles.json").exists():
        sys.exit("botbot: the static files are not collected yet: run manage.py collectstatic")
    if "GUNICORN_FD" not in os.environ and "LISTEN_FDS" not in os.environ:  # these bring sockets along
        for address in server.cfg.address:
            require_free(address)


def require_database(database):
    names = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD", "dbname": "NAME"}
    parameters = {name: database[key] for name, key in names.items() if database.get(key)}
    try:
        connection = psycopg2.connect(**parameters, connect_timeout=5)
    except psycopg2.OperationalError as error:
        where = f"{parameters['dbname']} at {parameters.get('host', 'this machine')}"
        sys.exit(f"botbot: the database {where} cannot be reached: {' '.join(str(error).split())}")
    with closing(connection), connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('logs_line')")
        if cursor.fetchone() == (None,):
            sys.exit("botbot: the database has no tables yet: run manage.py migrate")


def require_free(address):
    if not isinstance(address, tuple):
        return
    try:
        socket.create_server(address, family=socket.AF_INET6 if ":" in address[0] else socket.AF_INET).close()
    except OSError as error:
        reason = str(error.strerror).partition(" (")[0]
        sys.exit(f"botbot: cannot listen on {address[0]}:{address[1]}: {reason}. Choose others with BIND and PORT.")


def post_worker_init(worker):
    from botbot import watchdog

    watchdog.start(settings.BLOCK_LIMIT)
    gc.collect()
    gc.freeze()  # what is loaded stays: looking through it again and again would hold up pages
    gevent.spawn(say_bye_when_told_to_leave, worker)


def say_bye_when_told_to_leave(worker):
    """gunicorn stops accepting within a second of TERM or HUP; it does not know of the streams, which are ours."""
    from logs.live import service

    while worker.alive:
        time.sleep(0.1)
    service.say_bye()


def worker_int(_worker):
    """Told to leave at once (INT or QUIT)."""
    from logs.live import service

    service.say_bye()


def post_request(worker, request, environ, response):
    """The access log has no line yet for a request whose socket was given away."""
    if response is not None and response.status_code == 200 and not response.headers_sent:
        worker.log.access(response, request, environ, timedelta(0))
