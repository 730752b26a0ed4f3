"""What feeds and oEmbed promise, as OpenAPI: for tests, since the site's own description is that of the API."""

from __future__ import annotations

from typing import Any

TEXT = {"type": "string"}
JSON_FEED = {
    "type": "object",
    "required": ["version", "title", "home_page_url", "feed_url", "items"],
    "properties": {
        "version": {"const": "https://jsonfeed.org/version/1.1"},
        "feed_url": {"type": "string", "pattern": "^https?://"},
        "next_url": {"type": "string", "pattern": "^https?://.*[?&](before|older)="},
        "items": {
            "type": "array",
            "maxItems": 1000,
            "items": {
                "type": "object",
                "required": ["id", "url", "title", "content_html", "date_published", "date_modified"],
                "properties": dict.fromkeys(("id", "url", "title", "content_html", "date_published"), TEXT),
            },
        },
    },
}
OEMBED = {
    "type": "object",
    "required": ["version", "type", "provider_name", "title", "html", "width", "height"],
    "properties": {
        "version": {"const": "1.0"},
        "type": {"const": "rich"},
        "html": {"type": "string", "pattern": "^<iframe "},
        "width": {"type": "integer", "minimum": 1, "maximum": 640},
        "height": {"type": "integer", "minimum": 1, "maximum": 600},
    },
}
LIMIT = {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 1000}}
BEFORE = {"name": "before", "in": "query", "schema": {"type": "string", "pattern": "^-?[0-9]{1,18}-[0-9]{1,10}$"}}
BY = {"name": "by", "in": "query", "schema": {"enum": ["line", "day"]}}
QUERY = {"name": "q", "in": "query", "required": True, "schema": {"type": "string", "minLength": 1, "maxLength": 50}}
OLDER = {"name": "older", "in": "query", "schema": {"type": "string", "pattern": "^[0-9]{1,16}-[0-9]{1,9}-[0-9]{1,9}$"}}
FEEDS: dict[str, list[dict[str, Any]]] = {
    "/libera/garden/feed": [BY, LIMIT, BEFORE],
    "/libera/garden/unanswered/feed": [],
    "/libera/garden/search/feed": [QUERY, OLDER],
    "/search/feed": [QUERY, OLDER],
}
PLAIN = {"text/plain": {"schema": TEXT}}
PAGE = {"text/html": {"schema": TEXT}}


def _get(operation: str, parameters: list[dict[str, Any]], responses: dict[str, dict[str, Any]]) -> dict[str, Any]:
    described = {status: {"description": status, "content": content} for status, content in responses.items()}
    described |= {"304": {"description": "304"}}
    return {"get": {"operationId": operation, "parameters": parameters, "responses": described}}


def describe(site: str) -> dict[str, Any]:
    """Return the description. The channel `#garden` of `libera` exists, with a line 1 that somebody said."""
    paths = {}
    for path, parameters in FEEDS.items():
        atom = {"application/atom+xml": {"schema": TEXT}}
        json_feed = {"application/feed+json": {"schema": JSON_FEED}}
        paths[f"{path}.atom"] = _get(f"{path} atom", parameters, {"200": atom, "404": PAGE, "503": PLAIN})
        paths[f"{path}.json"] = _get(f"{path} json", parameters, {"200": json_feed, "404": PAGE, "503": PLAIN})
    sizes = [{"name": name, "in": "query", "schema": {"type": "integer"}} for name in ("maxwidth", "maxheight")]
    url = {"name": "url", "in": "query", "required": True}
    url["schema"] = {"enum": [f"{site}/libera/garden/at/{place}" for place in ("1/", "2147483647/", "1-9/", "x")]}
    form = {"name": "format", "in": "query", "schema": {"enum": ["json", "xml"]}}
    failure = {"application/json": {"schema": {"type": "object", "required": ["error"]}}}
    answers = {"200": {"application/json": {"schema": OEMBED}}, "400": failure, "404": failure, "501": failure}
    paths["/oembed"] = _get("oembed", [url, form, *sizes], answers)
    return {
        "openapi": "3.1.0",
        "info": {"title": "feeds and oEmbed", "version": "1"},
        "servers": [{"url": site}],
        "paths": paths,
    }
