"""`make audit`: whether a known vulnerability is in a package that requirements*.txt or package-lock.json pin.

pip-audit (https://pypi.org/project/pip-audit) and npm ask the advisory databases of PyPI and npm. Both can end without
an error although they have learnt nothing, for example behind a mirror that has packages and no advisories: pip-audit
calls such packages "not found" and reports no vulnerabilities. So their JSON is read here, and what was not checked
fails like what was found.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
TIMEOUT_SECONDS = 600
VULNERABLE, NOT_CHECKED = 1, 2


class Audit(NamedTuple):
    """What is known of the packages that one file pins: how many were checked, what was found, why others were not."""

    file: str
    checked: int
    findings: list[str]
    unchecked: str = ""


def main(pip_audit: str) -> int:
    # One file at a time: two of them may pin a package at different versions, which pip-audit refuses, and it does not
    # follow the `-r requirements.txt` in another one.
    audits = [audit_python(pip_audit, path) for path in sorted(ROOT.glob("requirements*.txt"))]
    audits.append(audit_npm())
    for audit in audits:
        print(describe(audit))
    return max(map(exit_code, audits))


def audit_python(pip_audit: str, requirements: Path) -> Audit:
    # Every version is pinned, so nothing has to be resolved or installed.
    options = ["--no-deps", "--disable-pip", "--progress-spinner", "off", "--format", "json"]
    return read_pip_audit(requirements.name, *_run([pip_audit, *options, "-r", requirements.name]))


def audit_npm() -> Audit:
    return read_npm_audit(*_run(["npm", "audit", "--json"]))


def read_pip_audit(file: str, output: str, errors: str) -> Audit:
    """Read what `pip-audit --format json` printed."""
    report = _parse(output)
    if "dependencies" not in report:
        return Audit(file, 0, [], _last_line(errors))
    packages: list[dict[str, Any]] = report["dependencies"]
    findings = [
        f"{package['name']} {package['version']}: {vulnerability['id']}, {_fixed_in(vulnerability['fix_versions'])}"
        for package in packages
        for vulnerability in package.get("vulns", ())
    ]
    skipped = [package for package in packages if "skip_reason" in package]
    unchecked = f"{len(skipped)} packages, the first: {skipped[0]['skip_reason']}" if skipped else ""
    return Audit(file, len(packages) - len(skipped), findings, unchecked)


def read_npm_audit(output: str, errors: str) -> Audit:
    """Read what `npm audit --json` printed."""
    report = _parse(output)
    if "vulnerabilities" not in report:
        return Audit("package-lock.json", 0, [], str(report.get("message", "")) or _last_line(errors))
    findings = [f"{name} {found['range']}: {found['severity']}" for name, found in report["vulnerabilities"].items()]
    return Audit("package-lock.json", report["metadata"]["dependencies"]["total"], findings)


def describe(audit: Audit) -> str:
    sentences = [f"{audit.file}: {audit.checked} packages checked, {len(audit.findings)} known vulnerabilities."]
    sentences += [f"  {finding}" for finding in audit.findings]
    if audit.unchecked:
        sentences.append(
            f"  NOT CHECKED, because the advisory database did not answer: {audit.unchecked}\n"
            "  Nothing is known of these packages. Run this on a machine that reaches the database."
        )
    return "\n".join(sentences)


def exit_code(audit: Audit) -> int:
    if audit.unchecked:
        return NOT_CHECKED
    return VULNERABLE if audit.findings else 0


def _fixed_in(versions: Sequence[str]) -> str:
    return f"fixed in {', '.join(versions)}" if versions else "not fixed yet"


def _run(command: list[str]) -> tuple[str, str]:
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=TIMEOUT_SECONDS)
    except FileNotFoundError:
        return "", f"{command[0]} is not installed"
    except subprocess.TimeoutExpired:
        return "", f"{command[0]} did not end within {TIMEOUT_SECONDS} s"
    return done.stdout, done.stderr


def _parse(output: str) -> dict[str, Any]:
    """Return the JSON object that a program printed; an empty one if it printed something else."""
    try:
        report = json.loads(output)
    except ValueError:
        return {}
    return report if isinstance(report, dict) else {}


def _last_line(errors: str) -> str:
    return (errors.strip().splitlines() or ["no reason given"])[-1]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
