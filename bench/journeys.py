"""What owners, moderators and admins do, in Chromium: `python -m bench.journeys FOLDER`.

Starts the product as `make run` does, with a database and a demo network of its own, and plays each journey as a person
does: on IRC and with the mouse. Prints how many steps a journey has (a page opened, a click, a field, a line on IRC)
and how long it takes, which is the product's time: the person does not think. FOLDER receives a picture of each page,
1280 and 390 pixels wide, light and dark. A page that is wider than its window is reported.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Self

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Locator, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM = ("chromium", "chromium-headless-shell", "google-chrome")
WIDTHS, SCHEMES = (1280, 390), ("light", "dark")
START_SECONDS, REPLY_SECONDS = 120.0, 20.0
PASSWORD = "a long password for pictures"  # noqa: S105  (of a database that is deleted)
OLD_LOG = "2026-03-01T09:00:00 <ann> good morning\n2026-03-01T09:00:09 <bob> hello, and welcome\n"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.journeys", description=__doc__)
    parser.add_argument("folder", type=Path, help="for the pictures")
    parser.add_argument("--chromium", default=next(filter(None, map(shutil.which, CHROMIUM)), None))
    parser.add_argument("--no-pictures", action="store_true")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="botbot-bench-") as name,
        product(Path(name)) as (url, irc_port),
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=options.chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_context(timezone_id="Europe/Berlin", locale="en-GB").new_page()
        page.set_default_timeout(REPLY_SECONDS * 1000)
        user = BrowserUser(page, url, None if options.no_pictures else options.folder)
        with Person(irc_port, "ann") as ann, Person(irc_port, "eve") as eve:
            ann.wait_for_person("botbot")
            for journey in JOURNEYS:
                user.play(journey, ann, eve)
        user.print_times()
        browser.close()
    sys.exit(user.has_failed)


class Person:
    """Somebody on IRC."""

    def __init__(self, port: int, nick: str) -> None:
        self.nick = nick
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._lines: list[str] = []
        threading.Thread(target=self._read, daemon=True).start()
        self.send(f"NICK {nick}", f"USER {nick} 0 * :{nick}")
        self.wait_for(" 001 ")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._socket.close()

    def send(self, *lines: str) -> None:
        self._socket.sendall("".join(f"{line}\r\n" for line in lines).encode())

    def wait_for_person(self, nick: str) -> None:
        """Wait until somebody is in a channel."""
        answer = ""
        while " 319 " not in answer:
            time.sleep(0.2)
            self.send(f"WHOIS {nick}")
            answer = self.wait_for(" 319 ", " 401 ")

    def wait_for(self, *texts: str) -> str:
        """Return the first line with one of the texts that was not returned before."""
        deadline = time.monotonic() + REPLY_SECONDS
        while time.monotonic() < deadline:
            for place, line in enumerate(self._lines):
                if any(text in line for text in texts):
                    del self._lines[: place + 1]
                    return line
            time.sleep(0.02)
        sys.exit(f"{self.nick} never saw {texts}: {self._lines[-3:]}")

    def _read(self) -> None:
        with self._socket.makefile(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                if line.startswith("PING"):
                    self.send(line.strip().replace("PING", "PONG", 1))
                self._lines.append(line.strip())


class BrowserUser:
    """A person's browser, which counts steps and takes pictures; the time of pictures is not counted."""

    def __init__(self, page: Page, url: str, folder: Path | None) -> None:
        self.page, self.url, self._folder = page, url, folder
        self._steps, self._pause, self._pictures = 0, 0.0, 0
        self.has_failed = False
        self._times: list[tuple[str, int, float]] = []

    def play(self, journey: Journey, first: Person, second: Person) -> None:
        self._steps, self._pause = 0, 0.0
        started_at = time.monotonic()
        name = (journey.__doc__ or "").rstrip(".")
        try:
            journey(self, first, second)
        except PlaywrightError as error:
            print(f"{name}: FAILED: {error}", file=sys.stderr)
            self.picture("failed")
            self.has_failed = True
        self._times.append((name, self._steps, time.monotonic() - started_at - self._pause))

    def open(self, path: str) -> None:
        self._steps += 1
        self.page.goto(self.url + path)

    def press(self, name: str, *, role: str = "button", within: str = "main", leads_to_page: bool = True) -> None:
        self._steps += 1
        place = self.page.locator(within)
        found = place.get_by_role(role, name=name, exact=True)  # type: ignore[arg-type]
        with self.page.expect_event("load") if leads_to_page else nullcontext():
            found.first.click()

    def click(self, found: Locator) -> None:
        self._steps += 1
        found.first.click()

    def fill(self, label: str, value: str) -> None:
        self._steps += 1
        field = self.page.get_by_label(label, exact=True).first
        if value in {"on", "off"}:
            field.set_checked(value == "on")
        elif field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(label=value)
        else:
            field.fill(value)

    def say(self, person: Person, line: str) -> None:
        self._steps += 1
        person.send(line)

    def expect_text(self, text: str) -> Locator:
        found = self.page.locator("main").get_by_text(text).first
        found.wait_for()
        return found

    def picture(self, name: str) -> None:
        """Take a picture of the page as it is, in each width and scheme."""
        if self._folder is None:
            return
        started_at = time.monotonic()
        self._pictures += 1
        for width in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": 800})
            if self.page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                print(f"{name} is wider than {width} pixels", file=sys.stderr)
            for scheme in SCHEMES:
                self.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                path = self._folder / f"{self._pictures:02}-{name}-{width}-{scheme}.png"
                self.page.screenshot(path=path, full_page=True)
        self.page.set_viewport_size({"width": WIDTHS[0], "height": 800})
        self.page.emulate_media(color_scheme="light")
        self._pause += time.monotonic() - started_at

    def print_times(self) -> None:
        print("| journey | steps | seconds |\n|---|---|---|")
        for name, steps, seconds in self._times:
            print(f"| {name} | {steps} | {seconds:.1f} |")


