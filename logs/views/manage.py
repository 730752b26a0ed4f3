"""The owner's page of a channel: what is kept, who reads it, and what was done."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta

from django import forms
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from logs import audit, holding, ownership, privacy, retention
from logs.models import Channel, HeldLine, Line
from logs.models.people import Role
from logs.privacy import Speaker
from logs.text.names import fold
from logs.views.lookup import of_channel
from logs.views.visitors import identity_of, visitor_of

SETTINGS = (
    *("visibility", "hidden", "paused", "delay", "retention", "keeps_joins", "off_record", "opted_out"),
    *("holds_spam", "answers", "indexed", "ai"),
)
SHOWN = 50


class SettingsForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Channel
        fields = SETTINGS


class PersonForm(forms.Form):
    account = forms.CharField(max_length=100, help_text="The services account on this network.")
    role = forms.ChoiceField(choices=Role)


class LinesForm(forms.Form):
    """Which lines: by their numbers, or everything of an account or nick."""

    lines = forms.CharField(max_length=2000, required=False, help_text="Numbers from permalinks, with blanks between.")
    account = forms.CharField(max_length=100, required=False)
    nick = forms.CharField(max_length=100, required=False)
    why = forms.CharField(max_length=200, required=False, label="Reason")
    how = forms.ChoiceField(choices=[("remove", "remove for good"), ("anonymise", "replace the name by a pseudonym")])

    def clean_lines(self) -> list[int]:
        words = self.cleaned_data["lines"].replace(",", " ").split()
        if not all(word.isascii() and word.isdigit() and len(word) < 10 for word in words):
            raise forms.ValidationError("Write the numbers of lines, with blanks between them.")
        return [int(word) for word in words]

    def clean(self) -> None:
        given = [name for name in ("lines", "account", "nick") if self.cleaned_data.get(name)]
        if len(given) != 1 and not self.errors:
            raise forms.ValidationError("Give either numbers of lines, or an account, or a nick.")
        if given == ["lines"] and self.cleaned_data.get("how") == "anonymise":
            raise forms.ValidationError("A pseudonym goes with an account or a nick.")


class LeaveForm(forms.Form):
    name = forms.CharField(max_length=200, label="The channel's name, to be sure")
    purge = forms.BooleanField(required=False, label="Delete its whole log as well. This cannot be undone.")

    def __init__(self, channel: Channel, *args: object, **kwargs: object) -> None:
        self.channel = channel
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]

    def clean_name(self) -> str:
        if self.cleaned_data["name"] != self.channel.name:
            raise forms.ValidationError(f"Write {self.channel.name}.")
        return self.channel.name


def owned(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """For owners and administrators; strangers are asked to sign in, others told that they may not."""

    @of_channel
    def found(request: HttpRequest, channel: Channel) -> HttpResponseBase:
        visitor = visitor_of(request)
        if Channel.objects.run_by(visitor).filter(pk=channel.pk).exists():
            response = view(request, channel)
            response["Cache-Control"] = "private, no-store"
            return response
        if visitor.identity is None:
            return redirect(f"{reverse('sign_in')}?next={request.path}")
        return render(request, "people/refused.html", {"channel": channel}, status=403)

    return found


@require_http_methods(["GET", "HEAD", "POST"])
@owned
def show_manage(request: HttpRequest, channel: Channel) -> HttpResponse:
    if request.method != "POST":
        return _page(request, channel)
    act = _ACTS.get(request.POST.get("act", ""))
    wrong = act(request, channel, _by(request)) if act else None
    if wrong is not None:
        return _page(request, channel, wrong)
    return redirect("manage", channel.network.name, channel.name)


@require_safe
@owned
def export_lines(request: HttpRequest, channel: Channel) -> StreamingHttpResponse:
    """Every line of the channel as JSON Lines, in the order of their numbers."""
    audit.note(channel, _by(request), "exported the log")
    response = StreamingHttpResponse(as_json_lines(channel), content_type="application/jsonl; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{channel.network.name}-{channel.pk}.jsonl"'
    return response


def as_json_lines(channel: Channel, ids: list[int] | None = None) -> Iterator[str]:
    columns = ("id", "at", "kind", "nick", "text", "account", "target")
    last = 0
    while True:
        rows = Line.objects.filter(channel=channel, id__gt=last).order_by("id").values(*columns)
        page = list((rows if ids is None else rows.filter(id__in=ids))[:2000])
        yield "".join(json.dumps(row | {"at": row["at"].isoformat()}, ensure_ascii=False) + "\n" for row in page)
        if len(page) < 2000:
            return
        last = page[-1]["id"]


def _change(request: HttpRequest, channel: Channel, by: str) -> forms.BaseForm | None:
    form = SettingsForm(request.POST, instance=channel)
    if not form.is_valid():
        return form
    if form.changed_data:
        with transaction.atomic():
            # Only what was changed: the topic and the like are the bot's to write.
            Channel.objects.filter(pk=channel.pk).update(
                **{name: form.cleaned_data[name] for name in form.changed_data}
            )
            changed = [f"{name} = {form.cleaned_data[name]}" for name in form.changed_data]
            audit.note(channel, by, f"changed {', '.join(changed)}")
            if "delay" in form.changed_data:
                delayed = HeldLine.objects.filter(channel=channel, due_at__isnull=False)
                delayed.update(due_at=F("at") + timedelta(minutes=form.cleaned_data["delay"]))
    return None


def _add(request: HttpRequest, channel: Channel, by: str) -> forms.BaseForm | None:
    form = PersonForm(request.POST)
    if not form.is_valid():
        return form
    ownership.grant(channel, form.cleaned_data["account"], Role(form.cleaned_data["role"]), by)
    return None


def _revoke(request: HttpRequest, channel: Channel, by: str) -> None:
    number = request.POST.get("membership", "")
    for membership in channel.memberships.filter(pk=int(number) if number.isdecimal() else 0):
        ownership.revoke(membership, by)


def _rotate(request: HttpRequest, channel: Channel, by: str) -> None:  # noqa: ARG001
    ownership.rotate_link(channel, by)


def _lines(request: HttpRequest, channel: Channel, by: str) -> forms.BaseForm | None:
    form = LinesForm(request.POST)
    if not form.is_valid():
        return form
    given = form.cleaned_data
    casemapping = channel.network.casemapping
    speaker = Speaker(fold(given["account"], casemapping), fold(given["nick"], casemapping))
    if given["lines"]:
        privacy.redact(channel, given["lines"], by, given["why"])
    elif given["how"] == "remove":
        privacy.erase(channel.network, speaker, by, channel)
    else:
        privacy.anonymise(channel.network, speaker, by, channel)
    return None


def _spam(request: HttpRequest, channel: Channel, by: str) -> None:
    chosen = [int(number) for number in request.POST.getlist("held") if number.isdecimal()] or None
    act = holding.discard_spam if "discard" in request.POST else holding.release_spam
    act(channel, chosen, by)


def _leave(request: HttpRequest, channel: Channel, by: str) -> forms.BaseForm | None:
    form = LeaveForm(channel, request.POST)
    if not form.is_valid():
        return form
    if form.cleaned_data["purge"]:
        retention.purge(channel, by)
    else:
        Channel.objects.filter(pk=channel.pk).update(wanted=False)
        audit.note(channel, by, "left the channel")
    return None


_ACTS: dict[str, Callable[[HttpRequest, Channel, str], forms.BaseForm | None]] = {
    "change": _change,
    "add": _add,
    "revoke": _revoke,
    "rotate": _rotate,
    "lines": _lines,
    "spam": _spam,
    "leave": _leave,
}


def _by(request: HttpRequest) -> str:
    identity = identity_of(request)
    return str(identity) if identity else f"administrator {request.user.get_username()}"


def _page(request: HttpRequest, channel: Channel, wrong: forms.BaseForm | None = None) -> HttpResponse:
    def form(kind: type[forms.BaseForm], otherwise: Callable[[], forms.BaseForm]) -> forms.BaseForm:
        return wrong if isinstance(wrong, kind) else otherwise()

    fresh = Channel.objects.select_related("network").get(pk=channel.pk)
    spam = HeldLine.objects.filter(channel=channel, due_at=None)
    context = {
        "channel": fresh,
        "settings_form": form(SettingsForm, lambda: SettingsForm(instance=fresh)),
        "person_form": form(PersonForm, PersonForm),
        "lines_form": form(LinesForm, LinesForm),
        "leave_form": form(LeaveForm, lambda: LeaveForm(fresh)),
        "memberships": channel.memberships.select_related("identity").order_by("-role", "identity__nick"),
        "secret_link": f"{settings.SITE_URL}{fresh.get_absolute_url()}?key={fresh.link_key}",
        "notice_words": ownership.notice_words(fresh),
        "spam": spam.order_by("at")[:SHOWN],
        "spam_count": spam.count(),
        "delayed": HeldLine.objects.filter(channel=channel, due_at__isnull=False).count(),
        "acts": channel.acts.all()[:SHOWN],
    }
    return render(request, "people/manage.html", context, status=400 if wrong else 200)
