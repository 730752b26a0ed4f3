"""The files of deploy/monitoring use only metrics that a real site has."""

from __future__ import annotations

import json
import re
from pathlib import Path

import yaml
from prometheus_client.parser import text_string_to_metric_families

from logs.models import Channel, Network
from tests.logs.live.reader import Reader
from tests.processes import ROOT, Site
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


def test_every_metric_and_label_is_there(
    process_env: dict[str, str], tmp_path: Path, channel: Channel, network: Network
) -> None:
    Network.objects.filter(pk=network.pk).update(host="irc.example.org")
    more = {"DATABASE_REPLICA_URL": process_env["DATABASE_URL"]}  # it is none, and counted as such
    with (
        Redis(tmp_path) as redis,
        Site(tmp_path, process_env | more | {"REDIS_URL": redis.url}) as site,
        Reader(site.port, channel),
    ):
        families = list(text_string_to_metric_families(site.get("/metrics")))
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


def test_the_scrape_example_names_the_rules_and_the_port_of_the_web() -> None:
    example = yaml.safe_load((FOLDER / "prometheus.yml").read_text(encoding="utf-8"))
    assert (FOLDER / example["rule_files"][0]).is_file()
    assert example["scrape_configs"][0]["static_configs"] == [{"targets": ["127.0.0.1:8000"]}]
