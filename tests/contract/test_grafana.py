"""The dashboards: generated files are current, of Grafana's shape, and free of what the linter refuses."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import CollectorRegistry

from agents.signals.figures import SignalFigures
from tests.contract.test_deploy import exposed_series
from tests.support.grafana.queries import values_of

pytest.importorskip("grafana_foundation_sdk", reason="grafana-foundation-sdk is missing (requirements/dev.txt)")

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from deploy.grafana import generate
from tests.support.grafana.lint import complaints

ROOT = Path(__file__).resolve().parents[2]
GRAFANA = ROOT / "deploy" / "grafana"
FILES = sorted((GRAFANA / "dashboards").glob("*.json"))


def known_series() -> dict[str, frozenset[str]]:
    """Return every series that a panel may read: of workers, of the sink, of the recording rules."""
    series = exposed_series()
    registry = CollectorRegistry()
    SignalFigures(registry)
    for family in registry.collect():
        for sample in family.samples:
            series[sample.name] = series.get(sample.name, frozenset()) | frozenset(sample.labels)
        if family.type == "counter":
            series.setdefault(f"{family.name}_total", frozenset())
    for path in (ROOT / "deploy" / "prometheus" / "rules").glob("*.yml"):
        for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]:
            for rule in group["rules"]:
                if "record" in rule:
                    series[rule["record"]] = frozenset(rule["record"].partition(":")[0].split("_")) | frozenset(
                        rule.get("labels", {})
                    )
    return series


SERIES = known_series()


def read(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


def test_generated_dashboards_are_current() -> None:
    made = generate.files()
    assert set(made) == set(FILES)
    for path, text in made.items():
        assert path.read_text(encoding="utf-8") == text, "run `make docs`"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_dashboard_is_of_grafanas_shape(path: Path) -> None:
    """What the SDK's types, made from Grafana's own schema, do not know is lost in between, or raises."""
    document = read(path)
    again = json.loads(JSONEncoder().encode(Dashboard.from_json(document)))
    assert again == document


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_linter_has_nothing_to_say(path: Path) -> None:
    assert complaints(read(path), SERIES) == []


def _first_panel(document: dict[str, Any]) -> dict[str, Any]:
    return next(panel for panel in document["panels"] if panel["type"] != "row")


def _expr(text: str) -> Callable[[dict[str, Any]], None]:
    return lambda document: _first_panel(document)["targets"][0].update(expr=text)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda document: document.update(uid="x"), "uid"),
        (lambda document: document.update(editable=True), "edited"),
        (lambda document: document.update(links=[]), "runbooks"),
        (lambda document: document["annotations"].update(list=[]), "annotation"),
        (lambda document: _first_panel(document).update(description=""), "description"),
        (lambda document: _first_panel(document)["fieldConfig"]["defaults"].pop("unit"), "unit"),
        (lambda document: _first_panel(document)["fieldConfig"]["defaults"].pop("thresholds"), "thresholds"),
        (lambda document: _first_panel(document).update(datasource={"uid": "prometheus"}), "data source"),
        (lambda document: _first_panel(document).update(id=1), "number"),
        (lambda document: _first_panel(document)["gridPos"].update(x=20), "grid"),
        (lambda document: _first_panel(document)["targets"][0].update(legendFormat="{{team}}"), "legend"),
        (
            lambda document: document["templating"]["list"].append({"name": "idle", "type": "custom", "label": "x"}),
            "nothing uses",
        ),
        (_expr("sum(support_work{"), "Waiting:"),
        (_expr('sum(support_wrk{tenant="$tenant"})'), "nobody exposes"),
        (_expr('sum(support_work{team="$tenant"})'), "no label"),
        (_expr("rate(support_tickets_created_total[5m])"), "fixed time"),
        (_expr("sum(support_work) + $nothing"), "unknown variables"),
    ],
)
def test_the_linter_finds_what_is_wrong(spoil: Callable[[dict[str, Any]], None], said: str) -> None:
    document = copy.deepcopy(read(GRAFANA / "dashboards" / "floor.json"))
    spoil(document)
    found = complaints(document, SERIES)
    assert any(said in complaint for complaint in found), found


def test_what_is_provisioned_is_there() -> None:
    (source,) = yaml.safe_load((GRAFANA / "provisioning" / "datasources" / "prometheus.yml").read_text())["datasources"]
    scrape = yaml.safe_load((ROOT / "deploy" / "prometheus" / "prometheus.yml").read_text())["global"]["scrape_interval"]
    assert source["jsonData"]["timeInterval"] == scrape, "or $__rate_interval is wrong"
    (provider,) = yaml.safe_load((GRAFANA / "provisioning" / "dashboards" / "firstreply.yml").read_text())["providers"]
    assert (provider["allowUiUpdates"], provider["disableDeletion"]) == (False, True)
    uids = [read(path)["uid"] for path in FILES]
    assert len(uids) == len(set(uids)) == 6


def test_the_boards_open_with_everything_chosen() -> None:
    values = values_of(read(GRAFANA / "dashboards" / "sla.json"))
    assert (values["tenant"], values["objective"], values["limit"]) == ("[^,]*", "0.95", "900.0")
