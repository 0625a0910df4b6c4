"""Counters and amounts of a leaf as `/metrics` shows them: which code stands in which series."""

from __future__ import annotations

from typing import NamedTuple

from pipeline.events import Status
from pipeline.measures import Clock, Measure, base
from pipeline.metrics import Metric

M = Measure


class Amount(NamedTuple):
    """One series of each queue and priority."""

    metric: Metric
    labels: tuple[str, ...]
    """Values of the labels after queue and priority."""
    measure: str
    code: int
    less: int = 0
    """A code that is part of `code` and has a series of its own; 0 for none."""


def _amount(metric: Metric, measure: Measure, *labels: str, less: Measure | None = None) -> Amount:
    return Amount(metric, labels, measure.value, base(measure), 0 if less is None else base(less))


_UNSOLVED = tuple(status for status in Status if status not in (Status.SOLVED, Status.CLOSED))

AMOUNTS = (
    _amount(Metric.ABANDONED, M.ABANDONED, "other", less=M.ABANDONED_SHORT),
    _amount(Metric.ABANDONED, M.ABANDONED_SHORT, "short"),
    _amount(Metric.SELF_SERVED, M.SELF_SERVED),
    _amount(Metric.ONE_TOUCH, M.ONE_TOUCH),
    _amount(Metric.TRANSFERS, M.TRANSFERS),
    _amount(Metric.REASSIGNMENTS, M.REASSIGNMENTS),
    _amount(Metric.SURVEYS_OFFERED, M.SURVEYS_OFFERED),
    _amount(Metric.SURVEYS_ANSWERED, M.SURVEYS_ANSWERED),
    _amount(Metric.SURVEY_ANSWERS, M.CSAT_ANSWERS, "csat", "other", less=M.CSAT_SATISFIED),
    _amount(Metric.SURVEY_ANSWERS, M.CSAT_SATISFIED, "csat", "satisfied"),
    _amount(Metric.SURVEY_ANSWERS, M.CES_ANSWERS, "ces", "any"),
    _amount(Metric.SURVEY_ANSWERS, M.NPS_PROMOTERS, "nps", "promoter"),
    _amount(Metric.SURVEY_ANSWERS, M.NPS_PASSIVES, "nps", "passive"),
    _amount(Metric.SURVEY_ANSWERS, M.NPS_DETRACTORS, "nps", "detractor"),
    _amount(Metric.EXPECTATIONS, M.EXPECTATION_MET, "met"),
    _amount(Metric.EXPECTATIONS, M.EXPECTATION_MISSED, "missed"),
    _amount(Metric.COST, M.COST),
    _amount(Metric.CONTACTS_COSTED, M.CONTACTS_COSTED),
    _amount(Metric.REPLIES, M.REPLIES),
    _amount(Metric.CSAT_SCORE, M.CSAT_SCORE),
    _amount(Metric.CSAT_MIDDLING, M.CSAT_MIDDLING),
    _amount(Metric.CSAT_DELIGHTED, M.CSAT_DELIGHTED),
    _amount(Metric.CES_SCORE, M.CES_SCORE),
    _amount(Metric.CONTACTS_OPENED, M.CONTACTS),
    _amount(Metric.CONTACTS_REPEATED, M.REPEAT_CONTACTS),
    _amount(Metric.FIRST_CONTACTS_SOLVED, M.FIRST_CONTACTS_SOLVED),
    _amount(Metric.FIRST_CONTACTS_REPEATED, M.FIRST_CONTACTS_REPEATED),
    _amount(Metric.FIRST_CONTACTS_FOLLOWED, M.FIRST_CONTACTS_FOLLOWED),
    _amount(Metric.JOURNEYS, M.JOURNEYS),
    _amount(Metric.JOURNEYS_SWITCHED, M.JOURNEYS_SWITCHED),
    _amount(Metric.CHANNEL_SWITCHES, M.CHANNEL_SWITCHES),
    _amount(Metric.CUSTOMERS_WON, M.CUSTOMERS_WON),
    _amount(Metric.CUSTOMERS_LOST, M.CUSTOMERS_LOST),
    *(_amount(Metric.STATUS_TIME, M(f"status_{status}_ms"), status, Clock.CALENDAR) for status in _UNSOLVED),
    *(_amount(Metric.STATUS_TIME, M(f"status_{status}_business_ms"), status, Clock.BUSINESS) for status in _UNSOLVED),
    _amount(Metric.UNASSIGNED_TIME, M.UNASSIGNED_MS, Clock.CALENDAR),
    _amount(Metric.UNASSIGNED_TIME, M.UNASSIGNED_BUSINESS_MS, Clock.BUSINESS),
)
