"""The API is what its description says: schemathesis sends every operation valid and invalid requests."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from sysconfig import get_path

import httpx
import pytest
from jsonschema_rs import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from logs.models import Channel, Gap, Kind, Network
from logs.views.api.openapi import api
from tests.conftest import Say
from tests.logs.views.feeds.described import describe
from tests.processes import Site

OPERATIONS = {
    *("networks", "channels", "network_channels", "channel", "days", "lines", "line", "conversation"),
    *("search", "channel_search", "stats", "channel_stats", "live"),
    *("combined_live", "position"),
}
CONFIG = """
request-timeout = 30
max-stream-events = 1
[parameters]
"path.network" = "libera"
"path.channel" = "garden"
"query.channel" = ["libera/garden"]  # hundreds of names do not fit into an address
[[operations]]
include-path-regex = "garden/live$|{channel}/live$"
request-timeout = 10  # streams have no end
parameters = {"query.q" = "from:ann"}  # the schema does not say what is too much for a filter
[[operations]]
include-path = "/api/v1/live"
request-timeout = 10
# Not every text of these characters is a position.
parameters = {"query.q" = "from:ann", "query.after" = "BA", "header.Last-Event-ID" = "BA"}
"""


@pytest.fixture
def described(process_env: dict[str, str], tmp_path: Path, say: Say) -> Iterator[Site]:
    """A site that has the channel which the description gives as its example, with lines of every kind."""
    garden = Channel.objects.create(network=Network.objects.create(name="libera"), name="#garden")
    start = datetime(2026, 3, 1, 9, tzinfo=UTC)
    for number, kind in enumerate(Kind):
        say(garden, "ann", f"\x02text\x02 {number}", at=start + timedelta(days=number), kind=kind, target="bob")
    Gap.objects.create(channel=garden, from_at=start, reason="connection")
    with Site(tmp_path, process_env | {"API_PER_ADDRESS": "1000000"}) as site:
        yield site


def run_schemathesis(folder: Path, description: str, *options: str, config: str = "") -> str:
    """Run it and return what it printed; a failed test if anything is not as described."""
    (folder / "schemathesis.toml").write_text(config, encoding="utf-8")
    program = [str(Path(get_path("scripts"), "schemathesis")), "--config-file", "schemathesis.toml", "run"]
    phases = ["--phases", "examples,coverage,fuzzing", "--max-examples", "8", "--seed", "1"]
    done = subprocess.run(
        [*program, *phases, *options, description],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=270,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_every_operation_does_what_it_says(described: Site, tmp_path: Path) -> None:
    printed = run_schemathesis(tmp_path, f"{described.url}/api/v1/openapi.json", "--checks", "all", config=CONFIG)
    assert f"Tested: {len(OPERATIONS)}" in printed, printed
    # Feeds and oEmbed take what they do not understand as not said: they have no invalid requests.
    description = describe(described.url)
    (tmp_path / "feeds.json").write_text(json.dumps(description))
    # oEmbed demands 501 for XML, which another check would call an error of the server.
    checks = "status_code_conformance,content_type_conformance,response_schema_conformance"
    printed = run_schemathesis(tmp_path, "feeds.json", "--url", described.url, "--checks", checks)
    assert f"Tested: {len(description['paths'])}" in printed, printed
    assert "Traceback" not in described.output()


def test_the_description_is_openapi_3_1_of_every_operation() -> None:
    described = api.get_openapi_schema()
    assert described["openapi"].startswith("3.1.")
    found = {operation["operationId"] for path in described["paths"].values() for operation in path.values()}
    assert found == OPERATIONS
    for kind in described["components"]["schemas"].values():
        Draft202012Validator(kind | {"components": described["components"]})


def test_the_description_is_valid_and_errors_have_one_type() -> None:
    """Generators of clients refuse a description that is not."""
    described = json.loads(json.dumps(api.get_openapi_schema(), default=str))
    OpenAPIV31SpecValidator(described).validate()
    for operations in described["paths"].values():
        for operation in operations.values():
            assert all("example" in parameter or "examples" not in parameter for parameter in operation["parameters"])
            contents = [
                response["content"] for status, response in operation["responses"].items()
                if status >= "4" and "content" in response
            ]  # fmt: skip
            assert {kind for content in contents for kind in content} == {"application/problem+json"}
            assert all(content[kind]["schema"] for content in contents for kind in content)


def test_it_is_at_its_address(site: Site) -> None:
    response = httpx.get(f"{site.url}/api/v1/openapi.json")
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.json()["info"]["title"]
