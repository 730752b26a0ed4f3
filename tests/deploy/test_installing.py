"""docs/installing.md, followed to the letter on a fresh machine: each of its blocks of commands, in their order.

What is substituted: tests/deploy/machine.py has the programs; the placeholders in angle brackets are here, and so is
what a person types at a prompt.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from tests.deploy.machine import Machine
from tests.examples import NIGHTLY
from tests.processes import ROOT

pytestmark = pytest.mark.timeout(900)

TEXT = (ROOT / "docs" / "installing.md").read_text(encoding="utf-8")
SETTINGS_FILE = "/etc/botbot/environment"
SUBSTITUTED = {
    "<where you have it from>": "https://git.example.org/botbot.git",
    # It asks for a name, an address and a password.
    "manage.py createsuperuser": "manage.py createsuperuser --no-input --username ann --email ann@example.org",
    "/var/backups/botbot/botbot-2026-01-01-032000.dump": "/var/backups/botbot/botbot-*.dump",
}
NOT_FOLLOWED = {
    "python3 -m venv /srv/botbot/.venv\n/srv/botbot/.venv/bin/pip install botbot": "tests/botbot/test_package.py",
}
"""How the blocks begin that are not run, and why."""

NIGHTLY_SECTIONS = {"5. Upgrades", "Restoring"}
"""Each command of Django takes seconds: only nightly runs follow these. Others have tests/botbot/test_backup.py and
test_upgrade_check.py."""


class Block(NamedTuple):
    """Some lines of commands, or of settings, without their indentation."""

    section: str
    text: str


def read_blocks() -> list[Block]:
    blocks = []
    for part in re.split(r"^##+ ", TEXT, flags=re.MULTILINE)[1:]:
        for indented in re.findall(r"(?:^ {4}.*\n)+", part, re.MULTILINE):
            text = re.sub(r"^ {4}", "", indented, flags=re.MULTILINE).strip()
            blocks.append(Block(part.partition("\n")[0], text))
    return blocks


def substitute(block: str) -> str:
    for old, new in SUBSTITUTED.items():
        block = block.replace(old, new)
    return block


class Follower:
    """Does what a person does who reads the document from the top."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.outputs: list[tuple[str, str]] = []

    def follow(self, block: str) -> None:
        if any(block.startswith(start) for start in NOT_FOLLOWED):
            return
        if re.match(r"[A-Z_]+=", block):
            self._write_settings(block)
            return
        shell, _, rest = substitute(block).partition("\n")
        # What is typed into a shell of another user is run by that shell.
        if shell.startswith("su - "):
            typed = shlex.quote(f"set -eux\n{rest}")
            block = f"{shell} -c {typed}"
        else:
            block = f"set -x\n{substitute(block)}"
        self.outputs.append((block, self.machine.run(block)))

    def output_of(self, part: str) -> str:
        [output] = [output for block, output in self.outputs if part in block]
        return output

    def _write_settings(self, block: str) -> None:
        """Edit the file, which is there with its rights already. A placeholder that is a command gives its output."""
        settings = re.sub(r"<(python3 .+)>", lambda found: self.machine.run(found[1]).strip(), block)
        assert "<" not in settings
        self.machine.run(f"test -f {SETTINGS_FILE} && cat >> {SETTINGS_FILE} <<'END'\n{settings}\nEND")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Follower]:
    """The machine after the whole document."""
    with Machine(tmp_path_factory.mktemp("machine")) as machine:
        follower = Follower(machine)
        for block in read_blocks():
            if NIGHTLY or block.section not in NIGHTLY_SECTIONS:
                follower.follow(block.text)
        yield follower


def test_every_block_is_followed_or_named() -> None:
    blocks = read_blocks()
    assert len(blocks) > 8
    assert {block.section for block in blocks} >= NIGHTLY_SECTIONS
    for start in NOT_FOLLOWED:
        assert any(block.text.startswith(start) for block in blocks), "it is not there any more"
    for old in SUBSTITUTED:
        assert any(old in block.text for block in blocks), f"{old} is not there any more"


def test_the_site_works_for_visitors(site: Follower) -> None:
    visitor = "curl --silent --show-error --insecure --resolve logs.example.org:443:127.0.0.1 --include"
    page = site.machine.run(f"{visitor} https://logs.example.org/")
    assert page.startswith("HTTP/2 200")
    assert "<title>" in page
    assert "strict-transport-security" in page
    [style, *_] = re.findall(r'href="(/static/[^"]+\.css)"', page)
    file = site.machine.run(f"{visitor} https://logs.example.org{style}")
    assert file.startswith("HTTP/2 200")
    assert "immutable" in file
    assert "strict-transport-security" in file
    assert site.machine.run(f"{visitor} https://logs.example.org/metrics").startswith("HTTP/2 403")


def test_the_bot_and_the_web_run_with_the_settings_of_the_file(site: Follower) -> None:
    assert "ready" in site.output_of("/readyz")
    rights = site.machine.run(f"stat --format '%U %G %a' {SETTINGS_FILE}")
    assert rights == "root botbot 640\n"
    processes = site.machine.run("ps -eo user,args")
    assert re.search(r"^botbot .*manage\.py runbot$", processes, re.MULTILINE)
    assert re.search(r"^botbot .*gunicorn -c gunicorn\.conf\.py botbot\.wsgi$", processes, re.MULTILINE)
    assert site.machine.run("ls /var/lib/botbot").split() == ["journal", "static"]


def test_what_check_still_says_is_what_the_document_says(site: Follower) -> None:
    said = re.findall(r"\((botbot\.\S+|security\.\S+|\w+\.[EW]\d+)\)", site.output_of("check --deploy"))
    assert {name for name in said if not name.startswith("botbot.todo.")} == {"security.W004", "security.W008"}
    assert {"security.W004", "W008"} <= set(re.findall(r"`([\w.]+)`", TEXT))


def test_there_is_a_backup(site: Follower) -> None:
    backups = site.machine.run("stat --format '%U %n' /var/backups/botbot/*")
    assert re.search(r"^botbot \S+\.dump$", backups, re.MULTILINE)
    assert re.search(r"^botbot \S+\.json$", backups, re.MULTILINE)
