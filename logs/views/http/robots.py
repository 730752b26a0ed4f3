"""What crawlers are told, in robots.txt and with each answer: the owners of a channel decide."""
# MERGED: What browsers ask of every site.

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.http import require_safe

from logs.models import STRANGER, Channel

NOWHERE = (
    *("/admin/", "/api/", "/*/live$", "/search/", "/*/*/search/", "/*/*/manage/"),
    *("/me/", "/request/", "/sign-in/", "/add/"),
)
NOWHERE_IN_CHANNEL = ("live", "search/", "manage/")

AI = (
    *("AI2Bot", "Ai2Bot-Dolma", "Amazonbot", "anthropic-ai", "Applebot-Extended", "Bytespider", "CCBot"),
    *("ChatGPT-User", "Claude-SearchBot", "Claude-User", "Claude-Web", "ClaudeBot", "cohere-ai"),
    *("cohere-training-data-crawler", "Diffbot", "DuckAssistBot", "FacebookBot", "Google-CloudVertexBot"),
    *("Google-Extended", "GPTBot", "ImagesiftBot", "img2dataset", "Meta-ExternalAgent", "Meta-ExternalFetcher"),
    *("MistralAI-User", "OAI-SearchBot", "omgili", "PanguBot", "Perplexity-User", "PerplexityBot", "PetalBot"),
    *("Timpibot", "Webzio-Extended", "YouBot"),
)


@require_safe
def robots(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """AI crawlers are kept from everything but the channels that invite them."""
    public = Channel.objects.visible_to(STRANGER).select_related("network")
    hidden = [f"Disallow: {_path(channel)}" for channel in public.filter(indexed=False)]
    invited = [rule for channel in public.filter(ai=True) for rule in _invitation(_path(channel))]
    blocks = [
        ["User-agent: *", *[f"Disallow: {path}" for path in NOWHERE], *hidden],
        [*[f"User-agent: {name}" for name in AI], *invited, "Disallow: /"],
        [f"Sitemap: {settings.SITE_URL}{reverse('sitemaps')}"],
    ]
    body = "\n\n".join("\n".join(block) for block in blocks) + "\n"
    return HttpResponse(body, content_type="text/plain; charset=utf-8")


def _invitation(path: str) -> list[str]:
    """The longest rule that fits an address holds."""
    return [*[f"Disallow: {path}{part}" for part in NOWHERE_IN_CHANNEL], f"Allow: {path}"]


def _path(channel: Channel) -> str:
    """A channel may be called `#*`, which would be all of them."""
    return channel.get_absolute_url().replace("*", "%2A").replace("$", "%24")


def are_for_ai(channels: Iterable[Channel]) -> bool:
    """Whether AI crawlers may collect what is told of all these channels together."""
    return all(channel.ai and channel.is_public for channel in channels)


def tell_crawlers(response: HttpResponseBase, *, indexed: bool, ai: bool) -> None:
    """Marks an answer with what search engines and AI crawlers may not do, beside what it forbids already."""
    forbidden = [word for word in response.get("X-Robots-Tag", "").split(", ") if word]
    forbidden += [] if indexed else ["noindex"]
    if not ai:
        forbidden += ["noai", "noimageai"]
        response["TDM-Reservation"] = "1"
    if forbidden:
        response["X-Robots-Tag"] = ", ".join(dict.fromkeys(forbidden))


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    return redirect(static("favicon.svg"))
