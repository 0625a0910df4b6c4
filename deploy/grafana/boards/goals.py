"""How good we are, and whether we reach what we set ourselves."""

from __future__ import annotations

from typing import Any

from grafana_foundation_sdk.builders import dashboard

from deploy.grafana import frame
from deploy.grafana.vocabulary import ANY_CHANNEL, HALF, Query, Step, bars, figure, graph, rows

_LEVELS = (Step(None, "red"), Step(2, "orange"), Step(3, "yellow"), Step(4, "green"), Step(5, "blue"))
_SCOPE = 'tenant=~"$tenant"'


def board() -> Any:
    """Return the dashboard."""
    told = frame.start(
        "goals",
        "Goals and levels",
        "Service levels reached, and goals on their way.",
        frame.tenant(),
        frame.queue(),
        since="now-7d",
    )
    return _goals(_levels(told))


def _levels(told: Any) -> Any:
    told = told.with_row(dashboard.Row("Service levels"))
    level = f"max by (tenant, segment) (support_service_level{{{ANY_CHANNEL},measure="
    return (
        told.with_panel(
            figure(
                "Level of each channel",
                "1 unacceptable to 5 stellar: the lowest of its measures.",
                "none",
                Query(f'{level}"overall"}})', "{{segment}}"),
                steps=_LEVELS,
                width=HALF,
            )
        )
        .with_panel(
            rows(
                "Levels by measure",
                "Which measure holds a queue or a channel down.",
                "none",
                Query(f'max by (tenant, segment, measure) (support_service_level{{{_SCOPE},measure!="overall"}})', "level"),
                width=HALF,
            )
        )
        .with_panel(
            graph(
                "Levels over time",
                "The overall level of each queue's channels.",
                "none",
                Query(f'{level}"overall"}})', "{{segment}}"),
                width=HALF,
            )
        )
        .with_panel(
            bars(
                "Missing to the next level",
                "Share of contacts that would have to be better.",
                "percentunit",
                Query(
                    f"max by (tenant, segment, measure) (support_service_level_missing_ratio{{{ANY_CHANNEL}}})",
                    "{{segment}} {{measure}}",
                ),
                width=HALF,
            )
        )
    )


def _goals(told: Any) -> Any:
    told = told.with_row(dashboard.Row("Goals"))
    return told.with_panel(
        rows(
            "Goals",
            "State of each goal: on track, behind, met, missed.",
            "none",
            Query(f"max by (tenant, segment, goal, state) (support_goal_state{{{_SCOPE}}}) == 1", "now"),
            width=HALF,
        )
    ).with_panel(
        graph(
            "Share reached, and projected for the deadline",
            "Share of contacts within the goal's limit.",
            "percentunit",
            Query(f"max by (tenant, segment, goal) (support_goal_share_ratio{{{_SCOPE}}})", "now {{goal}} {{segment}}"),
            Query(f"max by (tenant, segment, goal) (support_goal_projected_ratio{{{_SCOPE}}})", "projected {{goal}} {{segment}}"),
            width=HALF,
        )
    )
