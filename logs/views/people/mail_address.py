"""An owner's mail address: the forms on their page, and the pages to which the links in mails lead."""

from __future__ import annotations

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from logs import mail_addresses
from logs.mail_addresses import AddressError
from logs.models import Identity, MailAddress
from logs.views.http.client_address import exceeds_rate

MAX_ADDRESSES, ADDRESSES_WITHIN_SECONDS = 20, 3600
"""How often one client address may have mails with a link sent within this time."""

TOO_MANY = _("You have sent too many addresses within an hour: please try again later.")


class MailAddressForm(forms.Form):
    address = forms.EmailField(label=_("Mail address"), max_length=254)
    with_memos = forms.BooleanField(
        label=_("Send memos on IRC as well"), required=False, initial=True, help_text=_("Otherwise by mail alone.")
    )

    def __init__(self, identity: Identity, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        if not identity.account:
            # Services deliver memos to accounts.
            del self.fields["with_memos"]


def make_form(identity: Identity, row: MailAddress | None) -> MailAddressForm:
    """Return the form as the page shows it first."""
    form = MailAddressForm(identity)
    form.initial = {"address": row.address, "with_memos": row.with_memos} if row else {}
    return form


def find_address(identity: Identity) -> MailAddress | None:
    return MailAddress.objects.filter(identity=identity).first()


def may_give_address(identity: Identity) -> bool:
    """Return whether notices are for this person, and the site can send any."""
    return mail_addresses.is_available() and mail_addresses.owns_channels(identity)


def _check_rate(request: HttpRequest) -> None:
    if exceeds_rate(request, "mail-addresses", MAX_ADDRESSES, ADDRESSES_WITHIN_SECONDS):
        raise AddressError(TOO_MANY)


def save_address(request: HttpRequest, identity: Identity) -> MailAddressForm | str:
    """Return a message for the page, or the form with its errors."""
    form = MailAddressForm(identity, request.POST)
    if not may_give_address(identity):
        return gettext("Nothing was saved: only owners of a log get notices.")
    if not form.is_valid():
        return form
    address = form.cleaned_data["address"]
    try:
        _check_rate(request)
        row = mail_addresses.give_address(identity, address, with_memos=bool(form.cleaned_data.get("with_memos", True)))
    except AddressError as error:
        form.add_error("address", str(error))
        return form
    if row.confirmed_at:
        return gettext("Saved.")
    return gettext(
        "A mail with a link goes to %(address)s. Follow the link within a day, and notices are sent there."
    ) % {"address": address}


def send_link_again(request: HttpRequest, identity: Identity) -> MailAddressForm | str:
    try:
        _check_rate(request)
        row = mail_addresses.renew_confirmation(identity)
    except AddressError as error:
        return str(error)
    if row is None:
        return gettext("There is no address that waits for its link.")
    return gettext("Another mail goes to %(address)s. Links of earlier mails are no longer valid.") % {
        "address": row.address
    }


def remove_address(request: HttpRequest, identity: Identity) -> MailAddressForm | str:  # noqa: ARG001
    if mail_addresses.remove_address(identity):
        return gettext("The address is deleted. Notices come as memos only.")
    return gettext("There was no address.")


MAIL_ACTIONS = {"mail-save": save_address, "mail-again": send_link_again, "mail-remove": remove_address}
"""Acts of the forms on the page /me/."""


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show_confirmation(request: HttpRequest, token: str) -> HttpResponse:
    """The page of the link in a mail. Its button confirms, not the link itself: programs follow links, too."""
    row = mail_addresses.find_unconfirmed(token)
    is_confirmed = False
    if request.method == "POST":
        row = mail_addresses.confirm(token)
        is_confirmed = row is not None
    context = {"row": row, "is_confirmed": is_confirmed}
    return _seal(render(request, "people/confirm_mail.html", context, status=200 if row else 404))


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show_stop(request: HttpRequest, token: str) -> HttpResponse:
    """The page that ends mails to an address. Mail programs send the POST by themselves (RFC 8058), so without a token.

    The signature of the link is the right to do it. Done twice, it is done.
    """
    is_valid, row = mail_addresses.find_stoppable(token)
    if not is_valid:
        raise Http404
    if request.method == "POST" and row:
        mail_addresses.stop(row)
    is_stopped = request.method == "POST" or row is None
    return _seal(render(request, "people/stop_mail.html", {"row": row, "is_stopped": is_stopped}))


def _seal(response: HttpResponse) -> HttpResponse:
    """Keep the link out of Referer headers and search engines."""
    response["Referrer-Policy"] = "same-origin"
    response["X-Robots-Tag"] = "noindex"
    return response
