"""The web: WEB_PROCESSES gevent workers that serve pages and hold live streams. PORT, BIND: docs/settings.md."""

import botbot.green  # noqa: F401, I001  (first: see its docstring)

import os
import socket
import sys
from contextlib import closing

import psycopg2

from botbot import gunicorn_hooks, pooler, pooler_checks
from botbot import env
from botbot.embedded import EmbeddedError, prepare
from botbot.env import SettingError
from botbot.gunicorn_hooks import (  # noqa: F401  (gunicorn looks for these names)
    child_exit,
    on_reload,
    post_fork,
    post_request,
    pre_fork,
    worker_exit,
    worker_int,
)
from botbot.gunicorn_worker import ACCESS_LOG
from logs.sharing import processes

OWN_CONNECTIONS = 4  # of live and of pages that wait for a code, beside the pool of each process

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "botbot.settings")
try:
    env.load()
    prepare()
    from botbot import settings
except (SettingError, EmbeddedError) as error:
    sys.exit(f"botbot: {error}")

bind = f"{settings.BIND}:{settings.PORT}"
workers = settings.WEB_PROCESSES
worker_class = "botbot.gunicorn_worker.Worker"
logger_class = "botbot.gunicorn_worker.Log"
worker_connections = settings.LIVE_STREAMS + 1000
keepalive = 5  # seconds for the head of a request, the first one included
forwarded_allow_ips = ",".join(settings.TRUSTED_PROXIES)
# A header SCRIPT_NAME would cut the start off a path, and so get past rules of a proxy for /metrics.
forwarder_headers = ""
graceful_timeout = 3
control_socket_disable = True
accesslog = "-"
access_log_format = ACCESS_LOG


def on_starting(server):
    """Refuse to start, with one sentence, when every page would be an error or gunicorn would retry for ever."""
    require_database(settings.DATABASES["default"], server)
    if not (settings.STATIC_ROOT / "staticfiles.json").exists():
        sys.exit("botbot: the static files are not collected yet: run manage.py collectstatic")
    if "GUNICORN_FD" not in os.environ and "LISTEN_FDS" not in os.environ:  # inherited sockets are bound already
        for address in server.cfg.address:
            require_free(address)
    processes.create(server.cfg.workers)


def require_database(database, server):
    parameters = pooler.libpq_parameters(database)
    try:
        connection = psycopg2.connect(**parameters)
        problems = [problem for problem in pooler_checks.find_problems() if problem.is_error]
    except psycopg2.OperationalError as error:
        if explained := pooler_checks.explain(error):
            sys.exit(f"botbot: {explained}")
        where = f"{parameters.get('dbname', 'of the service')} at {parameters.get('host', 'this machine')}"
        sys.exit(f"botbot: the database {where} cannot be reached: {' '.join(str(error).split())}")
    if problems:
        sys.exit(f"botbot: {problems[0]}")
    with closing(connection), connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('logs_line')")
        if cursor.fetchone() == (None,):
            sys.exit("botbot: the database has no tables yet: run manage.py migrate")
        cursor.execute("SHOW max_connections")
        own = OWN_CONNECTIONS + (settings.DATABASE_POOL if settings.DATABASE_POOLER == pooler.NONE else 0)
        allowed, needed = int(cursor.fetchone()[0]), server.cfg.workers * own
    if needed > allowed:
        sentence = "the database allows %d connections, the web may need %d: lower DATABASE_POOL or WEB_PROCESSES"
        server.log.warning(sentence, allowed, needed)


def require_free(address):
    if not isinstance(address, tuple):
        return
    try:
        socket.create_server(address, family=socket.AF_INET6 if ":" in address[0] else socket.AF_INET).close()
    except OSError as error:
        reason = str(error.strerror).partition(" (")[0]
        sys.exit(f"botbot: cannot listen on {address[0]}:{address[1]}: {reason}. Choose others with BIND and PORT.")


def post_worker_init(worker):
    import gevent

    from botbot import process_metrics
    from botbot.schema_check import log_problems
    from logs.greenlets import spawn_lasting
    from logs.live import relay
    from logs.site_notices import watch_bot
    from logs.views.http.admission import get_admission
    from logs.views.live.live_view import admit_follower

    worker.admit_follower = admit_follower
    worker.admit = get_admission().admit
    gunicorn_hooks.load_pages()
    gunicorn_hooks.start_worker(worker, settings.BLOCK_LIMIT)
    relay.start()
    gevent.spawn(log_problems)
    if settings.EMAIL_URL:
        spawn_lasting("watching the bot", watch_bot)
    process_metrics.start()
