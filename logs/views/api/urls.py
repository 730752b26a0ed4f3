"""The operations of version 1 of the API, and its URLs."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from logs.views.api import channel_endpoints, line_endpoints, live_endpoint
from logs.views.api.openapi import api, show_docs_page
from logs.views.api.responses import add_exception_handlers, problem_response

# In the order of the documentation.
ROUTERS = (
    channel_endpoints.router,
    line_endpoints.days_router,
    line_endpoints.router,
    line_endpoints.search_router,
    channel_endpoints.stats_router,
    live_endpoint.router,
)
for router in ROUTERS:
    api.add_router("", router)
add_exception_handlers(api)


@csrf_exempt
def not_found(request: HttpRequest, rest: str) -> HttpResponse:  # noqa: ARG001
    return problem_response(404)


def redirect_to_docs(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    return redirect("api_page")


urlpatterns: list[Any] = [
    path("", redirect_to_docs, name="api_root"),
    path("v1/", redirect_to_docs, name="api_v1_root"),
    path("v1/docs", show_docs_page, name="api_page"),
    path("v1/", api.urls),
    path("<path:rest>", not_found, name="api_nothing"),
]
