"""What happens on the floor now: who waits, how long, and against what is usual."""

from __future__ import annotations

from typing import Any

from grafana_foundation_sdk.builders import dashboard

from deploy.grafana import frame
from deploy.grafana.boards.staffing import people
from deploy.grafana.vocabulary import (
    BROKEN,
    FULL,
    HALF,
    MINUTES,
    NONE_IS_GOOD,
    QUEUES,
    SEGMENTS,
    Query,
    Step,
    bars,
    figure,
    graph,
    rows,
)

_WAITING = f'support_work{{{QUEUES},kind=~"awaiting_.*"}}'
_BEGAN = f'support_oldest_work_start_timestamp_seconds{{{QUEUES},kind=~"awaiting_.*"}}'
_OLDEST = f"time() - min by (tenant, queue) ({_BEGAN})"
_NOW = f"max by (tenant, segment) (support_first_reply_now_seconds{{{SEGMENTS}}})"
_USUAL = f"max by (tenant, segment) (support_first_reply_usual_seconds{{{SEGMENTS}}})"
_FRESH = (Step(None, "green"), Step(30, "yellow"), Step(60, "red"))


def board() -> Any:
    """Return the dashboard."""
    told = frame.start("floor", "Floor", "What happens on the floor now.", frame.tenant(), frame.queue())
    return _trends(_queues(_now(told)))


def _now(told: Any) -> Any:
    small = {"width": 4, "height": 5}
    told = told.with_row(dashboard.Row("Now"))
    return (
        told.with_panel(
            figure(
                "Waiting",
                "Customers who wait for a first or a further reply.",
                "short",
                Query(f"sum({_WAITING})", "waiting"),
                **small,
            )
        )
        .with_panel(
            figure(
                "Longest wait",
                "How long the customer at the head of all queues has waited.",
                "s",
                Query(f"time() - min({_BEGAN})", "longest"),
                steps=MINUTES,
                **small,
            )
        )
        .with_panel(
            figure(
                "At risk",
                "Promises past their first warning that can still be kept.",
                "short",
                Query(f'sum(support_work{{{QUEUES},kind="at_risk"}})', "at risk"),
                steps=NONE_IS_GOOD,
                **small,
            )
        )
        .with_panel(
            figure(
                "Broken, still open",
                "Promises past their deadline whose customer still waits.",
                "short",
                Query(f'sum(support_work{{{QUEUES},kind="breached"}})', "broken"),
                steps=NONE_IS_GOOD,
                **small,
            )
        )
        .with_panel(
            figure(
                "Alerts firing",
                "Alerts of the stream; what to do stands in the runbooks.",
                "short",
                Query('sum(support_alerts_firing{tenant=~"$tenant"}) or vector(0)', "firing"),
                steps=NONE_IS_GOOD,
                **small,
            )
        )
        .with_panel(
            figure(
                "Numbers are old by",
                "Age of the newest service levels. Red: nothing on this page can be believed, see Pipeline health.",
                "s",
                Query(
                    'time() - min(last_over_time(support_service_levels_as_of_timestamp_seconds{tenant=~"$tenant"}[1h]))', "age"
                ),
                steps=_FRESH,
                **small,
            )
        )
    )


def _queues(told: Any) -> Any:
    told = told.with_row(dashboard.Row("Queues"))
    return (
        told.with_panel(
            rows(
                "Queues",
                "Each queue now. Waiting counts customers, at risk and broken count promises; the longest wait is in seconds.",
                "short",
                Query(f"sum by (tenant, queue) ({_WAITING})", "waiting"),
                Query(_OLDEST, "longest wait, s"),
                Query(f'sum by (tenant, queue) (support_work{{{QUEUES},kind="at_risk"}})', "at risk"),
                Query(f'sum by (tenant, queue) (support_work{{{QUEUES},kind="breached"}})', "broken"),
                Query(f'sum by (tenant, queue) (support_work{{{QUEUES},kind="unassigned"}})', "unassigned"),
                width=HALF,
                height=10,
            )
        )
        .with_panel(
            bars(
                "Longest wait",
                "How long the customer at the head of each queue has waited.",
                "s",
                Query(_OLDEST),
                steps=MINUTES,
                width=6,
                height=10,
            )
        )
        .with_panel(
            bars(
                "Slower than usual",
                "First reply time now less what is usual at this hour; below zero is quicker.",
                "s",
                Query(f"{_NOW} - {_USUAL}", "{{segment}}"),
                steps=(Step(None, "green"), Step(60, "yellow"), Step(300, "red")),
                width=6,
                height=10,
            )
        )
    )


def _trends(told: Any) -> Any:
    told = told.with_row(dashboard.Row("Trends"))
    breaches = (
        f'sum by (tenant, queue) (rate(support_sla_outcomes_total{{{QUEUES},outcome="breached"}}[$__rate_interval])) * 3600'
    )
    return (
        told.with_panel(
            graph(
                "First reply time, now and usual",
                "Now counts waiting customers in; usual is that of the same hours of the weeks before.",
                "s",
                Query(_NOW, "now {{segment}}"),
                Query(_USUAL, "usual {{segment}}"),
                width=FULL,
            )
        )
        .with_panel(
            bars(
                "People: needed and there",
                "Where [domain.understaffed] is set. Only needed: nobody can tell who is there.",
                "short",
                Query(people("needed"), "needed {{segment}}"),
                Query(people("there"), "there {{segment}}"),
            )
        )
        .with_panel(
            graph(
                "Who is on",
                "Responders by presence.",
                "short",
                Query('sum by (tenant, state) (support_responders{tenant=~"$tenant"})', "{{state}}"),
            )
        )
        .with_panel(graph("Waiting", "Customers who wait, per queue.", "short", Query(f"sum by (tenant, queue) ({_WAITING})")))
        .with_panel(
            graph("Promises broken per hour", "A breach counts at its deadline.", "short", Query(breaches), steps=BROKEN[:1])
        )
    )
