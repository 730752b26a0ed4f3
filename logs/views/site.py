"""What browsers and crawlers ask of every site."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.views.decorators.http import require_safe

from logs.models import STRANGER, Channel

NOWHERE = ("/admin/", "/*/live$", "/search/", "/*/*/search/", "/*/*/manage/", "/me/", "/request/", "/sign-in/", "/add/")

AI = (
    *("AI2Bot", "Amazonbot", "anthropic-ai", "Applebot-Extended", "Bytespider", "CCBot", "ClaudeBot", "Claude-Web"),
    *("cohere-ai", "Diffbot", "FacebookBot", "Google-Extended", "GPTBot", "ImagesiftBot", "Meta-ExternalAgent"),
    *("OAI-SearchBot", "omgili", "PerplexityBot", "Timpibot", "YouBot"),
)


@require_safe
def robots(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Each channel's owners decide. AI crawlers are kept from everything but the channels that invite them."""
    public = Channel.objects.visible_to(STRANGER).select_related("network")
    hidden = [f"Disallow: {path}" for path in _paths(public.filter(indexed=False))]
    invited = [f"Allow: {path}" for path in _paths(public.filter(ai=True))]
    blocks = [
        ["User-agent: *", *[f"Disallow: {path}" for path in NOWHERE], *hidden],
        [*[f"User-agent: {name}" for name in AI], *invited, "Disallow: /"],
    ]
    body = "\n\n".join("\n".join(block) for block in blocks) + "\n"
    return HttpResponse(body, content_type="text/plain; charset=utf-8")


def _paths(channels: QuerySet[Channel]) -> list[str]:
    return [channel.get_absolute_url() for channel in channels]


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    return redirect(static("favicon.svg"))
