"""Whether there are enough people for what comes in."""

from __future__ import annotations

from typing import Any

from grafana_foundation_sdk.builders import dashboard

from deploy.grafana import frame
from deploy.grafana.vocabulary import (
    ANY_CHANNEL,
    HALF,
    MINUTES,
    NONE_IS_GOOD,
    QUEUES,
    SEGMENTS,
    THIRD,
    Query,
    Step,
    bars,
    graph,
    rows,
)

_FLOW = "[30m]"


def board() -> Any:
    """Return the dashboard."""
    told = frame.start(
        "staffing",
        "Staffing",
        "Whether there are enough people for what comes in.",
        frame.tenant(),
        frame.queue(),
        since="now-12h",
    )
    return _hands(_waits(_flow(_people(told))))


def people(which: str) -> str:
    """Return the query of responders needed, there, planned or missing, or whether that is told, by queue."""
    return f"max by (tenant, segment) (support_responders_{which}{{{SEGMENTS}}})"


def _people(told: Any) -> Any:
    told = told.with_row(dashboard.Row("People (where [domain.understaffed] is set, live)"))
    return (
        told.with_panel(
            rows(
                "People now",
                "Needed with who waits already, there, on the rota, missing. Told: 0 while nobody tells who is there.",
                "short",
                Query(people("needed"), "needed"),
                Query(people("there"), "there"),
                Query(people("planned"), "on the rota"),
                Query(people("missing"), "missing"),
                Query(people("told"), "told"),
                width=16,
            )
        )
        .with_panel(
            bars(
                "Missing",
                "People needed less people there, never below zero. No bar: nobody can tell.",
                "short",
                Query(people("missing"), "{{segment}}"),
                steps=NONE_IS_GOOD,
                width=THIRD,
            )
        )
        .with_panel(
            graph(
                "Needed and there",
                "A gap that lasts pages (understaffed). A line that ends: presence is not told any more.",
                "short",
                Query(people("needed"), "needed {{segment}}"),
                Query(people("there"), "there {{segment}}"),
                Query(people("planned"), "on the rota {{segment}}"),
                width=16,
            )
        )
        .with_panel(
            graph(
                "Responders by presence",
                "Everybody of the tenant.",
                "short",
                Query('sum by (tenant, state) (support_responders{tenant=~"$tenant"})', "{{state}}"),
                width=THIRD,
            )
        )
    )


def _rate(metric: str) -> str:
    return f"sum by (tenant, queue) (rate({metric}{{{QUEUES}}}[$__rate_interval])) * 3600"


def _flow(told: Any) -> Any:
    told = told.with_row(dashboard.Row("In and out"))
    backlog = f'sum by (tenant, queue) (support_work{{{QUEUES},kind="open"}})'
    slope = f'sum by (tenant, queue) (deriv(support_work{{{QUEUES},kind="open"}}{_FLOW})) * 3600'
    return (
        told.with_panel(
            graph(
                "Contacts in, replies and solutions out, per hour",
                "In above out for long: the backlog grows.",
                "short",
                Query(_rate("support_tickets_created_total"), "in {{queue}}"),
                Query(_rate("support_first_reply_seconds_count"), "first replies {{queue}}"),
                Query(_rate("support_tickets_solved_total"), "solved {{queue}}"),
            )
        )
        .with_panel(graph("Backlog", "Unsolved tickets.", "short", Query(backlog)))
        .with_panel(
            bars(
                "Backlog grows by, per hour",
                "Slope of the last 30 minutes; below zero it shrinks.",
                "short",
                Query(slope),
                steps=(Step(None, "green"), Step(1, "yellow"), Step(10, "red")),
                width=HALF,
            )
        )
        .with_panel(
            bars(
                "Unassigned",
                "Unsolved tickets that nobody holds.",
                "short",
                Query(f'sum by (tenant, queue) (support_work{{{QUEUES},kind="unassigned"}})'),
                steps=NONE_IS_GOOD,
                width=HALF,
            )
        )
    )


def _hands(told: Any) -> Any:
    told = told.with_row(dashboard.Row("From hand to hand"))
    moved = "[$__range]"
    transfers = f"sum by (tenant, queue) (increase(support_ticket_transfers_total{{{QUEUES}}}{moved}))"
    others = f"sum by (tenant, queue) (increase(support_ticket_reassignments_total{{{QUEUES}}}{moved}))"
    spent = f'sum by (status) (rate(support_status_time_seconds_total{{{QUEUES},clock="calendar"}}[$__rate_interval]))'
    idle = f'sum (rate(support_unassigned_time_seconds_total{{{QUEUES},clock="calendar"}}[$__rate_interval]))'
    return told.with_panel(
        bars(
            "Transfers and reassignments",
            "Tickets moved to another queue, or to another responder, in this time range.",
            "short",
            Query(transfers, "transferred {{queue}}"),
            Query(others, "reassigned {{queue}}"),
        )
    ).with_panel(
        graph(
            "Where tickets spend their time",
            "Ticket seconds per second in each status, as it ends.",
            "short",
            Query(spent, "{{status}}"),
            Query(idle, "held by nobody"),
        )
    )


def _waits(told: Any) -> Any:
    told = told.with_row(dashboard.Row("What it means for customers"))
    wait = f"max by (tenant, segment) (support_expected_wait_seconds{{{ANY_CHANNEL},stat="
    kept = f"max by (tenant, segment) (support_expected_wait_kept_ratio{{{ANY_CHANNEL},stat="
    return told.with_panel(
        graph(
            "Expected wait",
            "What a customer who comes now should be told: half wait no longer, nine in ten wait no longer.",
            "s",
            Query(f'{wait}"p50"}})', "half {{segment}}"),
            Query(f'{wait}"p90"}})', "nine in ten {{segment}}"),
            steps=MINUTES,
        )
    ).with_panel(
        bars(
            "Expected wait was right",
            "Share of customers who waited no longer than they were told: 50 % and 90 % would be exact.",
            "percentunit",
            Query(f'{kept}"p50"}})', "half {{segment}}"),
            Query(f'{kept}"p90"}})', "nine in ten {{segment}}"),
            width=HALF,
        )
    )
