"""The rows of the mission: measures (A), service levels (B), what happens with the numbers (C), rules of the clocks (B.4).

A test names the rows that it holds the code to with `@pytest.mark.mission("A5")`. Who adds the first test of a row takes the
row out of `UNTESTED` and writes down where its code is and where its number is shown.
"""

from __future__ import annotations

from typing import NamedTuple


class Row(NamedTuple):
    """One thing asked for."""

    code: str
    title: str
    modules: tuple[str, ...] = ()
    """Where the code is."""
    shown: str = ""
    """Where a user sees it."""


_FOLD = "pipeline/tickets/fold.py"
_SLA = "pipeline/tickets/sla.py"
_OWNERSHIP = "pipeline/tickets/ownership.py"
_LEVELS = "pipeline/windows/levels.py"
_RATES = "pipeline/catalogue/rates.py"
_HANDLING = "pipeline/tickets/handling.py"
_ACCOUNT, _TRENDS = "pipeline/customers/account.py", "pipeline/customers/trends.py"
_BOTH = "service-levels, /metrics"
_LADDER = ("pipeline/judgement/ladder.py", "pipeline/defaults/service-levels.toml")

ROWS: dict[str, Row] = {
    row.code: row
    for row in (
        Row("A1", "First response time per channel", ("pipeline/tickets/waits.py",), _BOTH),
        Row("A2", "Average response time", (_RATES, _LEVELS), "service-levels"),
        Row("A3", "Average resolution time", ("pipeline/tickets/resolution.py",), _BOTH),
        Row("A4", "Average wait until somebody takes the contact", (_HANDLING,), "service-levels"),
        Row("A5", "Self-service rate", (_HANDLING, _RATES), "service-levels"),
        Row("A6", "One-touch resolution rate", (_HANDLING, _RATES), "service-levels"),
        Row("A7", "First contact resolution and next issue avoidance", (_ACCOUNT,), "service-levels, repeats"),
        Row("A8", "Abandonment rate", ("pipeline/tickets/waits.py", _RATES), "service-levels"),
        Row("A9", "CSAT, CES, NPS and survey response rate", ("pipeline/tickets/ratings.py", _RATES), "service-levels"),
        Row("A10", "Customer retention", (_ACCOUNT, "pipeline/customers/retention.py"), "service-levels"),
        Row("A11", "Cost per contact", (_HANDLING, _RATES), "service-levels"),
        Row("A12", "Response rate per team", (_OWNERSHIP,), _BOTH),
        Row(
            "A13",
            "Schedule adherence, availability, skills",
            ("pipeline/responders/life.py", "pipeline/responders/engine.py"),
            "responders, presence, /metrics",
        ),
        Row("A14", "Ticket volume per hour, day and channel", (_LEVELS,), _BOTH),
        Row("A15", "Journeys over several channels", (_ACCOUNT, _TRENDS), "service-levels, firstreply trends"),
        Row("B1", "Service level 1, unacceptable", _LADDER, _BOTH),
        Row("B2", "Service level 2, below average", _LADDER, _BOTH),
        Row("B3", "Service level 3, average", _LADDER, _BOTH),
        Row("B4", "Service level 4, above average", _LADDER, _BOTH),
        Row("B5", "Service level 5, stellar", _LADDER, _BOTH),
        Row("B6", "Customers' own expectations as data, and the share that met them", _LADDER, "service-levels"),
        Row(
            "C1",
            "Overall numbers and the differences",
            (_LEVELS, "pipeline/judgement/jump.py", "pipeline/judgement/drop.py"),
            "service-levels, alerts",
        ),
        Row("C2", "Promises per region and channel, at risk before breached", (_SLA,), "sla-events, clocks, /metrics"),
        Row("C3", "SMART goals", ("pipeline/judgement/goals.py", "pipeline/judgement/shortfall.py"), f"{_BOTH}, alerts"),
        Row(
            "C4",
            "Staff fitted to volume",
            ("pipeline/staffing/erlang.py", "pipeline/staffing/plan.py", "pipeline/judgement/understaffed.py"),
            "firstreply plan, alerts",
        ),
        Row(
            "C5",
            "Business hours and channels out of hours",
            ("pipeline/tickets/calendar.py", "pipeline/tickets/fallback.py"),
            "service-levels",
        ),
        Row("C6", "VIP customers have their own promises", ("pipeline/tickets/conditions.py",), "sla-events, clocks, /metrics"),
        Row(
            "C7",
            "Incentives that never reward speed alone",
            ("pipeline/responders/items.py", "pipeline/responders/points.py"),
            "responders, presence",
        ),
        Row("C8", "Sort, prioritise and route", ("pipeline/routing/composing.py", "pipeline/routing/deadlines.py"), "Redis"),
        Row("C9", "Root causes: trends of topics, repeat contacts", (_ACCOUNT, _TRENDS), "service-levels, firstreply trends"),
        Row(
            "C10",
            "Honest expected wait",
            ("pipeline/judgement/expectedwait.py", "pipeline/judgement/lifetable.py", "pipeline/judgement/told.py"),
            _BOTH,
        ),
        Row("C11", "Teams across the company see their own promised times", (_OWNERSHIP,), "sla-events, clocks, /metrics"),
        Row("B.4.1", "Ordered policies, first match, unmatched never silent", ("pipeline/tickets/rules.py",), "sla-events"),
        Row(
            "B.4.2", "A clock freezes policy, priority, target and calendar", ("pipeline/tickets/rules.py",), "sla-events, clocks"
        ),
        Row("B.4.3", "Re-target keeps start and elapsed; at most one live breach", (_SLA,), "sla-events"),
        Row("B.4.4", "Breach at the deadline, at-risk ahead; at the deadline is met", (_SLA,), "sla-events, clocks"),
        Row("B.4.5", "Late proof retracts a breach and says so", ("pipeline/tickets/refold.py",), "sla-events, /metrics"),
        Row("B.4.6", "Pause sets per measure", (_SLA,), "clocks"),
        Row("B.4.7", "Solve fulfils; merge, spam, delete cancel", (_SLA, _FOLD), "sla-events"),
        Row("B.4.8", "Reopening never restarts the first reply", ("pipeline/tickets/resolution.py",), "service-levels"),
        Row(
            "B.4.9",
            "Calendars: zones, intervals, overnight, dated exceptions",
            ("pipeline/tickets/calendar.py",),
            "service-levels",
        ),
        Row(
            "B.4.10",
            "Attribution to the author and team at event time",
            ("pipeline/tickets/waits.py", "pipeline/tickets/tally.py"),
            _BOTH,
        ),
        Row("B.4.11", "Calendar and business values side by side", ("pipeline/tickets/tally.py",), "service-levels"),
    )
}

UNTESTED: dict[str, str] = {}
"""Rows without a test that names them, and why. Must shrink to nothing."""
