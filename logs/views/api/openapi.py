"""The description of the API (OpenAPI 3.1): what django-ninja knows, and what holds for every operation."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from ninja import NinjaAPI
from ninja.operation import Operation

from logs.views.api.problems import MEDIA_TYPE
from logs.views.api.schemas import Event, Problem

DESCRIPTION = (
    "Reads the logs of IRC channels. What everybody may read needs no token and may be read from pages of any origin; "
    "cookies count for nothing. Owners of a channel make tokens for it on its manage page. Errors are "
    "application/problem+json, answers carry an ETag, and RateLimit headers tell how often you may still ask."
)

_FAILURES = {
    401: "The token is wrong or was revoked.",
    404: "There is no such thing, or it is not for this caller; the two look the same.",
    405: "Any method but GET, HEAD and OPTIONS.",
    422: "A parameter is not what it should be; `errors` tells which.",
    429: "Asked too often: Retry-After tells when to ask again.",
    500: "Something is broken here.",
    503: "The archive cannot be asked at the moment: Retry-After tells when to ask again.",
}
_LIMITS = {
    "RateLimit": "What is left: `r` requests, all back in `t` seconds.",
    "RateLimit-Policy": "What there is: `q` requests in `w` seconds.",
}


class DescribedAPI(NinjaAPI):
    """Its description, completed; made once."""

    _whole: Any = None

    def get_openapi_operation_id(self, operation: Operation) -> str:
        return operation.view_func.__name__

    def get_openapi_schema(self, **kwargs: Any) -> Any:
        if self._whole is None:
            whole: dict[str, Any] = deepcopy(dict(super().get_openapi_schema(**kwargs)))
            for operations in whole["paths"].values():
                for operation in operations.values():
                    _complete(operation)
            for kind in (Problem, Event):
                whole["components"]["schemas"][kind.__name__] = kind.model_json_schema(mode="serialization")
            scheme = {"type": "http", "scheme": "bearer", "description": "A token from a channel's manage page."}
            whole["components"]["securitySchemes"] = {"token": scheme}
            self._whole = whole
        return self._whole


def _complete(operation: dict[str, Any]) -> None:
    for parameter in operation["parameters"]:
        parameter["schema"] = _given(parameter["schema"])
    responses = {str(status): told for status, told in operation["responses"].items()}
    for told in responses.values():
        told["headers"] = _headers(_LIMITS | {"ETag": "Give it as If-None-Match to be told 304 if nothing changed."})
    responses |= {"304": {"description": "You have it already."}} if "200" in responses else {}
    for status, words in _FAILURES.items():
        responses.setdefault(str(status), describe_failure(words))
    responses["414"] = {"description": "The address is longer than 4,000 bytes.", "content": {"text/html": {}}}
    operation["responses"] = dict(sorted(responses.items()))
    operation["security"] = [{}, {"token": []}]


def describe_failure(words: str) -> dict[str, Any]:
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": words, "content": content}


def _headers(words: dict[str, str]) -> dict[str, Any]:
    return {name: {"description": told, "schema": {"type": "string"}} for name, told in words.items()}


def _given(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter is there or not: it is never null."""
    if "anyOf" not in schema:
        return schema
    (kind,) = [choice for choice in schema["anyOf"] if choice.get("type") != "null"]
    rest = {name: value for name, value in schema.items() if name not in {"anyOf", "default"}}
    given: dict[str, Any] = kind | rest
    return given
