"""Clients that others' tools generate from the description, used against a site."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import httpx

from logs.models import Channel
from tests.conftest import Say
from tests.npm import node_modules
from tests.processes import Site
from tests.programs import require

PYTHON_PROGRAM = """
import sys
from generated import Client
from generated.api.lines import lines
from generated.api.live import position
from generated.api.search import search
from generated.models import LinesPage, Problem

with Client(base_url=sys.argv[1], raise_on_unexpected_status=True) as client:
    page = lines.sync("testnet", "garden", client=client, limit=2)
    assert isinstance(page, LinesPage), page
    print(*[f"{line.nick} {line.text} {line.at.year}" for line in page.lines], sep="|")
    print(len(search.sync(client=client, q="from:ann roses").results))
    print(position.sync(client=client, channel=["testnet/garden"]).channels[0].position)
    problem = lines.sync("testnet", "nothing", client=client)
    assert isinstance(problem, Problem), problem
    print(problem.status)
"""

TYPESCRIPT_PROGRAM = """
import type { operations } from "./schema";

type Page = operations["lines"]["responses"][200]["content"]["application/json"];
type Failure = operations["lines"]["responses"][404]["content"]["application/problem+json"];
type Channels = NonNullable<operations["combined_live"]["parameters"]["query"]>["channel"];

async function main(site: string): Promise<void> {
  const page = (await (await fetch(`${site}/api/v1/networks/testnet/channels/garden/lines?limit=2`)).json()) as Page;
  const texts: string[] = page.lines.map((line: Page["lines"][number]) => `${line.nick} ${line.text}`);
  const failure = (await (await fetch(`${site}/api/v1/networks/testnet/channels/nothing`)).json()) as Failure;
  const status: number = failure.status;
  const channels: Channels = ["testnet/garden"];
  console.log(texts.join("|"), status, channels.length, page.resume.length > 0);
}

declare const process: { argv: string[] };
main(process.argv[2]);
"""


def run(*command: str | Path, folder: Path) -> str:
    done = subprocess.run(list(map(str, command)), cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_clients_that_tools_generate_work(site: Site, tmp_path: Path, channel: Channel, say: Say) -> None:
    say(channel, "ann", "roses")
    line = say(channel, "bob", "bees")
    description = tmp_path / "openapi.json"
    description.write_bytes(httpx.get(f"{site.url}/api/v1/openapi.json").content)

    scripts = Path(sys.executable).parent
    (tmp_path / "config.yml").write_text("post_hooks: []\n")
    generate = ["generate", "--path", "openapi.json", "--meta", "none", "--output-path", "generated"]
    words = run(scripts / "openapi-python-client", *generate, "--config", "config.yml", folder=tmp_path)
    assert "arning" not in words, words
    (tmp_path / "program.py").write_text(PYTHON_PROGRAM)
    printed = run(sys.executable, "program.py", site.url, folder=tmp_path).split("\n")
    assert printed[:4] == [f"ann roses {line.at.year}|bob bees {line.at.year}", "1", "2", "404"]

    node, programs = require("node", package="nodejs"), node_modules() / ".bin"
    run(programs / "openapi-typescript", description, "-o", "schema.d.ts", folder=tmp_path)
    (tmp_path / "program.ts").write_text(TYPESCRIPT_PROGRAM)
    # Strictly checked: a type that the description loses is an error here.
    strict = ["--strict", "--target", "es2022", "--module", "commonjs", "--lib", "es2022,dom", "program.ts"]
    run(programs / "tsc", *strict, folder=tmp_path)
    assert run(node, "program.js", site.url, folder=tmp_path) == "ann roses|bob bees 404 1 true\n"
    assert json.loads(description.read_text())["openapi"].startswith("3.1")
