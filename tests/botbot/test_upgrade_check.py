"""`botbot upgrade-check`: what it says of databases of other versions and of settings that nothing reads."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db.migrations.recorder import MigrationRecorder

pytestmark = pytest.mark.django_db

APPLIED = MigrationRecorder.Migration


def test_a_database_of_this_version_needs_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("upgrade_check")
    assert "nothing has to be done" in capsys.readouterr().out


def test_migrations_that_have_to_run_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    last = APPLIED.objects.filter(app="logs").order_by("name").last()
    assert last is not None
    last.delete()
    with pytest.raises(CommandError, match="older than this version") as refused:
        call_command("upgrade_check")
    assert refused.value.returncode == 1
    assert f"To run: logs {last.name}\n" in capsys.readouterr().out


def test_a_newer_database_is_in_the_way() -> None:
    APPLIED.objects.create(app="logs", name="9999_later")
    APPLIED.objects.create(app="something_else", name="0001_initial")  # of an app that is not ours
    with pytest.raises(CommandError) as refused:
        call_command("upgrade_check")
    assert refused.value.returncode == 2
    assert str(refused.value) == (
        "The database is newer than this version: it has logs 9999_later. Install that version again."
    )


def test_settings_that_nothing_reads_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "environment"
    file.write_text("SITE_NAME=Logs\nSECRET_KEY_FILE=/run/secret\nSITENAME=Logs\n")
    monkeypatch.setenv("ENVIRONMENT_FILE", str(file))
    call_command("upgrade_check")
    output = capsys.readouterr().out
    assert f"Note: {file} sets SITENAME, which this version does not read.\n" in output
    assert output.count("Note:") == 1