Journey = Callable[[BrowserUser, Person, Person], None]


def add_channel(user: BrowserUser, ann: Person, eve: Person) -> None:
    """Add a channel by invitation, and open its log by the topic."""
    ann.send("JOIN #mine")
    ann.wait_for("366")
    user.say(ann, "INVITE botbot #mine")
    announced = ann.wait_for("becomes public as soon as the topic says: ")
    user.say(ann, f"TOPIC #mine :{announced.partition('the topic says: ')[2]}")
    user.open("/demo/mine/")
    while user.page.goto(f"{user.url}/demo/mine/").status == 404:  # type: ignore[union-attr]
        time.sleep(0.2)
    eve.send("JOIN #mine")
    ann.wait_for(":eve!")
    for person, line in ((ann, "good morning"), (eve, "buy things"), (eve, "buy more things"), (ann, "please do not")):
        person.send(f"PRIVMSG #mine :{line}")
    user.page.locator("#lines .message").nth(3).wait_for()
    user.picture("log")


def sign_in(user: BrowserUser, ann: Person, _eve: Person) -> None:
    """Sign in by a code."""
    user.open("/sign-in/")
    user.picture("sign-in")
    user.press("Get a code")
    code = user.page.locator(".sign-in-code").inner_text()
    user.picture("code")
    user.say(ann, code.replace("/msg botbot ", "PRIVMSG botbot :"))
    user.page.wait_for_url("**/me/")
    user.picture("me")


def claim_by_code(user: BrowserUser, ann: Person, _eve: Person) -> None:
    """Add a second channel by a code said there."""
    ann.send("JOIN #pond")
    user.open("/add/")
    user.picture("add")
    user.fill("Channel", "#pond")
    user.press("Get a code")
    user.picture("add-code")
    user.say(ann, "INVITE botbot #pond")
    ann.wait_for(":botbot!botbot@demo.local JOIN")
    user.say(ann, f"PRIVMSG #pond :{user.page.locator('.sign-in-code').inner_text()}")
    user.page.wait_for_url("**/manage/")
    user.picture("manage-new-channel")


