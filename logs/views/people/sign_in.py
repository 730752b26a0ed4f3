"""Signing in and adding a channel: the page shows a code, the person sends it on IRC, and the page continues by itself.

It is told by server-sent events (logs/live/waiting_pages.py); without scripts it has a button.
"""

from __future__ import annotations

from functools import partial

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from logs.accounts import codes
from logs.live.response import HEADERS
from logs.live.waiting_pages import WAITING_PAGES
from logs.models import Channel, Code, Network
from logs.models.network import RESERVED_NAMES
from logs.text.names import fold, is_channel
from logs.views.http.client_address import exceeds_rate
from logs.views.people import visitor

PENDING_CODE = "code"
"""Where the session keeps the code that it shows: its row, its text, and where to go on."""

MAX_CODES, CODES_WITHIN_SECONDS = 100, 600
"""How many codes one client address gets within this time."""

TOO_MANY_CODES = _("You have requested too many codes: please try again in ten minutes.")
CODE_IS_OVER = _("The code is no longer valid: a code works once, and for ten minutes. Get a new one.")
TOO_MANY_PEOPLE = _("Too many people are signing in at the moment: please try again in a few minutes.")


def _networks() -> forms.ModelChoiceField[Network]:
    return forms.ModelChoiceField(
        Network.objects.filter(wanted=True).exclude(host=""), empty_label=None, label=_("Network")
    )


class SignInForm(forms.Form):
    network = _networks()


class AddForm(forms.Form):
    network = _networks()
    channel = forms.CharField(label=_("Channel"), max_length=200, help_text=_("With its #, as on IRC."))

    def clean_channel(self) -> str:
        name = str(self.cleaned_data["channel"])
        if not is_channel(name):
            raise forms.ValidationError(
                _("A channel starts with # & + or ! and has no blank, comma or control character.")
            )
        return name

    def clean_network(self) -> Network:
        network: Network = self.cleaned_data["network"]
        if not network.inviting:
            raise forms.ValidationError(_("On this network, only administrators can add channels."))
        return network


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show_sign_in(request: HttpRequest) -> HttpResponse:
    form = SignInForm(request.POST if request.method == "POST" else None, initial=_network_of(_next(request)))
    if form.is_valid():
        return _show_code(request, form, form.cleaned_data["network"], "", _next(request))
    if request.method != "POST" and (waiting := _waiting(request)):
        return render(request, "people/code.html", {"is_early": "early" in request.GET, **waiting})
    return _form(request, "people/sign_in.html", form)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show_add(request: HttpRequest) -> HttpResponse:
    form = AddForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        network, name = form.cleaned_data["network"], form.cleaned_data["channel"]
        known = Channel.objects.named(network, name).first()
        next_url = reverse("manage", args=[network.name, known.name if known else name])
        return _show_code(request, form, network, name, next_url)
    return _form(request, "people/add.html", form)


@require_safe
def sign_in_events(request: HttpRequest) -> HttpResponseBase:
    """Server-sent events of the code that this session shows: at last "proven" or "over"."""
    if WAITING_PAGES.is_full:
        return HttpResponse("Too many pages wait at the moment.\n", status=503, content_type="text/plain")
    # No code has the id 0: the stream then says "over" at once.
    number = (request.session.get(PENDING_CODE) or {}).get("id", 0)
    events = WAITING_PAGES.stream_until_decided(number, partial(codes.state, number))
    return StreamingHttpResponse(events, headers=HEADERS)


@never_cache
@require_POST
def finish_sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in the person who sent the code; without that, show the code again and say what is waited for."""
    waiting = request.session.get(PENDING_CODE) or {}
    identity = codes.redeem(waiting["id"]) if waiting else None
    if identity is None:
        is_early = bool(waiting) and codes.state(waiting["id"]) == "waiting"
        return redirect(f"{reverse('sign_in')}?early" if is_early else "sign_in")
    del request.session[PENDING_CODE]
    visitor.sign_in(request, identity)
    return redirect(waiting["next"])


@never_cache
@require_POST
def cancel_sign_in(request: HttpRequest) -> HttpResponse:
    waiting = request.session.pop(PENDING_CODE, None)
    if waiting:
        Code.objects.filter(pk=waiting["id"]).delete()
    return redirect("sign_in")


@never_cache
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    visitor.sign_out(request)
    return redirect("index")


def _show_code(request: HttpRequest, form: forms.Form, network: Network, channel: str, next_url: str) -> HttpResponse:
    template = "people/add.html" if channel else "people/sign_in.html"
    if exceeds_rate(request, "codes", MAX_CODES, CODES_WITHIN_SECONDS):
        form.add_error(None, TOO_MANY_CODES)
        return _form(request, template, form, status=429)
    # A session waits for one code: an earlier one would stay valid without a page that shows it.
    cancelled = request.session.get(PENDING_CODE)
    if cancelled:
        Code.objects.filter(pk=cancelled["id"]).delete()
    try:
        code, text = codes.issue(network, fold(channel, network.casemapping))
    except codes.TooManyCodesError:
        form.add_error(None, TOO_MANY_PEOPLE)
        return _form(request, template, form, status=503)
    request.session[PENDING_CODE] = {
        "id": code.pk,
        "text": text,
        "network": network.name,
        "bot": network.nick,
        "channel": channel,
        "next": next_url,
    }
    return redirect("sign_in")


def _waiting(request: HttpRequest) -> dict[str, str] | None:
    waiting: dict[str, str] | None = request.session.get(PENDING_CODE)
    if waiting and Code.objects.filter(pk=waiting["id"], used_at=None, expires_at__gt=timezone.now()).exists():
        return waiting
    if request.session.pop(PENDING_CODE, None):
        messages.warning(request, CODE_IS_OVER)
    return None


def _form(request: HttpRequest, template: str, form: forms.Form, status: int = 400) -> HttpResponse:
    context = {"form": form, "next": _next(request), "identity": visitor.identity_of(request)}
    return render(request, template, context, status=status if form.is_bound else 200)


def _network_of(path: str) -> dict[str, Network]:
    """Return as a form's initial values the network of the page where the visitor goes on, if it is one."""
    name = path.strip("/").partition("/")[0]
    network = None if name in RESERVED_NAMES else Network.objects.filter(name=name).first()
    return {"network": network} if network else {}


def _next(request: HttpRequest) -> str:
    """Return the address to continue at after signing in. Other sites' addresses are ignored (open redirects)."""
    next_url = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(next_url, allowed_hosts=None) and next_url.startswith("/"):
        return next_url
    return reverse("me")
