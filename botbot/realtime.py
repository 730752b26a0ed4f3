"""The realtime process: live alone, from Redis. It knows neither the database nor the secrets of the site."""

from __future__ import annotations

import os

os.environ["DJANGO_SETTINGS_MODULE"] = "botbot.realtime_settings"

from django.core.wsgi import get_wsgi_application

from botbot.gunicorn_hooks import hand_over_streams

application = hand_over_streams(get_wsgi_application())
