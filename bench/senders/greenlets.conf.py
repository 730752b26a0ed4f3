"""gunicorn's settings for greenlets.py."""

import os

bind = f"127.0.0.1:{os.environ['PORT']}"
worker_class = "gevent"
worker_connections = 65_000
backlog = 4096
graceful_timeout = 3
control_socket_disable = True
