"""The API, its OpenAPI 3.1 description, and the page on which to try each operation.

The description is what django-ninja generates, plus what applies to every operation: errors, headers, tokens.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from ninja import NinjaAPI
from ninja.operation import Operation as NinjaOperation

from logs.views.api.responses import MEDIA_TYPE
from logs.views.api.schemas import CombinedEvent, Event, Problem

DESCRIPTION = (
    "Reads the logs of IRC channels. Public channels need no token and can be read from pages of any origin; cookies "
    "are ignored. Owners of a channel create tokens for it on its manage page. Errors are application/problem+json, "
    "responses have an ETag, and RateLimit headers say how many requests remain."
)

_FAILURES = {
    401: "The token is wrong or was revoked.",
    404: "It does not exist, or this caller may not read it; the responses are the same.",
    405: "Any method but GET, HEAD and OPTIONS.",
    422: "A parameter is invalid; `errors` says which.",
    429: "Too many requests: Retry-After says when to try again.",
    500: "An internal error.",
    503: "The archive is not available at the moment: Retry-After says when to try again.",
}
_LIMITS = {
    "RateLimit": "What remains: `r` requests, all restored in `t` seconds.",
    "RateLimit-Policy": "The limit: `q` requests in `w` seconds.",
}


class DescribedAPI(NinjaAPI):
    """An API whose description is completed, once for the process."""

    _description: Any = None

    def get_openapi_operation_id(self, operation: NinjaOperation) -> str:
        return operation.view_func.__name__

    def get_openapi_schema(self, **kwargs: Any) -> Any:
        if self._description is None:
            description: dict[str, Any] = deepcopy(dict(super().get_openapi_schema(**kwargs)))
            for operations in description["paths"].values():
                for operation in operations.values():
                    _complete(operation)
            for kind in (Problem, Event, CombinedEvent):
                description["components"]["schemas"][kind.__name__] = kind.model_json_schema(mode="serialization")
            scheme = {"type": "http", "scheme": "bearer", "description": "A token from a channel's manage page."}
            description["components"]["securitySchemes"] = {"token": scheme}
            self._description = description
        return self._description


def _complete(operation: dict[str, Any]) -> None:
    for parameter in operation["parameters"]:
        parameter["schema"] = _without_null(parameter["schema"])
        # ninja writes a list, as JSON Schema has it (django-ninja's issue 1636); OpenAPI has an object, or one example.
        if examples := parameter.pop("examples", None):
            parameter["example"] = examples[0]
    # ninja's keys are numbers where JSON has strings.
    responses = {str(status): response for status, response in operation["responses"].items()}
    for response in responses.values():
        response["headers"] = _headers(
            _LIMITS | {"ETag": "Send it as If-None-Match to receive 304 if nothing changed."}
        )
    responses |= {"304": {"description": "Not modified."}} if "200" in responses else {}
    for status, words in _FAILURES.items():
        responses.setdefault(str(status), describe_failure(words))
    # gunicorn answers these itself, before Django. No content is described: generated clients would take HTML for
    # another form of every error.
    responses["414"] = {"description": "The address is longer than 4,000 bytes; answered by the server, in HTML."}
    operation["responses"] = dict(sorted(responses.items()))
    operation["security"] = [{}, {"token": []}]


def describe_failure(words: str) -> dict[str, Any]:
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": words, "content": content}


def _headers(words: dict[str, str]) -> dict[str, Any]:
    return {name: {"description": text, "schema": {"type": "string"}} for name, text in words.items()}


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Remove null from an optional parameter's schema: a parameter is absent, never null."""
    if "anyOf" not in schema:
        return schema
    (kind,) = [choice for choice in schema["anyOf"] if choice.get("type") != "null"]
    rest = {name: value for name, value in schema.items() if name not in {"anyOf", "default"}}
    schema_without_null: dict[str, Any] = kind | rest
    return schema_without_null


api = DescribedAPI(title=settings.SITE_NAME, version="1", description=DESCRIPTION, docs_url=None, urls_namespace="api")
"""Version 1. urls.py adds the operations, which import this module."""

_INPUT_TYPES = {"integer": "number", "boolean": "checkbox"}


class ParameterField(NamedTuple):
    """A parameter as a field of the page's form.

    `input` is the type of the field, `place` is "path", "query" or "header", `hint` an example.
    """

    name: str
    place: str
    input: str
    required: bool
    words: str
    hint: str


class OperationForm(NamedTuple):
    id: str
    path: str
    words: str
    parameters: list[ParameterField]


@require_safe
def show_docs_page(request: HttpRequest) -> HttpResponse:
    description: dict[str, Any] = api.get_openapi_schema()
    operations = [
        _operation_form(path, operation)
        for path, methods in description["paths"].items()
        for operation in methods.values()
    ]
    context = {"operations": operations, "words": description["info"]["description"]}
    return render(request, "api_docs.html", context)


def _operation_form(path: str, operation: dict[str, Any]) -> OperationForm:
    words = " ".join(operation.get("description", "").split())
    fields = [_parameter_field(parameter) for parameter in operation["parameters"]]
    return OperationForm(operation["operationId"], path, words, fields)


def _parameter_field(parameter: dict[str, Any]) -> ParameterField:
    schema = parameter["schema"]
    examples = schema.get("examples") or [schema.get("default", "")]
    return ParameterField(
        parameter["name"],
        parameter["in"],
        _INPUT_TYPES.get(schema.get("type", ""), "text"),
        parameter["required"],
        parameter.get("description", ""),
        "" if examples[0] is None else str(examples[0]),
    )
