"""The web process: pages and live behind one WSGI callable."""

from __future__ import annotations

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
