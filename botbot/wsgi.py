"""The WSGI application of the web process: pages and live."""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "botbot.settings")

from django.core.wsgi import get_wsgi_application

from botbot.gunicorn_hooks import hand_over_streams

application = hand_over_streams(get_wsgi_application())