def change_settings(user: BrowserUser, _ann: Person, _eve: Person) -> None:
    """Change a setting."""
    user.open("/demo/mine/manage/")
    user.picture("manage")
    user.press("What is kept", role="link", within=".tabs")
    user.fill("Store joins and parts", "off")
    user.press("Save")
    user.expect_text("Settings saved.")
    user.picture("setting-saved")


def look_at_all_sections(user: BrowserUser, _ann: Person, _eve: Person) -> None:
    """Look at every section."""
    user.open("/demo/mine/manage/")
    for link in user.page.locator(".tabs a").all_inner_texts()[1:]:
        user.press(link, role="link", within=".tabs")
        user.picture(f"section-{re.sub('[^a-z]+', '-', link.lower())}")


def import_log(user: BrowserUser, _ann: Person, _eve: Person) -> None:
    """Import a log after a preview."""
    user.open("/demo/mine/manage/import/")
    user.picture("import")
    user.page.locator("input[type=file]").set_input_files(
        {"name": "mine.log", "mimeType": "text/plain", "buffer": OLD_LOG.encode()}
    )
    user.press("Preview the import")
    user.picture("import-asks")
    user.fill("Time zone", "UTC")
    user.press("Check it again")
    user.expect_text("would be stored")
    user.picture("import-preview")
    user.press("Store 2 lines")
    user.expect_text("are stored")
    user.picture("import-done")


def remove_lines(user: BrowserUser, _ann: Person, _eve: Person) -> None:
    """Remove a line by its link."""
    user.open("/demo/mine/manage/lines/")
    user.fill("Lines", f"{user.url}/demo/mine/at/2/")
    user.press("Remove")
    user.picture("remove-asks")
    user.fill("I understand that this cannot be undone.", "on")
    user.press("Remove")
    user.expect_text("emoved 1 line")
    user.picture("remove-done")


def moderate_line(user: BrowserUser, _ann: Person, eve: Person) -> None:
    """Remove all of a nick on a day, from a line."""
    user.open("/demo/mine/")
    line = user.page.locator("#lines .message", has_text="buy").first
    line.hover()
    user.click(line.get_by_role("link", name="Moderate"))
    user.page.locator("#line-menu").wait_for()
    user.picture("line-menu")
    user.press(f"Remove all of {eve.nick} on this day", role="link", within="#line-menu")
    user.picture("line-asks")
    user.click(user.page.locator("form.danger button"))
    user.expect_text("Permanently removed")
    user.picture("line-done")


def moderate_nick(user: BrowserUser, ann: Person, _eve: Person) -> None:
    """Hold one nick back in all channels."""
    user.open("/demo/mine/")
    user.press("Moderate", role="link", within="header")
    user.picture("nick-empty")
    user.fill("Nick", ann.nick)
    user.press("Find")
    user.fill("hold back, until they are released or discarded", "on")
    user.fill("Reason", "a trial")
    user.picture("nick-found")
    user.press("Show how many lines")
    user.picture("nick-asks")
    user.click(user.page.locator("form.danger button"))
    user.expect_text("Held back")
    user.picture("nick-done")
    user.open("/demo/mine/manage/lines/")
    user.picture("held-lines")
    user.click(user.page.get_by_role("button", name="Release all"))
    user.expect_text("eleased")


def shorten_retention(user: BrowserUser, _ann: Person, _eve: Person) -> None:
    """Keep lines for a month only, and undo it."""
    user.open("/demo/mine/manage/storage/")
    user.fill("Delete lines after how many days", "30")
    user.press("Save")
    user.picture("retention-asks")
    user.fill("Delete these lines", "on")
    user.press("Save")
    user.expect_text("Settings saved.")
    user.picture("retention-planned")
    user.press("Undo it", role="link", within=".warning")
    user.press("Undo")
    user.picture("retention-undone")


