"""Every measure of the catalogue is a series of `/metrics`, and every series stands on a panel, or in a list with the reason."""

from __future__ import annotations

import json
import re
from pathlib import Path

from pipeline.catalogue import DEFINITIONS
from pipeline.config import SlaMeasure
from pipeline.measures import Kind, Measure
from pipeline.metrics import CATALOGUE, Metric
from pipeline.windows.amounts import AMOUNTS

DASHBOARDS = Path(__file__).resolve().parents[2] / "deploy" / "grafana" / "dashboards"
RULES = Path(__file__).resolve().parents[2] / "deploy" / "prometheus" / "rules"
COUNTED = {"created", "solved", "reopened"}
"""Have series without labels of their own."""
UNSEEN = {Metric.POSITION: "an offset says nothing to people; rules watch that it moves"}
"""Series on no panel."""


def test_every_measure_is_a_series() -> None:
    outcomes = {f"sla_{promise}_{outcome}" for promise in SlaMeasure for outcome in ("met", "breached")}
    amounts = {amount.measure for amount in AMOUNTS}
    durations = {measure.value for measure in Measure if DEFINITIONS[measure.value].kind is Kind.DURATION}
    assert {measure.value for measure in Measure} == COUNTED | outcomes | amounts | durations


def test_every_series_stands_on_a_panel() -> None:
    shown = " ".join(
        target["expr"]
        for path in DASHBOARDS.glob("*.json")
        for panel in json.loads(path.read_text(encoding="utf-8"))["panels"]
        for target in panel.get("targets", ())
    )
    unseen = {metric for metric in CATALOGUE if not re.search(rf"\b{metric}(_total|_bucket|_sum|_count)?\b", shown)}
    assert unseen == UNSEEN.keys(), sorted(unseen ^ UNSEEN.keys())
