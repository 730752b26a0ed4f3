"""What `make release` changes in the checkout, and when it refuses to."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from deploy.release import ReleaseError, close_changelog, release, set_version

CHANGELOG = "# Changelog\n\n## Unreleased\n\n### For visitors\n- Read.\n\n## 0.1.0 (2026-01-01)\n\n- Begin.\n"
MODULE = '"""The site."""\n\n__version__ = "0.1.0"\n'


def test_unreleased_changes_get_a_version_and_a_date() -> None:
    closed = close_changelog(CHANGELOG, "0.2.0", "2026-12-01")
    assert closed.startswith("# Changelog\n\n## Unreleased\n\n## 0.2.0 (2026-12-01)\n\n### For visitors\n- Read.\n")
    with pytest.raises(ReleaseError, match="nothing under"):
        close_changelog(closed, "0.3.0", "2026-12-02")


@pytest.mark.parametrize("version", ["0.1.0", "0.2.0", "1.0.0rc1", "0.10.0"])
def test_a_version_is_written(version: str) -> None:
    assert set_version(MODULE, version) == MODULE.replace("0.1.0", version)


@pytest.mark.parametrize("version", ["0.0.9", "0.1.0rc1", "1", "v1.0.0", "1.0.0-beta", ""])
def test_other_versions_are_refused(version: str) -> None:
    with pytest.raises(ReleaseError):
        set_version(MODULE, version)


def test_nothing_is_released_from_a_checkout_with_changes(tmp_path: Path) -> None:
    (tmp_path / "botbot").mkdir()
    (tmp_path / "botbot" / "__init__.py").write_text(MODULE)
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG)
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    with pytest.raises(ReleaseError, match="not committed"):
        release(tmp_path, "0.2.0")
    assert (tmp_path / "CHANGELOG.md").read_text() == CHANGELOG
