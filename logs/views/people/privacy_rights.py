"""Privacy rights: opt out, export, anonymise, erase. At once after signing in, or by a request to administrators."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from logs import privacy
from logs.extent import measure_speaker_everywhere
from logs.highlights import find_highlights, remove_highlights
from logs.localize import count_of, plural
from logs.mail_addresses import remove_address
from logs.models import Channel, HeldLine, Identity, Kind, Line, MailAddress, Network, Request
from logs.text.names import fold
from logs.views.http.client_address import exceeds_rate
from logs.views.http.streaming import Download, DownloadsExceededError, join_lines
from logs.views.people.mail_address import (
    MAIL_ACTIONS,
    MailAddressForm,
    find_address,
    make_form,
    may_give_address,
)
from logs.views.people.visitor import identity_of, keep_form, restore_form, sign_out, visitor_of

DEADLINE = timedelta(days=30)
_EXPORTED_FIELDS = ("at", "kind", "nick", "text", "account", "target")
MAX_REQUESTS_PER_HOUR = 20
MAX_OPEN_REQUESTS = 1000
"""Unanswered requests of one network; more are refused."""


class ChannelChoiceForm(forms.Form):
    channel = forms.ModelChoiceField(
        Channel.objects.none(), required=False, label=_("Channel"), empty_label=_("all channels of the network")
    )

    def __init__(self, request: HttpRequest, identity: Identity, act: str) -> None:
        super().__init__(request.POST if request.POST.get("act") == act else None, auto_id=f"{act}-%s")
        field = self.fields["channel"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101  (for the type only)
        field.queryset = Channel.objects.visible_to(visitor_of(request)).filter(network=identity.network)


class RequestForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Request
        fields = ("network", "nick", "wish", "words")
        labels = {"network": _("Network"), "nick": _("Nick")}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show_me(request: HttpRequest) -> HttpResponse:
    identity = identity_of(request)
    if identity is None:
        keep_form(request)
        return redirect(f"{reverse('sign_in')}?next={reverse('me')}")
    if request.method != "POST":
        return restore_form(request) or _render_me(request, identity)
    return _change_mail(request, identity) if request.POST.get("act") in MAIL_ACTIONS else _act(request, identity)


def _act(request: HttpRequest, identity: Identity) -> HttpResponse:
    act = _ACTIONS.get(request.POST.get("act", ""))
    form = ChannelChoiceForm(request, identity, request.POST.get("act", ""))
    if not form.is_valid() or act is None:
        return _render_me(request, identity, status=400)
    if question := _ask_first(request, identity, form.cleaned_data["channel"]):
        return question
    message = act(request, identity, form.cleaned_data["channel"])
    # "end-sessions" has signed out this session as well.
    if identity_of(request) is None:
        return redirect("index")
    return _render_me(request, identity, message)


def _change_mail(request: HttpRequest, identity: Identity) -> HttpResponse:
    result = MAIL_ACTIONS[request.POST["act"]](request, identity)
    if isinstance(result, str):
        return _render_me(request, identity, result)
    return _render_me(request, identity, status=400, mail_form=result)


@never_cache
@require_safe
def download_my_lines(request: HttpRequest) -> HttpResponseBase:
    """All lines of the account as JSON Lines, each with its network and channel.

    Before them come the mail address and the words that are highlighted, if there are any.
    """
    identity = identity_of(request)
    if identity is None:
        return redirect(f"{reverse('sign_in')}?next={reverse('me')}")
    if not identity.account:
        raise Http404
    try:
        content = Download(request, str(identity), join_lines(_lines_of(identity)))
    except DownloadsExceededError as error:
        return error.response
    response = StreamingHttpResponse(content, content_type="application/jsonl; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="my-lines.jsonl"'
    return response


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show_request(request: HttpRequest) -> HttpResponse:
    form = RequestForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and exceeds_rate(request, "requests", MAX_REQUESTS_PER_HOUR, 3600):
        form.add_error(None, gettext("You have sent too many requests within an hour: please wait for the answers."))
        return render(request, "people/request.html", {"form": form}, status=429)
    if form.is_valid():
        open_requests = Request.objects.filter(network=form.cleaned_data["network"], answered_at=None)
        if open_requests.count() < MAX_OPEN_REQUESTS:
            # Only its digest is stored, so that a copy of the database opens no answer.
            link = secrets.token_urlsafe(24)
            form.instance.link_digest = _digest(link)
            form.instance.due_at = timezone.now() + DEADLINE
            form.save()
            return redirect("request_answer", link)
        form.add_error(None, gettext("There are too many unanswered requests at the moment: please try again later."))
    return render(request, "people/request.html", {"form": form}, status=400 if form.is_bound else 200)


@never_cache
@require_safe
def show_request_answer(request: HttpRequest, link: str) -> HttpResponse:
    """The state of a request, for everybody with its link, which must not leak by Referer or search engines."""
    person_request = Request.objects.select_related("network").filter(link_digest=_digest(link)).first()
    if person_request is None:
        raise Http404
    response = render(request, "people/request_answer.html", {"person_request": person_request})
    response["Referrer-Policy"] = "same-origin"
    response["X-Robots-Tag"] = "noindex"
    return response


def _digest(link: str) -> str:
    return hashlib.sha256(link.encode()).hexdigest()


def _lines_of(identity: Identity) -> Iterator[str]:
    """Yield the mail address, the highlights, and the lines: those stored, and those delayed or held back as spam."""
    if address := find_address(identity):
        yield _describe_address(address)
    if own := find_highlights(identity.pk):
        record = {"network": identity.network.name, "highlights": own.word_list, "feed_made_at": own.feed_made_at}
        yield json.dumps(record, ensure_ascii=False, default=str)
    speaker = privacy.speaker_of(identity)
    for channel in Channel.objects.filter(network=identity.network).select_related("counter", "network"):
        counter = getattr(channel, "counter", None)
        # In batches of ids: the memory that a download needs does not grow with the number of lines.
        for ids in privacy.line_id_batches(channel, speaker, counter.last_id if counter else 0):
            for row in Line.objects.filter(channel=channel, id__in=ids).order_by("id").values("id", *_EXPORTED_FIELDS):
                yield _json_line(identity.network, channel, row)
        is_theirs = privacy.is_by_speaker(speaker, identity.network.casemapping)
        for row in HeldLine.objects.filter(is_theirs, channel=channel).values("why", *_EXPORTED_FIELDS):
            yield _json_line(identity.network, channel, row)


def _describe_address(row: MailAddress) -> str:
    times = {name: getattr(row, name) for name in ("given_at", "confirmed_at", "mailed_at")}
    record = {"network": row.identity.network.name, "mail_address": row.address}
    return json.dumps(record | {name: at and at.isoformat() for name, at in times.items()}, ensure_ascii=False)


def _json_line(network: Network, channel: Channel, row: dict[str, Any]) -> str:
    record = {"network": network.name, "channel": channel.name} | row
    record |= {"at": row["at"].isoformat(), "kind": Kind(row["kind"]).name.lower()}
    return json.dumps(record, ensure_ascii=False)


def _ask_first(request: HttpRequest, identity: Identity, channel: Channel | None) -> HttpResponse | None:
    """Return the page that says what an act would change, for an act that cannot be undone and is not confirmed yet."""
    act = request.POST["act"]
    if act not in {"erase", "anonymise"} or not identity.account or "sure" in request.POST:
        return None
    speaker = privacy.speaker_of(identity)
    # Lines under a pseudonym still belong to the account: an erasure reaches them, a new pseudonym does not.
    extents = measure_speaker_everywhere(identity.network, speaker, channel, with_pseudonym=act == "erase")
    context: dict[str, Any] = {"act": act, "channel": channel, "extents": extents}
    context["total"] = sum(extent.lines for extent in extents)
    is_all = act == "erase" and channel is None
    context["mail"] = find_address(identity) if is_all else None
    context["highlights"] = find_highlights(identity.pk) if is_all else None
    return render(request, "people/confirm.html", context)


def _render_me(
    request: HttpRequest,
    identity: Identity,
    message: str = "",
    status: int = 200,
    mail_form: MailAddressForm | None = None,
) -> HttpResponse:
    mail = find_address(identity)
    context = {
        "identity": identity,
        "form_of": partial(ChannelChoiceForm, request, identity),
        "message": message,
        "opt_outs": privacy.find_opt_outs(identity),
        "pseudonyms": privacy.find_pseudonyms(identity),
        "mail": mail,
        "mail_form": mail_form or (make_form(identity, mail) if may_give_address(identity) else None),
        "highlights": find_highlights(identity.pk),
        "memberships": identity.memberships.select_related("channel__network"),
    }
    return render(request, "people/me.html", context, status=status)


def _nick(identity: Identity) -> str:
    return fold(identity.nick, identity.network.casemapping)


def _opt_out(request: HttpRequest, identity: Identity, channel: Channel | None) -> str:  # noqa: ARG001
    privacy.opt_out(identity.network, privacy.Speaker(identity.account, _nick(identity)), str(identity), channel)
    return gettext("You have opted out. Within seconds, nothing you say is logged.")


def _opt_in(request: HttpRequest, identity: Identity, channel: Channel | None) -> str:  # noqa: ARG001
    privacy.opt_in(identity)
    if privacy.find_opt_outs(identity):
        return gettext("You are being logged again, as far as that is yours to decide: see below.")
    return gettext("You are being logged again.")


def _anonymise(request: HttpRequest, identity: Identity, channel: Channel | None) -> str:  # noqa: ARG001
    count = privacy.anonymise(identity.network, privacy.speaker_of(identity), str(identity), channel)
    return plural(
        "Replaced your name in %(count)s line. What you say from now on gets the pseudonym, too.",
        "Replaced your name in %(count)s lines. What you say from now on gets the pseudonym, too.",
        count,
    )


def _use_name(request: HttpRequest, identity: Identity, channel: Channel | None) -> str:  # noqa: ARG001
    privacy.use_name(identity)
    return gettext("What you say from now on is logged under your nick.")


def _erase(request: HttpRequest, identity: Identity, channel: Channel | None) -> str:  # noqa: ARG001
    count = privacy.erase(identity.network, privacy.speaker_of(identity), str(identity), channel)
    erased = [count_of(count)]
    if channel is None:
        erased += [gettext("your mail address")] if remove_address(identity) else []
        erased += [gettext("your highlights")] if remove_highlights(identity) else []
    return gettext("Permanently erased %(what)s.") % {"what": f" {gettext('and')} ".join(erased)}


def _end_sessions(request: HttpRequest, identity: Identity, channel: Channel | None) -> str:  # noqa: ARG001
    Identity.objects.filter(pk=identity.pk).update(signed_out_at=timezone.now())
    sign_out(request)
    return ""


def _requires_account(act: Callable[[HttpRequest, Identity, Channel | None], str]) -> Callable[..., str]:
    """Refuse an action on earlier lines to visitors with a nick only: it may have been another person's before."""

    def guarded(request: HttpRequest, identity: Identity, channel: Channel | None) -> str:
        if not identity.account:
            return gettext("A nick alone does not prove that earlier lines are yours: please send a request instead.")
        return act(request, identity, channel)

    return guarded


_ACTIONS: dict[str, Callable[[HttpRequest, Identity, Channel | None], str]] = {
    "opt-out": _opt_out,
    "opt-in": _opt_in,
    "anonymise": _requires_account(_anonymise),
    "use-name": _requires_account(_use_name),
    "erase": _requires_account(_erase),
    "end-sessions": _end_sessions,
}
