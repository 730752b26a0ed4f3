"""Every button of every page, pressed in a browser: by each role, in each visibility of the channel.

The buttons come from the pages themselves. A press sends what the browser sends, and the site's answer is judged; the
page stays where it is, so that the next button is pressed without loading it again.
"""

from __future__ import annotations

import base64
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext

from logs.accounts import api_tokens
from logs.models import (
    Channel,
    Forgotten,
    HeldLine,
    Identity,
    Kind,
    Line,
    Membership,
    Network,
    PlannedDeletion,
    Redaction,
    Request,
)
from logs.views.manage.owner_page import ACTIONS
from logs.views.manage.owner_page import PAGES as MANAGE_PAGES
from tests.chromium import PATIENCE_MS, watch
from tests.conftest import Say
from tests.processes import Site

PEOPLE = ("owner", "member")
ROLES = (*PEOPLE, "moderator", "admin")
VISIBILITIES: dict[str, dict[str, object]] = {
    "public": {"notice": "confirmed"},
    "unlisted": {"visibility": "unlisted"},
    "members": {"visibility": "members"},
    "hidden": {"hidden": True},
    "notice missing": {"notice": "missing"},
}
OPEN: dict[str, object] = {"visibility": "public", "hidden": False, "notice": "unneeded", "wanted": True}
OPEN |= {"paused": False, "retention": None, "delay": 0, "topic": ""}

OF_SITE = ("/", "/testnet/", "/search/?q=word", "/stats/", "/about/", "/add/", "/sign-in/", "/request/", "/me/")
OF_CHANNEL = tuple(
    f"/testnet/garden/{page}" for page in ("", "2026/", "stats/", "links/", "about/", "search/?q=morning")
)
OF_OWNERS = tuple(f"/testnet/garden/manage/{page}" for page in (*(f"{page.name}/" for page in MANAGE_PAGES), "import/"))
OF_MODERATORS = (
    *("/testnet/garden/at/{line}/moderate/", "/testnet/garden/at/{line}/moderate/?scope=lines&how=hold"),
    *("/moderate/?nick=ann", "/moderate/?nick=ann&channel={channel}&how=remove&why=spam"),
)
"""Of a line that is there when the page is opened."""
OF_MODERATOR = ("/admin/", "/admin/logs/redaction/add/")
OF_ADMIN = tuple(
    f"/admin/{page}"
    for page in ("", "logs/", "logs/request/", "logs/redaction/add/", "logs/heldline/", "logs/channel/")
)
MIN_PRESSES = 250
CONFIRMATION = 'name="confirmed"'
"""What the page has that asks whether an act is meant."""

FILLED = {"name": "#garden", "channel": "#garden", "lines": "1", "token_name": "a program", "date": "2026-03-01"}
FILLED |= {"address": "owner@example.org", "words": "What I said.", "text": "word", "q": "word"}

UNSEEN = ["*/static/css/*", "*.css", "*.svg", "*.png", "*.ico"]
BLOCKED = "net::ERR_BLOCKED_BY_CLIENT"
JUDGED = [{"resourceType": kind, "requestStage": "Response"} for kind in ("Document", "Fetch")]
REDIRECTS = range(300, 400)

BUTTONS = """() => [...document.querySelectorAll('button, input[type=submit]')].map((button, place) => {
    const form = button.form
    const act = form?.querySelector('[name=act]')?.value ?? form?.getAttribute('action') ?? ''
    const submits = !!form && button.type === 'submit' && form.method !== 'dialog'
    const label = button.ariaLabel || button.textContent.trim() || button.value
    const posts = submits && form.method === 'post'
    return {place, act, submits, posts, label, key: [act, button.name, label.split(' ')[0]].join('|')}
})"""

PRESS = """([place, filled]) => {
    const button = document.querySelectorAll('button, input[type=submit]')[place]
    for (const field of button.form?.elements ?? []) {
        if (field.disabled || field.type === 'hidden' || field.type === 'file') continue
        const ticked = field.required || ['held', 'periods', 'sure'].includes(field.name)
        if (field.type === 'checkbox') field.checked ||= ticked
        else if (!field.value && filled[field.name] !== undefined) field.value = filled[field.name]
        else if (field.tagName === 'SELECT' && field.required && !field.value) field.selectedIndex = 1
        else if (field.required && !field.value) field.value = field.type === 'date' ? '2026-03-01' : 'dora'
    }
    button.click()
    return !button.form || button.formNoValidate || button.form.checkValidity()
}"""


