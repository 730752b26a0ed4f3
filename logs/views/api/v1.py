"""Version 1 of the API: all its operations."""

from __future__ import annotations

from django.conf import settings

from logs.views.api import days, lines, live, search, site, stats
from logs.views.api.described import TOLD, DescribedAPI
from logs.views.api.problems import handle

api = DescribedAPI(title=settings.SITE_NAME, version="1", description=TOLD, docs_url=None, urls_namespace="api")
for part in (site, days, lines, search, stats, live):
    api.add_router("", part.router)
handle(api)