def purge_and_undo(user: BrowserUser, ann: Person, _eve: Person) -> None:
    """Purge the log, and undo it."""
    user.open("/demo/mine/manage/leave/")
    user.fill("Type the channel's name to confirm", "#mine")
    user.fill("Delete its whole log as well", "on")
    user.picture("leave")
    user.press("Leave")
    user.picture("leave-planned")
    user.press("Undo")
    user.picture("leave-undone")
    ann.wait_for(":botbot!botbot@demo.local JOIN")


def administer(user: BrowserUser, _ann: Person, _eve: Person) -> None:
    """Answer a privacy request in the administration."""
    user.open("/request/")
    user.fill("Network", "demo")
    user.fill("Nick", "eve")
    user.fill("Request", "erase what I said")
    user.fill("Details", "All that I said in #mine.")
    user.picture("request")
    user.press("Send")
    user.picture("request-sent")
    user.open("/admin/")
    user.page.get_by_label("Username").fill("root")
    user.page.get_by_label("Password").fill(PASSWORD)
    user.click(user.page.get_by_role("button", name="Log in"))
    user.picture("admin")
    user.click(user.page.get_by_role("link", name="1 privacy request without an answer"))
    user.picture("admin-requests")
    user.click(user.page.get_by_role("link", name="eve"))
    user.picture("admin-request")
    user.open("/")
    user.picture("front-page-of-superuser")
    user.page.context.clear_cookies()


def erase(user: BrowserUser, _ann: Person, eve: Person) -> None:
    """Erase what one said."""
    eve.send("PRIVMSG #mine :forget this")
    user.page.goto(f"{user.url}/demo/mine/")
    user.expect_text("forget this")
    user.open("/sign-in/")
    user.press("Get a code")
    user.say(eve, user.page.locator(".sign-in-code").inner_text().replace("/msg botbot ", "PRIVMSG botbot :"))
    user.page.wait_for_url("**/me/")
    user.press("Erase my lines")
    user.picture("erase-asks")
    user.click(user.page.locator("main form button"))
    user.expect_text("Permanently erased")
    user.picture("erase-done")


JOURNEYS: tuple[Journey, ...] = (
    *(add_channel, sign_in, claim_by_code, change_settings, look_at_all_sections, import_log, remove_lines),
    *(moderate_line, moderate_nick, shorten_retention, purge_and_undo, administer, erase),
)


@contextmanager
def product(folder: Path) -> Iterator[tuple[str, int]]:
    """What `make run` starts; the site's address, and the port of the demo network."""
    folder.chmod(0o755)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = os.environ | {"VAR_DIR": str(folder / "var"), "PORT": str(port), "EMAIL_URL": "smtp://127.0.0.1:9"}
    environment |= {"EMBEDDED_POSTGRES": "1", "DJANGO_SUPERUSER_PASSWORD": PASSWORD}
    log = folder / "log"
    with log.open("wb") as output:
        running = subprocess.Popen(
            [sys.executable, "-m", "botbot.embedded"], cwd=ROOT, env=environment, stdout=output, stderr=output
        )
    try:
        irc_port = _wait_for_greeting(running, log)
        user = ["createsuperuser", "--noinput", "--username=root", "--email=root@example.org"]
        subprocess.run([sys.executable, "manage.py", *user], cwd=ROOT, env=environment, check=True)
        yield f"http://127.0.0.1:{port}", irc_port
    finally:
        running.terminate()
        running.wait(30)


def _wait_for_greeting(running: subprocess.Popen[bytes], log: Path) -> int:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and running.poll() is None:
        if found := re.search(r"server 127\.0\.0\.1 port (\d+)", log.read_text(errors="replace")):
            return int(found[1])
        time.sleep(0.1)
    sys.exit(f"the product did not start:\n{log.read_text(errors='replace')}")


if __name__ == "__main__":
    main()
