"""The web process: pages and live behind one WSGI callable."""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "botbot.settings")

from django.core.wsgi import get_wsgi_application

from botbot.serving import handing_over

django = get_wsgi_application()

from logs.views.crowd import newcomer  # noqa: E402  (asks for settings)

application = handing_over(django, newcomer)
