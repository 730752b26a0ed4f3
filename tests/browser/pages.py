"""Every page that there is, and the ways to those that not everybody sees."""

from __future__ import annotations

from datetime import datetime
from importlib import import_module
from urllib.parse import urlsplit

from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page

from logs.mail_addresses import confirmation_url, stop_url
from logs.models import Channel, Identity, MailAddress, Membership, Network
from logs.views.manage.owner_page import PAGES as MANAGE_PAGES
from tests.examples import NIGHTLY

SCREENSHOTS = settings.BASE_DIR / "var" / "screenshots"
PAGES = {
    "index": "/",
    "network": "/testnet/",
    "channel": "/testnet/garden/",
    "silent-channel": "/testnet/silent/",
    "day": "/testnet/garden/{yesterday:%Y-%m-%d}/",
    "permalink": "/testnet/garden/at/3/",
    "range": "/testnet/garden/at/3-5/",
    "conversation": "/testnet/garden/conversation/3/",
    "embed": "/testnet/garden/at/2-16/?embed",
    "year": "/testnet/garden/{yesterday:%Y}/",
    "statistics": "/testnet/garden/stats/",
    "silent-statistics": "/testnet/silent/stats/",
    "answers": "/testnet/garden/answers/",
    "unanswered": "/testnet/garden/unanswered/",
    "links": "/testnet/garden/links/",
    "channel-about": "/testnet/garden/about/",
    "site-statistics": "/stats/",
    "search": "/search/?q=release",
    "search-in-vain": "/testnet/garden/search/?q=nothing-like-it",
    "search-help": "/search/",
    "about": "/about/",
    "api": "/api/v1/docs",
    "add": "/add/",
    "sign-in": "/sign-in/",
    "request": "/request/",
    "answer": "{answer}",
    "me": "/me/",
    "highlights": "/me/highlights/",
    "confirm-mail": "{confirm}",
    "stop-mail": "{stop}",
    "manage": "/testnet/garden/manage/",
    **{f"manage-{page.name}": f"/testnet/garden/manage/{page.name}/" for page in MANAGE_PAGES},
    "acts": "/testnet/garden/manage/acts/",
    "import": "/testnet/garden/manage/import/",
    "moderate-line": "/testnet/garden/at/3/moderate/?scope=channel&how=remove",
    "moderate-lines": "/testnet/garden/at/3-9/moderate/",
    "moderate-nick": "/moderate/?nick=ann",
    "missing": "/testnet/nowhere/",
    "missing-day": "/testnet/garden/1999-02-30/",
}


SHIFTS = """() => new Promise(resolve => {
    let sum = 0;
    new PerformanceObserver(list => { for (const entry of list.getEntries()) sum += entry.value; })
        .observe({ type: "layout-shift", buffered: true });
    setTimeout(() => resolve(sum), 100);
})"""


def layout_shift(page: Page) -> float:
    """How far things have moved since the page began to load, as browsers count it (Cumulative Layout Shift)."""
    return float(page.evaluate(SHIFTS))


def take_screenshot(page: Page, name: str, *, full_page: bool = True) -> None:
    """Keep how the page looks in var/screenshots/, for people only, by `make test-nightly`: it takes long."""
    if NIGHTLY:
        page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=full_page)


def show_everything(page: Page, url: str, talk: Channel, yesterday: datetime) -> dict[str, str]:
    """Signs the visitor in as the owner of the channel; the addresses of all pages by their names."""
    return list_addresses(sign_in_as_owner(page, url, talk), url, talk, yesterday)


def list_addresses(ann: Identity, url: str, talk: Channel, yesterday: datetime) -> dict[str, str]:
    """Makes what some pages show; the addresses of all pages by their names."""
    Network.objects.filter(pk=talk.network_id).update(host="irc.example.org")
    Channel.objects.create(network=talk.network, name="#silent")
    wish = {"network": talk.network_id, "nick": "bob", "wish": "erase", "words": "What I said yesterday."}
    answer = urlsplit(Client().post("/request/", wish)["Location"]).path
    row = MailAddress.objects.create(identity=ann, address="ann@example.org", nonce="x")
    mail = {"confirm": urlsplit(confirmation_url(row)).path, "stop": urlsplit(stop_url(row)).path}
    return {name: url + path.format(yesterday=yesterday, answer=answer, **mail) for name, path in PAGES.items()}


def sign_in_as_owner(page: Page, url: str, channel: Channel) -> Identity:
    """Signs the visitor in with the account ann, which owns the channel."""
    ann, key = make_owner_session(channel)
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": url}])
    return ann


def make_owner_session(channel: Channel) -> tuple[Identity, str]:
    """The account ann, which owns the channel, and the key of a session in which it is signed in."""
    ann = Identity.objects.create(network=channel.network, account="ann", nick="ann")
    Membership.objects.create(channel=channel, identity=ann, role="owner", evidence="said a code")
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session["identity"], session["identity_since"] = ann.pk, timezone.now().isoformat()
    session.save()
    return ann, session.session_key
