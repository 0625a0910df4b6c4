"""THE catalogue of measures: what is measured, in which unit, from where, and the codes that panes add up.

A pane is one sparse dictionary `code -> integer`. A counter has one code. A duration measure has a block of codes: the
sum, the count per class of the log-bucket histogram (`pipeline.windows.histogram`) and the count per configured edge,
so that "share within target" and the Prometheus histogram are exact at the edges while quantiles stay within 1 %.
"""

from __future__ import annotations

from enum import StrEnum

BLOCK = 1 << 16
"""Codes per measure: code = index of the measure * BLOCK + offset."""
SUM = 0
"""Offset of the sum of a duration measure, milliseconds."""
HISTOGRAM = 1
"""First offset of the log-bucket histogram; offset = HISTOGRAM + index of the class."""
EDGES = 1 << 15
"""First offset of the counts per configured edge; offset = EDGES + index of the first edge >= the value."""


class Kind(StrEnum):
    """What a measure's number is made of."""

    COUNTER = "counter"
    """How often."""
    AMOUNT = "amount"
    """A sum of whole numbers, in the measure's unit."""
    DURATION = "duration"
    """A distribution of milliseconds: count, sum, histogram."""
    RATE = "rate"
    """One number over another, in millionths."""


class Clock(StrEnum):
    """Which hours count."""

    CALENDAR = "calendar"
    """Every hour."""
    BUSINESS = "business"
    """The hours of the queue's calendar."""


