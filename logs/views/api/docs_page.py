"""A page to read the API's description, and to try it."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from logs.views.api.v1 import api

_INPUTS = {"integer": "number", "boolean": "checkbox"}


class Parameter(NamedTuple):
    """`input` is the type of its field; `hint` an example."""

    name: str
    place: str
    input: str
    required: bool
    words: str
    hint: str


class Operation(NamedTuple):
    id: str
    path: str
    words: str
    parameters: list[Parameter]


@require_safe
def show_page(request: HttpRequest) -> HttpResponse:
    described: dict[str, Any] = api.get_openapi_schema()
    operations = [_operation(path, found) for path, methods in described["paths"].items() for found in methods.values()]
    context = {"operations": operations, "words": described["info"]["description"]}
    return render(request, "api_docs.html", context)


def _operation(path: str, found: dict[str, Any]) -> Operation:
    words = " ".join(found.get("description", "").split())
    return Operation(found["operationId"], path, words, [_parameter(told) for told in found["parameters"]])


def _parameter(told: dict[str, Any]) -> Parameter:
    schema = told["schema"]
    examples = schema.get("examples") or [schema.get("default", "")]
    return Parameter(
        told["name"],
        told["in"],
        _INPUTS.get(schema.get("type", ""), "text"),
        told["required"],
        told.get("description", ""),
        "" if examples[0] is None else str(examples[0]),
    )
