"""The files of deploy/monitoring use only metrics that a real site has."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from prometheus_client.core import Metric
from prometheus_client.parser import text_string_to_metric_families

from logs.models import Channel, Network, WatchedPath
from tests.bot.test_metrics import ask
from tests.logs.live.reader import Reader
from tests.processes import ROOT, Bot, Site, free_port, wait_for
from tests.redis import Redis

FOLDER = ROOT / "deploy" / "monitoring"


def read_expressions() -> list[str]:
    """Every expression of the dashboard and of the alert rules."""
    dashboard = json.loads((FOLDER / "botbot-dashboard.json").read_text(encoding="utf-8"))
    alerts = yaml.safe_load((FOLDER / "botbot-alerts.yml").read_text(encoding="utf-8"))
    rules = [rule for group in alerts["groups"] for rule in group["rules"]]
    assert all(rule["alert"] and rule["annotations"]["summary"] for rule in rules)
    targets = [target for panel in dashboard["panels"] for target in panel["targets"]]
    return [each["expr"] for each in (*targets, *rules)]


@pytest.fixture
def families(process_env: dict[str, str], tmp_path: Path, channel: Channel, network: Network) -> list[Metric]:
    """What a web process with Redis, a reader and log files of others tells, and what a bot does."""
    # Port 9 is discard, where nobody listens.
    Network.objects.filter(pk=network.pk).update(host="127.0.0.1", port=9, wanted=True)
    WatchedPath.objects.create(path="/logs")
    port = free_port()
    more = {"DATABASE_REPLICA_URL": process_env["DATABASE_URL"]}  # it is none, and counted as such
    with (
        Bot(tmp_path, process_env | {"BOT_METRICS": f"127.0.0.1:{port}"}) as bot,
        Redis(tmp_path) as redis,
        Site(tmp_path, process_env | more | {"REDIS_URL": redis.url}) as site,
        Reader(site.port, channel),
    ):
        wait_for(lambda: "health and metrics are served" in bot.output(), 20)
        wait_for(lambda: ask(port, "/readyz")[1] != "The bot starts.\n", 20)
        text = site.get("/metrics") + ask(port, "/metrics")[1]
        return list(text_string_to_metric_families(text))


def test_every_metric_and_label_is_there(families: list[Metric]) -> None:
    samples = [sample for family in families for sample in family.samples]
    names = {sample.name for sample in samples} | {family.name for family in families}
    labels = {label for sample in samples for label in sample.labels} | {"job", "instance", "network", "problem"}
    expressions = read_expressions()
    assert len(expressions) > 20
    for expression in expressions:
        used = re.findall(r"\b(?:botbot|process)_[a-z_]+", expression)
        assert used or expression.startswith("up{"), expression
        assert names.issuperset(used), expression
        assert labels.issuperset(re.findall(r"(\w+)=", expression)), expression


def test_every_metric_is_documented_and_every_documented_one_is_there(families: list[Metric]) -> None:
    text = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`botbot_.+?) \|", text, re.MULTILINE)
    documented = {
        name.removesuffix("_total").removesuffix("_bucket") for row in rows for name in re.findall(r"botbot_\w+", row)
    }
    found = {family.name for family in families if family.name.startswith("botbot_")}
    assert documented - {"botbot_replica_lag_seconds"} == found  # a real replica has it


def test_the_scrape_example_names_the_rules_and_the_port_of_the_web() -> None:
    example = yaml.safe_load((FOLDER / "prometheus.yml").read_text(encoding="utf-8"))
    assert (FOLDER / example["rule_files"][0]).is_file()
    targets = {job["job_name"]: job["static_configs"] for job in example["scrape_configs"]}
    assert targets == {"botbot": [{"targets": ["127.0.0.1:8000"]}], "botbot-bot": [{"targets": ["127.0.0.1:8002"]}]}
    assert "127.0.0.1:8002" in (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
