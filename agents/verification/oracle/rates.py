"""Every rate, as docs/measures.md writes it down: which sums over which, and in which unit."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

WHOLE, THOUSANDTHS = 1_000_000, 1_000
"""What makes a rate millionths of its unit: of sums that are whole, or already in thousandths of a point."""
STATUSES = ("new", "open", "pending", "hold", "snoozed")


class Formula(NamedTuple):
    """One sum over another; a minus before a name takes it away."""

    above: tuple[str, ...]
    below: tuple[str, ...]
    scale: int = WHOLE


class Share(NamedTuple):
    """A rate in a window."""

    above: int
    below: int
    ppm: int | None
    """Rounded towards minus infinity; `None` where what it is divided by is not above zero."""


def _spent(*statuses: str, business: bool = False) -> tuple[str, ...]:
    return tuple(f"status_{status}_{'business_' if business else ''}ms" for status in statuses)


FORMULAS: dict[str, Formula] = {
    "self_service_rate": Formula(("self_served",), ("full_resolution",)),
    "one_touch_rate": Formula(("one_touch",), ("full_resolution",)),
    "abandonment_rate": Formula(("abandoned", "-abandoned_short"), ("created", "-abandoned_short")),
    "reopen_rate": Formula(("reopened",), ("solved",)),
    "csat": Formula(("csat_satisfied",), ("csat_answers",)),
    "csat_mean": Formula(("csat_score",), ("csat_answers",), THOUSANDTHS),
    "ces_mean": Formula(("ces_score",), ("ces_answers",), THOUSANDTHS),
    "nps": Formula(("nps_promoters", "-nps_detractors"), ("nps_promoters", "nps_passives", "nps_detractors")),
    "survey_response_rate": Formula(("surveys_answered",), ("surveys_offered",)),
    "cost_per_contact": Formula(("cost",), ("contacts_costed",)),
    "transfer_rate": Formula(("transfers",), ("created",)),
    "expectation_rate": Formula(("expectation_met",), ("expectation_met", "expectation_missed")),
    "waiting_on_us": Formula(_spent("new", "open"), _spent(*STATUSES)),
    "waiting_on_us_business": Formula(_spent("new", "open", business=True), _spent(*STATUSES, business=True)),
    "waiting_on_customer": Formula(_spent("pending"), _spent(*STATUSES)),
    "waiting_on_customer_business": Formula(_spent("pending", business=True), _spent(*STATUSES, business=True)),
    "first_contact_resolution": Formula(("first_contacts_solved", "-first_contacts_repeated"), ("first_contacts_solved",)),
    "next_issue_avoidance": Formula(("first_contacts_solved", "-first_contacts_followed"), ("first_contacts_solved",)),
    "repeat_contact_rate": Formula(("repeat_contacts",), ("contacts",)),
    "journey_switch_rate": Formula(("journeys_switched",), ("journeys",)),
}


def share(formula: Formula, number: Callable[[str], int]) -> Share:
    """Return a rate; `number` gives a counter's or amount's total, or how often a duration was observed."""
    above, below = (_added(names, number) for names in (formula.above, formula.below))
    return Share(above, below, above * formula.scale // below if below > 0 else None)


def _added(names: tuple[str, ...], number: Callable[[str], int]) -> int:
    return sum(-number(name[1:]) if name.startswith("-") else number(name) for name in names)
