"""A page that shows the API's description, with forms to try each operation."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from logs.views.api.v1 import api

_INPUTS = {"integer": "number", "boolean": "checkbox"}


class Parameter(NamedTuple):
    """`input` is the type of its form field, `place` is "path", "query" or "header", `hint` an example."""

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
    description: dict[str, Any] = api.get_openapi_schema()
    operations = [
        _operation(path, found) for path, methods in description["paths"].items() for found in methods.values()
    ]
    context = {"operations": operations, "words": description["info"]["description"]}
    return render(request, "api_docs.html", context)


def _operation(path: str, found: dict[str, Any]) -> Operation:
    words = " ".join(found.get("description", "").split())
    return Operation(found["operationId"], path, words, [_parameter(parameter) for parameter in found["parameters"]])


def _parameter(parameter: dict[str, Any]) -> Parameter:
    schema = parameter["schema"]
    examples = schema.get("examples") or [schema.get("default", "")]
    return Parameter(
        parameter["name"],
        parameter["in"],
        _INPUTS.get(schema.get("type", ""), "text"),
        parameter["required"],
        parameter.get("description", ""),
        "" if examples[0] is None else str(examples[0]),
    )
