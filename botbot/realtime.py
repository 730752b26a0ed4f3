"""The WSGI application of a realtime process: only live, from Redis, without the database and the site's secrets."""

from __future__ import annotations

import os

os.environ["DJANGO_SETTINGS_MODULE"] = "botbot.realtime_settings"

from django.core.wsgi import get_wsgi_application

from botbot.gunicorn_hooks import hand_over_streams

application = hand_over_streams(get_wsgi_application())