class Presser:
    """A signed-in visitor's browser that presses buttons and notes what the site answered."""

    def __init__(self, context: BrowserContext, site: Site, session_key: str, upload: Path) -> None:
        self._cookie = {"name": settings.SESSION_COOKIE_NAME, "value": session_key, "url": site.url}
        context.add_cookies([self._cookie])  # type: ignore[list-item]
        self.page, self.site, self.upload = context.new_page(), site, upload
        self.complaints: list[str] = []
        watch(self.page, self.complaints)
        self.presses: Counter[str] = Counter()
        self.failures: list[str] = []
        self.succeeded: set[str] = set()
        self._is_pressing = self._may_fetch = False
        self._answer: tuple[str, int, str] | None = None
        self._done: set[str] = set()
        # Not by Playwright's routes, with which nothing is cached. Nobody looks at these pages: they need no style.
        self._devtools = context.new_cdp_session(self.page)
        self._devtools.send("Network.enable")
        self._devtools.send("Network.setBlockedURLs", {"urls": UNSEEN})
        self._devtools.on("Fetch.requestPaused", self._judge)
        self._devtools.send("Fetch.enable", {"patterns": JUDGED})

    def _judge(self, paused: dict[str, Any]) -> None:
        """Look at what the site answered to a press, before the browser does."""
        this = {"requestId": paused["requestId"]}
        is_page = paused["resourceType"] == "Document"
        is_stream = paused["request"]["headers"].get("Accept") == "text/event-stream"
        if is_stream or not self._is_pressing or not (is_page or self._may_fetch):
            self._devtools.send("Fetch.continueRequest", this)
            return
        status = paused.get("responseStatusCode", 0)
        if not is_page:  # a script asks in place of the form, and shows the answer on the page
            self._devtools.send("Fetch.continueRequest", this)
            self._answer = ("GET", status, "")
            return
        headers = {field["name"].lower(): field["value"] for field in paused.get("responseHeaders", ())}
        body = ""
        if status not in REDIRECTS and headers.get("content-type", "").startswith("text/html"):
            found = self._devtools.send("Fetch.getResponseBody", this)
            body = base64.b64decode(found["body"]).decode() if found["base64Encoded"] else found["body"]
        if CONFIRMATION in body:
            self._devtools.send("Fetch.continueRequest", this)
        else:
            self._devtools.send("Fetch.failRequest", this | {"errorReason": "Aborted"})  # the page stays
        self._answer = (paused["request"]["method"], status, body)

    def visit(self, template: str, restore: Callable[[], None], address: Callable[[str], str]) -> None:
        """Press all buttons of a page. `address` returns its path, in which ids change when it is restored."""
        path = address(template)
        self.page.goto(self.site.url + path, wait_until="domcontentloaded")
        done: set[str] = set()
        while True:
            buttons = self.page.evaluate(BUTTONS)
            new = next((button for button in buttons if button["key"] not in done | self._done), None)
            if new is None:
                return
            chooses_language = new["act"] == reverse("language")
            changes = new["posts"] and not chooses_language
            # What changes no row, such as the header's and the footer's buttons, is pressed once in each visibility.
            (done if changes else self._done).add(new["key"])
            if self._press(path, new):
                self._confirm(path)
                self.page.goto(self.site.url + path, wait_until="domcontentloaded")
            if chooses_language:
                self.page.context.clear_cookies(name=settings.LANGUAGE_COOKIE_NAME)
            if changes:
                restore()
                self.page.context.add_cookies([self._cookie])  # type: ignore[list-item]
                if (fresh := address(template)) != path:
                    path = fresh
                    self.page.goto(self.site.url + path, wait_until="domcontentloaded")

    def forget_presses(self) -> None:
        self._done.clear()

    def _confirm(self, path: str) -> None:
        """Press the buttons of a page that asks whether an act is meant."""
        for button in self.page.evaluate(BUTTONS):
            if button["act"] and button["submits"]:
                self._press(f"{path} (confirmation)", button)

    def _press(self, path: str, button: dict[str, Any]) -> bool:
        """Press a button; return whether the site asks back."""
        self._answer = None
        self.presses[path] += 1
        if button["posts"] and "/manage/import/" in path:
            self.page.locator("input[type=file]").set_input_files(self.upload)
        arguments = [button["place"], FILLED]
        if not button["submits"]:
            self.page.evaluate(PRESS, arguments)
            return False
        self._is_pressing, self._may_fetch = True, not button["posts"]
        assert self.page.evaluate(PRESS, arguments), f"{path}: “{button['label']}” sends nothing: {button}"
        deadline = time.monotonic() + PATIENCE_MS / 1000
        while self._answer is None and time.monotonic() < deadline:
            self.page.wait_for_timeout(20)
        self._is_pressing = False
        assert self._answer is not None, f"{path}: no answer to {button}"
        method, status, body = self._answer
        if status == 403 or status >= 500 or (status == 404 and method == "POST"):
            self.failures.append(f"{path}: “{button['label']}” ({button['act']}): {status}")
        elif method == "POST" and status == 302:
            self.succeeded.add(button["act"])
        if CONFIRMATION not in body:
            return False
        # The page before it is loaded as well: only this one has the field.
        self.page.locator(f"[{CONFIRMATION}]").first.wait_for(state="attached")
        self.page.wait_for_load_state("domcontentloaded")
        return True


