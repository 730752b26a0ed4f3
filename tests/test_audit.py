"""`make audit` says what it found, and never calls unchecked packages safe; docs/security.md names tests that exist."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.audit import NOT_CHECKED, ROOT, VULNERABLE, audit_python, describe, exit_code, read_npm_audit, read_pip_audit


def test_packages_without_known_vulnerabilities_pass() -> None:
    packages = [{"name": "django", "version": "5.2.19", "vulns": []}, {"name": "gevent", "version": "1", "vulns": []}]
    audit = read_pip_audit("requirements.txt", json.dumps({"dependencies": packages, "fixes": []}), "")
    assert (audit.checked, exit_code(audit)) == (2, 0)
    npm = read_npm_audit('{"vulnerabilities": {}, "metadata": {"dependencies": {"total": 9}}}', "")
    assert (npm.checked, exit_code(npm)) == (9, 0)


def test_a_vulnerability_is_named_with_the_version_that_mends_it() -> None:
    found = {"name": "django", "version": "5.2.1", "vulns": [{"id": "PYSEC-2026-1", "fix_versions": ["5.2.2"]}]}
    audit = read_pip_audit(
        "requirements.txt", json.dumps({"dependencies": [found], "fixes": []}), "Found 1 known vulnerability"
    )
    assert "django 5.2.1: PYSEC-2026-1, fixed in 5.2.2" in describe(audit)
    assert exit_code(audit) == VULNERABLE
    report = {"vulnerabilities": {"x": {"range": "<2", "severity": "high"}}, "metadata": {"dependencies": {"total": 1}}}
    npm = read_npm_audit(json.dumps(report), "")
    assert "x <2: high" in describe(npm)
    assert exit_code(npm) == VULNERABLE


def test_a_package_that_the_database_does_not_know_is_not_safe() -> None:
    """pip-audit itself ends with 0 and "No known vulnerabilities found" here."""
    skipped = {
        "name": "django",
        "skip_reason": "Dependency not found on PyPI and could not be audited: django (5.2.19)",
    }
    audit = read_pip_audit(
        "requirements.txt", json.dumps({"dependencies": [skipped], "fixes": []}), "No known vulnerabilities found"
    )
    assert exit_code(audit) == NOT_CHECKED
    assert "NOT CHECKED, because the advisory database did not answer: 1 packages" in describe(audit)


@pytest.mark.parametrize("output", ["", "Traceback", "[]", '{"message": "405 Method Not Allowed"}'])
def test_an_audit_without_an_answer_is_not_checked(output: str) -> None:
    for audit in (read_pip_audit("requirements.txt", output, "x\nConnection refused\n"), read_npm_audit(output, "")):
        assert exit_code(audit) == NOT_CHECKED
        assert "NOT CHECKED" in describe(audit)


def test_a_program_that_is_missing_is_named(tmp_path: Path) -> None:
    missing = str(tmp_path / "pip-audit")
    assert f"{missing} is not installed" in describe(audit_python(missing, Path("requirements.txt")))


def test_every_attack_has_a_test_that_exists() -> None:
    text = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| ") and not line.startswith(("| attack", "| ---"))]
    assert len(rows) > 30
    for row in rows:
        names = re.findall(r"`([\w/]*test_\w+\.py)`", row)
        assert names, row
        # A bare name stands beside another one of the same folder.
        for name in names:
            assert list((ROOT / "tests").glob(f"**/{name}")), name
