"""The web process: pages and live behind one WSGI callable."""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "botbot.settings")

from django.core.wsgi import get_wsgi_application

from botbot.gunicorn_hooks import handing_over

application = handing_over(get_wsgi_application())
