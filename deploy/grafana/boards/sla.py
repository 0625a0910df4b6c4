"""Whether we keep what we promised, and how much of what we may break is left."""

from __future__ import annotations

from typing import Any

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.models import dashboard as models

from deploy.grafana import frame
from deploy.grafana.vocabulary import (
    BROKEN,
    FULL,
    KEPT,
    QUEUES,
    THIRD,
    Query,
    Step,
    bars,
    figure,
    graph,
    heat,
    rows,
)

_PROMISE = f'{QUEUES},sla=~"$sla"'
_BURN = (Step(None, "green"), Step(1, "yellow"), Step(3, "orange"), Step(6, "red"))


def board() -> Any:
    """Return the dashboard."""
    promise = frame.choice("sla", "Promise", 'label_values(support_sla_outcomes_total{tenant=~"$tenant"}, sla)')
    limit = frame.choice("limit", "Limit, s", "label_values(support_first_reply_seconds_bucket, le)", several=False)
    limit = limit.current(models.VariableOption(selected=True, text="900.0", value="900.0"))
    objective = dashboard.CustomVariable("objective").label("Objective").values("0.90,0.95,0.99")
    objective = objective.current(models.VariableOption(selected=True, text="0.95", value="0.95"))
    variables = frame.tenant(), frame.queue(), promise, objective, limit
    told = frame.start(
        "sla", "SLA and budgets", "Whether promises are kept, and what may still be broken.", *variables, since="now-24h"
    )
    return _limits(_budgets(_kept(told)))


def _share(outcome: str, by: str, span: str) -> str:
    every = f"sum by ({by}) (increase(support_sla_outcomes_total{{{_PROMISE}}}[{span}]))"
    some = f'sum by ({by}) (increase(support_sla_outcomes_total{{{_PROMISE},outcome="{outcome}"}}[{span}]))'
    return f"{some} / {every}"


def _kept(told: Any) -> Any:
    told = told.with_row(dashboard.Row("Kept and broken"))
    return (
        told.with_panel(
            figure(
                "Kept in this time range",
                "Promises kept, of those decided, per promise.",
                "percentunit",
                Query(_share("met", "sla", "$__range"), "{{sla}}"),
                steps=KEPT,
                width=FULL,
                height=5,
            )
        )
        .with_panel(
            graph(
                "Broken, share of the last hour",
                "By arrival in Prometheus; the exact share by event time stands in service-levels.",
                "percentunit",
                Query(f"tenant_queue_sla:support_sla_breach:ratio_rate1h{{{_PROMISE}}}", "{{queue}} {{sla}}"),
                steps=BROKEN,
            )
        )
        .with_panel(
            graph(
                "Open promises in danger",
                "At risk: past the first warning. Broken: past the deadline, and the customer still waits.",
                "short",
                Query(f'sum by (tenant, queue, kind) (support_work{{{QUEUES},kind=~"at_risk|breached"}})', "{{queue}} {{kind}}"),
            )
        )
    )


def _budgets(told: Any) -> Any:
    told = told.with_row(dashboard.Row("Budgets"))
    ratio = "tenant_queue_sla:support_sla_breach:ratio_rate"
    return (
        told.with_panel(
            bars(
                "Budget burnt in this time range",
                "Share of what may be broken under the objective; 1 is all of it.",
                "percentunit",
                Query(f"({_share('breached', 'tenant, queue, sla', '$__range')}) / (1 - $objective)", "{{queue}} {{sla}}"),
                steps=(Step(None, "green"), Step(0.5, "yellow"), Step(0.8, "orange"), Step(1, "red")),
                width=THIRD,
            )
        )
        .with_panel(
            graph(
                "Burn rate, fast",
                "How many times as fast as the budget allows: over 1 hour, and over 5 minutes.",
                "short",
                Query(f"{ratio}1h{{{_PROMISE}}} / (1 - $objective)", "1h {{queue}} {{sla}}"),
                Query(f"{ratio}5m{{{_PROMISE}}} / (1 - $objective)", "5m {{queue}} {{sla}}"),
                steps=_BURN,
                width=THIRD,
            )
        )
        .with_panel(
            graph(
                "Burn rate, slow",
                "How many times as fast as the budget allows: over 6 hours, and over 30 minutes.",
                "short",
                Query(f"{ratio}6h{{{_PROMISE}}} / (1 - $objective)", "6h {{queue}} {{sla}}"),
                Query(f"{ratio}30m{{{_PROMISE}}} / (1 - $objective)", "30m {{queue}} {{sla}}"),
                steps=_BURN,
                width=THIRD,
            )
        )
    )


def _limits(told: Any) -> Any:
    told = told.with_row(dashboard.Row("Limits"))
    within = f'sum by (tenant, queue) (rate(support_first_reply_seconds_bucket{{{QUEUES},le="$limit"}}[$__range]))'
    every = f"sum by (tenant, queue) (rate(support_first_reply_seconds_count{{{QUEUES}}}[$__range]))"
    spread = f"sum by (le) (increase(support_first_reply_seconds_bucket{{{QUEUES}}}[$__rate_interval]))"
    return (
        told.with_panel(
            bars(
                "First replies within the limit",
                "Exact, since every promise's limit is an edge of the histogram. Choose the limit above.",
                "percentunit",
                Query(f"{within} / {every}"),
                steps=KEPT,
                width=THIRD,
            )
        )
        .with_panel(heat("First reply times", "How many first replies took how long.", "s", Query(spread, "{{le}}"), width=THIRD))
        .with_panel(
            rows(
                "Corrected",
                "Outcomes that later events took back: a breach retracted by late proof, for example.",
                "short",
                Query(f"sum by (tenant, queue, sla, outcome) (support_sla_outcomes_retracted_total{{{_PROMISE}}})", "taken back"),
                width=THIRD,
            )
        )
    )