class Garden:
    """The channel and its people, brought back to the same state before each press."""

    def __init__(self, channel: Channel, say: Say) -> None:
        self.channel, self._say, self._line = channel, say, 0
        Network.objects.filter(pk=channel.network_id).update(host="irc.example.org")
        network = channel.network
        self._people = {role: Identity.objects.create(network=network, account=role, nick=role) for role in PEOPLE}
        kind = ContentType.objects.get_for_model(Redaction, for_concrete_model=False)
        for role in ("moderator", "admin"):
            user = get_user_model().objects.create_user(role, is_staff=True, is_superuser=role == "admin")
            user.user_permissions.set(Permission.objects.filter(content_type=kind))
        self._sessions = {role: self._sign_in(role) for role in ROLES}
        Request.objects.create(network=network, nick="bob", wish="erase", words="All.", due_at=timezone.now())

    def _sign_in(self, role: str) -> Session:
        store = import_module(settings.SESSION_ENGINE).SessionStore()
        if role in self._people:
            store["identity"], store["identity_since"] = self._people[role].pk, timezone.now().isoformat()
        else:
            user = get_user_model().objects.get(username=role)
            store[SESSION_KEY], store[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
            store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        store.save()
        return Session.objects.get(pk=store.session_key)

    def session_key(self, role: str) -> str:
        return str(self._sessions[role].pk)

    def speak(self) -> None:
        """Say a line that everybody may read who may read the channel as it is now."""
        self._line = self._say(self.channel, "ann", "good morning", account="owner").id

    def address(self, path: str) -> str:
        """A path with the ids of the channel and of its line."""
        return path.format(line=self._line, channel=self.channel.pk)

    def restore(self, visibility: str) -> None:
        channel = self.channel
        Channel.objects.filter(pk=channel.pk).update(**OPEN | VISIBILITIES[visibility])  # type: ignore[arg-type]
        Identity.objects.filter(network=channel.network).update(signed_out_at=None)
        for session in self._sessions.values():
            session.save()
        for role, identity in self._people.items():
            given = {"role": "owner" if role == "owner" else "member", "evidence": "said a code"}
            Membership.objects.update_or_create(channel=channel, identity=identity, defaults=given)
        if not HeldLine.objects.filter(channel=channel).exists():
            HeldLine.objects.create(
                channel=channel, why="flood", at=timezone.now(), kind=Kind.MESSAGE, nick="eve", text="buy"
            )
        PlannedDeletion.objects.get_or_create(
            channel=channel, kind="retention", defaults={"due_at": timezone.now() + timedelta(days=1)}
        )
        if not channel.tokens.exists():
            api_tokens.create_token(channel, "a program", "owner", identity=self._people["owner"], user=None)
        if not Line.objects.filter(channel=channel, nick="ann", id=self._line).exists():
            Forgotten.objects.all().delete()
            self.speak()


@pytest.mark.timeout(600)
def test_every_button_of_every_page_works_for_everybody(
    site: Site, browser: Browser, channel: Channel, say: Say, tmp_path: Path
) -> None:
    garden = Garden(channel, say)
    upload = tmp_path / "garden.log"
    upload.write_text("2026-03-01T09:00:00 <ann> hello\n")
    succeeded, failures, counts = set(), [], Counter[str]()
    for role in ROLES:
        context = browser.new_context(viewport={"width": 1280, "height": 800}, timezone_id="UTC")
        context.grant_permissions(["clipboard-write"])
        presser = Presser(context, site, garden.session_key(role), upload)
        for visibility in VISIBILITIES:
            restore = partial(garden.restore, visibility)
            restore()
            garden.speak()
            presser.forget_presses()
            for path in paths_of(role, visibility):
                presser.visit(path, restore, garden.address)
            failures += [f"{role}, {visibility}: {failure}" for failure in presser.failures]
            presser.failures.clear()
            counts[role] += presser.presses.total()
            presser.presses.clear()
        succeeded |= presser.succeeded
        assert [text for text in presser.complaints if BLOCKED not in text] == []
        context.close()
    print(f"{len(ROLES)} roles x {len(VISIBILITIES)} visibilities: {counts.total()} buttons pressed, {dict(counts)}")
    assert failures == []
    assert set(ACTIONS) <= succeeded, "every act of the owner's pages was done"
    assert counts.total() > MIN_PRESSES


def paths_of(role: str, visibility: str) -> list[str]:
    """The pages that this role may read: once all of the site, and in every visibility those that depend on it."""
    pages = [*OF_SITE, *OF_CHANNEL] if visibility == "public" else []
    if visibility == "public" and role in {"moderator", "admin"}:
        pages += [*OF_MODERATOR, *OF_MODERATORS] if role == "moderator" else OF_ADMIN
    if role in {"owner", "admin"}:
        pages += ["/testnet/garden/", *OF_OWNERS, *OF_MODERATORS]
    elif role == "member" and visibility in {"unlisted", "members"}:
        pages += ["/testnet/garden/"]
    return pages
