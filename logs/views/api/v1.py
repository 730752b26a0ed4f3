"""Version 1 of the API: all its operations."""

from __future__ import annotations

from django.conf import settings

from logs.views.api import channel_endpoints, line_endpoints, live_endpoint, search_endpoints, stats_endpoints
from logs.views.api.openapi import DESCRIPTION, DescribedAPI
from logs.views.api.problems import add_exception_handlers

api = DescribedAPI(title=settings.SITE_NAME, version="1", description=DESCRIPTION, docs_url=None, urls_namespace="api")
ROUTERS = (
    channel_endpoints.router,
    line_endpoints.days_router,
    line_endpoints.router,
    search_endpoints.router,
    stats_endpoints.router,
    live_endpoint.router,
)
for router in ROUTERS:
    api.add_router("", router)
add_exception_handlers(api)
