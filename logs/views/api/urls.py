"""The URLs of the API."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from logs.views.api.docs_page import show_page
from logs.views.api.problems import problem_response
from logs.views.api.v1 import api


@csrf_exempt
def not_found(request: HttpRequest, rest: str) -> HttpResponse:  # noqa: ARG001
    return problem_response(404)


def redirect_to_docs(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    return redirect("api_page")


urlpatterns: list[Any] = [
    path("", redirect_to_docs, name="api_root"),
    path("v1/", redirect_to_docs, name="api_v1_root"),
    path("v1/docs", show_page, name="api_page"),
    path("v1/", api.urls),
    path("<path:rest>", not_found, name="api_nothing"),
]