class Measure(StrEnum):
    """Every measure. The order of the members is part of the row format: append, never reorder."""

    CREATED = "created"
    REPLIES = "replies"
    SOLVED = "solved"
    REOPENED = "reopened"
    ABANDONED = "abandoned"
    FIRST_REPLY = "first_reply"
    FIRST_REPLY_BUSINESS = "first_reply_business"
    FIRST_REPLY_RESPONDER = "first_reply_responder"
    FIRST_REPLY_RESPONDER_BUSINESS = "first_reply_responder_business"
    NEXT_REPLY = "next_reply"
    NEXT_REPLY_BUSINESS = "next_reply_business"
    FIRST_RESOLUTION = "first_resolution"
    FIRST_RESOLUTION_BUSINESS = "first_resolution_business"
    FULL_RESOLUTION = "full_resolution"
    FULL_RESOLUTION_BUSINESS = "full_resolution_business"
    SLA_FIRST_REPLY_MET = "sla_first_reply_met"
    SLA_FIRST_REPLY_BREACHED = "sla_first_reply_breached"
    SLA_NEXT_REPLY_MET = "sla_next_reply_met"
    SLA_NEXT_REPLY_BREACHED = "sla_next_reply_breached"
    SLA_FIRST_RESOLUTION_MET = "sla_first_resolution_met"
    SLA_FIRST_RESOLUTION_BREACHED = "sla_first_resolution_breached"
    SLA_REQUESTER_WAIT_MET = "sla_requester_wait_met"
    SLA_REQUESTER_WAIT_BREACHED = "sla_requester_wait_breached"
    SLA_RESPONDER_WORK_MET = "sla_responder_work_met"
    SLA_RESPONDER_WORK_BREACHED = "sla_responder_work_breached"
    PICKUP = "pickup"
    PICKUP_BUSINESS = "pickup_business"
    SELF_SERVED = "self_served"
    ONE_TOUCH = "one_touch"
    ABANDONED_SHORT = "abandoned_short"
    CSAT_ANSWERS = "csat_answers"
    CSAT_SATISFIED = "csat_satisfied"
    CSAT_SCORE = "csat_score"
    CES_ANSWERS = "ces_answers"
    CES_SCORE = "ces_score"
    NPS_PROMOTERS = "nps_promoters"
    NPS_PASSIVES = "nps_passives"
    NPS_DETRACTORS = "nps_detractors"
    SURVEYS_OFFERED = "surveys_offered"
    SURVEYS_ANSWERED = "surveys_answered"
    COST = "cost"
    CONTACTS_COSTED = "contacts_costed"
    TRANSFERS = "transfers"
    REASSIGNMENTS = "reassignments"
    EXPECTATION_MET = "expectation_met"
    EXPECTATION_MISSED = "expectation_missed"
    UNASSIGNED_MS = "unassigned_ms"
    UNASSIGNED_BUSINESS_MS = "unassigned_business_ms"
    STATUS_NEW_MS = "status_new_ms"
    STATUS_NEW_BUSINESS_MS = "status_new_business_ms"
    STATUS_OPEN_MS = "status_open_ms"
    STATUS_OPEN_BUSINESS_MS = "status_open_business_ms"
    STATUS_PENDING_MS = "status_pending_ms"
    STATUS_PENDING_BUSINESS_MS = "status_pending_business_ms"
    STATUS_HOLD_MS = "status_hold_ms"
    STATUS_HOLD_BUSINESS_MS = "status_hold_business_ms"
    STATUS_SNOOZED_MS = "status_snoozed_ms"
    STATUS_SNOOZED_BUSINESS_MS = "status_snoozed_business_ms"
    CSAT_MIDDLING = "csat_middling"
    CSAT_DELIGHTED = "csat_delighted"
    CONTACTS = "contacts"
    REPEAT_CONTACTS = "repeat_contacts"
    FIRST_CONTACTS_SOLVED = "first_contacts_solved"
    FIRST_CONTACTS_REPEATED = "first_contacts_repeated"
    FIRST_CONTACTS_FOLLOWED = "first_contacts_followed"
    JOURNEYS = "journeys"
    JOURNEYS_SWITCHED = "journeys_switched"
    CHANNEL_SWITCHES = "channel_switches"
    CUSTOMERS_WON = "customers_won"
    CUSTOMERS_LOST = "customers_lost"
    SLA_EACH_REPLY_MET = "sla_each_reply_met"
    SLA_EACH_REPLY_BREACHED = "sla_each_reply_breached"
    SLA_PERIODIC_UPDATE_MET = "sla_periodic_update_met"
    SLA_PERIODIC_UPDATE_BREACHED = "sla_periodic_update_breached"
    SLA_TOTAL_RESOLUTION_MET = "sla_total_resolution_met"
    SLA_TOTAL_RESOLUTION_BREACHED = "sla_total_resolution_breached"
    SLA_PICKUP_MET = "sla_pickup_met"
    SLA_PICKUP_BREACHED = "sla_pickup_breached"
    SLA_TEAM_TIME_MET = "sla_team_time_met"
    SLA_TEAM_TIME_BREACHED = "sla_team_time_breached"
    ABANDONED_AFTER = "abandoned_after"
    ABANDONED_AFTER_BUSINESS = "abandoned_after_business"


class Work(StrEnum):
    """Kinds of open work: what is counted now, by the time it began. Append, never reorder (row format)."""

    OPEN = "open"
    """Unsolved tickets, by creation."""
    AWAITING_FIRST_REPLY = "awaiting_first_reply"
    """Customers who have had no reply yet, by the start of their wait."""
    AWAITING_NEXT_REPLY = "awaiting_next_reply"
    """Customers who wait for a further reply, by the start of that wait."""
    UNASSIGNED = "unassigned"
    """Unsolved tickets that nobody holds, by creation."""
    AT_RISK = "at_risk"
    """SLA clocks past their first at-risk step and not yet breached, by that step."""
    BREACHED = "breached"
    """SLA clocks breached and still running, by deadline."""
    CUSTOMERS = "customers"
    """Customers, as the customer register tells of them, by when they were won."""
    UNMATCHED = "unmatched"
    """Unsolved tickets that no policy is for, by creation."""


INDEX = {measure: index for index, measure in enumerate(Measure)}
WORK_INDEX = {work: index for index, work in enumerate(Work)}


def base(measure: Measure) -> int:
    """Return the first code of a measure; for a counter it is the only one."""
    return INDEX[measure] * BLOCK
