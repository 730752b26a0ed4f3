"""The wheel: everything that the product needs is in it, and the command `botbot` runs it from another folder."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import httpx
import pytest

import botbot
from tests.processes import ROOT, Process, database_url, free_port, wait_for


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with the wheel; of everything else it borrows what the tests have installed."""
    folder = tmp_path_factory.mktemp("package")
    pip = [sys.executable, "-m", "pip"]
    run([*pip, "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", str(folder), str(ROOT)], folder)
    run([sys.executable, "-m", "venv", "--without-pip", "venv"], folder)
    [packages] = (folder / "venv" / "lib").glob("python*/site-packages")
    (packages / "borrowed.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    [built] = folder.glob("botbot-*.whl")
    assert built.name.startswith(f"botbot-{botbot.__version__}-")
    into = ["--python", str(folder / "venv" / "bin" / "python")]
    run([*pip, *into, "install", "-q", "--no-deps", "--disable-pip-version-check", str(built)], folder)
    return folder / "venv" / "bin" / "botbot"


def run(command: list[str], folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(command, cwd=folder, env=clean | environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.mark.django_db(transaction=True)
def test_the_wheel_serves_pages(installed: Path, tmp_path: Path) -> None:
    environment = {"DATABASE_URL": database_url(), "SECRET_KEY": "package", "WEB_PROCESSES": "1"}
    environment["VAR_DIR"] = str(tmp_path)
    botbot_ = str(installed)
    assert run([botbot_, "--version"], tmp_path).stdout == f"botbot {botbot.__version__}\n"
    assert "static files copied" in run([botbot_, "collectstatic", "--no-input"], tmp_path, **environment).stdout
    output = run([botbot_, "upgrade-check"], tmp_path, **environment).stdout
    assert (
        output
        == f"This is version {botbot.__version__}.\nThe database is that of this version: nothing has to be done.\n"
    )
    port = free_port()
    site = f"http://127.0.0.1:{port}"
    web = Process([botbot_, "web"], environment | {"PORT": str(port)}, tmp_path / "web.log")
    web.cwd = tmp_path  # gunicorn imports from where it is started
    with web:
        wait_for(lambda: "Booting worker" in web.output(), 30)
        page = httpx.get(f"{site}/about/", timeout=60).text
        assert "<title>" in page
        [style] = {part.split('"')[0] for part in page.split('href="')[1:] if "css/base." in part}
        assert httpx.get(f"{site}{style}", timeout=60).status_code == 200
