"""`make release VERSION=1.2.0`: a commit and a tag of a version, its wheel, source archive and bill of materials.

Nothing is published: that is `git push --follow-tags` and an upload of what is in dist/, after a look at both.
"""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CHANGELOG, VERSION_FILE = "CHANGELOG.md", "botbot/__init__.py"
_VERSION = re.compile(r"\d+\.\d+\.\d+(?:rc\d+)?")
_UNRELEASED = "## Unreleased\n"


class ReleaseError(Exception):
    """Why no release can be made; one sentence."""


def main(argv: list[str]) -> int:
    if len(argv) != 2:
        print("Name the version: make release VERSION=1.2.0", file=sys.stderr)
        return 2
    try:
        release(ROOT, argv[1])
    except ReleaseError as error:
        print(f"release: {error}", file=sys.stderr)
        return 1
    return 0


def release(root: Path, version: str) -> None:
    """Make the release. ReleaseError before anything is changed, if it cannot be made."""
    changelog = (root / CHANGELOG).read_text(encoding="utf-8")
    version_file = (root / VERSION_FILE).read_text(encoding="utf-8")
    if _run(root, "git", "status", "--porcelain"):
        raise ReleaseError("the checkout has changes that are not committed.")
    if _run(root, "git", "tag", "--list", f"v{version}"):
        raise ReleaseError(f"v{version} is tagged already.")
    new_changelog = close_changelog(changelog, version, f"{datetime.now(UTC):%Y-%m-%d}")
    new_version_file = set_version(version_file, version)
    (root / CHANGELOG).write_text(new_changelog, encoding="utf-8")
    (root / VERSION_FILE).write_text(new_version_file, encoding="utf-8")
    _run(root, "git", "commit", "--quiet", "--all", "--message", f"Release {version}")
    _run(root, "git", "tag", "--annotate", f"v{version}", "--message", f"Version {version}")
    dist = root / "dist"
    _run(root, sys.executable, "-m", "build", "--outdir", str(dist), str(root))
    bill = dist / f"botbot-{version}.cdx.json"
    _run(root, sys.executable, "-m", "cyclonedx_py", "requirements", "--output-file", str(bill), "requirements.txt")
    print(f"v{version} is tagged; dist/ has its wheel, source archive and bill of materials.")
    print("Publish it with git push --follow-tags, and upload what is in dist/.")


def close_changelog(text: str, version: str, day: str) -> str:
    """Return the changelog with what is unreleased under the version, and an empty section above it."""
    before, heading, after = text.partition(_UNRELEASED)
    entries = re.split(r"^## ", after, maxsplit=1, flags=re.MULTILINE)[0]
    if not heading or not re.search(r"^- ", entries, re.MULTILINE):
        raise ReleaseError(f"{CHANGELOG} has nothing under “Unreleased”.")
    return f"{before}{_UNRELEASED}\n## {version} ({day})\n{after}"


def set_version(text: str, version: str) -> str:
    """Return the module with another `__version__`, which has to be later than its own."""
    found = re.search(r'^__version__ = "([^"]+)"$', text, re.MULTILINE)
    if found is None:
        raise ReleaseError(f"{VERSION_FILE} has no __version__.")
    if not _VERSION.fullmatch(version):
        raise ReleaseError(f"“{version}” is no version such as 1.2.0 or 1.2.0rc1.")
    if _order(version) < _order(found[1]):
        raise ReleaseError(f"{version} is older than {found[1]}.")
    return f"{text[: found.start(1)]}{version}{text[found.end(1) :]}"


def _order(version: str) -> tuple[tuple[int, ...], bool, int]:
    """A candidate is older than its release."""
    numbers, is_candidate, candidate = version.partition("rc")
    return tuple(map(int, numbers.split("."))), not is_candidate, int(candidate or 0)


def _run(root: Path, *command: str) -> str:
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ReleaseError(f"{' '.join(command[:3])} failed: {(done.stderr or done.stdout).strip()}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv))
