"""Middleware: the Content-Security-Policy of all responses."""

from __future__ import annotations

from functools import cache

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.http import HttpRequest
from django.http.response import HttpResponseBase

_OWN_POLICY = ("_csp_config", "_csp_exempt", "_csp_replace", "_csp_update")
"""Set by django-csp's decorators on the responses of views that have a policy of their own."""


class ContentSecurityPolicy(CSPMiddleware):  # type: ignore[misc]
    """django-csp's middleware, which builds the policy anew for each response: a quarter of what a request costs.

    The site uses no nonces.
    """

    def process_request(self, request: HttpRequest) -> None:
        """Offer no nonce: a policy with one would be the response's own."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if any(hasattr(response, name) for name in _OWN_POLICY):
            built: HttpResponseBase = super().process_response(request, response)
            return built
        response.headers.setdefault(HEADER, _site_policy())
        return response


@cache
def _site_policy() -> str:
    policy: str = build_policy()
    return policy
