"""Rates: one number of a window over another, and durations that are several measures together."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from pipeline.catalogue.definition import Definition, Direction, Unit
from pipeline.measures import Clock, Kind, Measure

M = Measure


class Merged(StrEnum):
    """Durations whose observations are those of several measures."""

    RESPONSE = "response"
    RESPONSE_BUSINESS = "response_business"


MERGED: dict[Merged, tuple[Measure, ...]] = {
    Merged.RESPONSE: (M.FIRST_REPLY, M.NEXT_REPLY),
    Merged.RESPONSE_BUSINESS: (M.FIRST_REPLY_BUSINESS, M.NEXT_REPLY_BUSINESS),
}


class Rate(StrEnum):
    """Every rate."""

    SELF_SERVICE = "self_service_rate"
    ONE_TOUCH = "one_touch_rate"
    ABANDONMENT = "abandonment_rate"
    REOPEN = "reopen_rate"
    CSAT = "csat"
    CSAT_MEAN = "csat_mean"
    CES_MEAN = "ces_mean"
    NPS = "nps"
    SURVEY_RESPONSE = "survey_response_rate"
    COST_PER_CONTACT = "cost_per_contact"
    TRANSFER = "transfer_rate"
    EXPECTATION = "expectation_rate"
    WAITING_ON_US = "waiting_on_us"
    WAITING_ON_US_BUSINESS = "waiting_on_us_business"
    WAITING_ON_CUSTOMER = "waiting_on_customer"
    WAITING_ON_CUSTOMER_BUSINESS = "waiting_on_customer_business"
    FIRST_CONTACT_RESOLUTION = "first_contact_resolution"
    NEXT_ISSUE_AVOIDANCE = "next_issue_avoidance"
    REPEAT_CONTACT = "repeat_contact_rate"
    JOURNEY_SWITCH = "journey_switch_rate"


class Term(msgspec.Struct, frozen=True):
    """A measure in a sum: a counter's or an amount's total, or the number of observations of a duration."""

    measure: Measure
    sign: int = 1


class RateDefinition(msgspec.Struct, frozen=True):
    """A rate: the sum of some measures over that of others, as `numerator * scale // denominator`."""

    definition: Definition
    numerator: tuple[Term, ...]
    denominator: tuple[Term, ...]
    scale: int
    """1,000,000, so that the result is in millionths of the unit; 1,000 where the numerator is in thousandths of it."""


def _sum(*measures: Measure, less: tuple[Measure, ...] = ()) -> tuple[Term, ...]:
    return (*(Term(measure) for measure in measures), *(Term(measure, -1) for measure in less))


def _in_words(terms: tuple[Term, ...]) -> str:
    text = "".join(f" {'+' if term.sign > 0 else '-'} {term.measure.value}" for term in terms).removeprefix(" + ")
    return f"({text})" if len(terms) > 1 else text


def _rate(
    code: Rate,
    numerator: tuple[Term, ...],
    denominator: tuple[Term, ...],
    direction: Direction,
    title: str,
    text: str,
    source: str,
    unit: Unit = Unit.SHARE,
    scale: int = 1_000_000,
    clock: Clock = Clock.CALENDAR,
) -> RateDefinition:
    formula = f"{_in_words(numerator)} / {_in_words(denominator)}"
    definition = Definition(
        code=code.value,
        kind=Kind.RATE,
        clock=clock,
        unit=unit,
        title=title,
        text=text,
        formula=formula,
        source=source,
        direction=direction,
    )
    return RateDefinition(definition, numerator, denominator, scale)


def _waiting(code: Rate, words: str, statuses: tuple[str, ...], direction: Direction, clock: Clock) -> RateDefinition:
    suffix = "business_ms" if clock is Clock.BUSINESS else "ms"
    hours = ", business hours" if clock is Clock.BUSINESS else ""
    every = ("new", "open", "pending", "hold", "snoozed")
    numerator, denominator = (tuple(M(f"status_{status}_{suffix}") for status in names) for names in (statuses, every))
    return _rate(
        code,
        _sum(*numerator),
        _sum(*denominator),
        direction,
        f"Time waiting on {words}{hours}",
        f"Share of the tickets' unsolved time in which they waited on {words}{hours}.",
        "helpdesk B.2",
        clock=clock,
    )


_HIGHER, _LOWER = Direction.HIGHER, Direction.LOWER
_SURVEYED = _sum(M.NPS_PROMOTERS, M.NPS_PASSIVES, M.NPS_DETRACTORS)
_SOLVED = _sum(M.FULL_RESOLUTION)

RATES: dict[Rate, RateDefinition] = {
    Rate(rate.definition.code): rate
    for rate in (
        _rate(
            *(Rate.SELF_SERVICE, _sum(M.SELF_SERVED), _SOLVED, _HIGHER, "Self-service rate"),
            "Tickets solved by the customer or an automation without a responder, of all tickets solved in the period.",
            "A5",
        ),
        _rate(
            *(Rate.ONE_TOUCH, _sum(M.ONE_TOUCH), _SOLVED, _HIGHER, "One-touch resolution rate"),
            "Tickets solved with a single reply, of all tickets solved in the period.",
            "A6",
        ),
        _rate(
            Rate.ABANDONMENT,
            _sum(M.ABANDONED, less=(M.ABANDONED_SHORT,)),
            _sum(M.CREATED, less=(M.ABANDONED_SHORT,)),
            *(_LOWER, "Abandonment rate"),
            "Contacts that customers left before they were solved, of all contacts; short abandonments count in neither.",
            "A8",
        ),
        _rate(
            *(Rate.REOPEN, _sum(M.REOPENED), _sum(M.SOLVED), _LOWER, "Reopen rate"),
            "Reopenings per solve.",
            "helpdesk B.2",
        ),
        _rate(
            *(Rate.CSAT, _sum(M.CSAT_SATISFIED), _sum(M.CSAT_ANSWERS), _HIGHER, "CSAT"),
            "Answers of 4 or 5 stars, of all answers.",
            "A9",
        ),
        _rate(
            *(Rate.CSAT_MEAN, _sum(M.CSAT_SCORE), _sum(M.CSAT_ANSWERS), _HIGHER, "Mean CSAT"),
            *("Mean rating from 1 to 5.", "A9; B", Unit.POINTS, 1_000),
        ),
        _rate(
            *(Rate.CES_MEAN, _sum(M.CES_SCORE), _sum(M.CES_ANSWERS), _HIGHER, "Customer effort score"),
            *("Mean rating from 1 to 7, where 7 is the least effort.", "A9", Unit.POINTS, 1_000),
        ),
        _rate(
            *(Rate.NPS, _sum(M.NPS_PROMOTERS, less=(M.NPS_DETRACTORS,)), _SURVEYED, _HIGHER, "Net promoter score"),
            *("Share of promoters less share of detractors.", "A9", Unit.NET_SHARE),
        ),
        _rate(
            *(Rate.SURVEY_RESPONSE, _sum(M.SURVEYS_ANSWERED), _sum(M.SURVEYS_OFFERED), _HIGHER, "Survey response rate"),
            "Surveys answered, of those sent.",
            "A9",
        ),
        _rate(
            *(Rate.COST_PER_CONTACT, _sum(M.COST), _sum(M.CONTACTS_COSTED), _LOWER, "Cost per contact"),
            *("Cost of the contacts handled, per contact.", "A11", Unit.MINOR_UNITS),
        ),
        _rate(
            *(Rate.TRANSFER, _sum(M.TRANSFERS), _sum(M.CREATED), _LOWER, "Transfer rate"),
            "Transfers per ticket created.",
            "C8",
        ),
        _rate(
            *(Rate.EXPECTATION, _sum(M.EXPECTATION_MET), _sum(M.EXPECTATION_MET, M.EXPECTATION_MISSED), _HIGHER),
            "Customers' expectations met",
            "Contacts answered as soon as customers of the channel expect, of all whose first wait ended.",
            "B",
        ),
        _waiting(Rate.WAITING_ON_US, "us", ("new", "open"), _LOWER, Clock.CALENDAR),
        _waiting(Rate.WAITING_ON_US_BUSINESS, "us", ("new", "open"), _LOWER, Clock.BUSINESS),
        _waiting(Rate.WAITING_ON_CUSTOMER, "the customer", ("pending",), Direction.NEITHER, Clock.CALENDAR),
        _waiting(Rate.WAITING_ON_CUSTOMER_BUSINESS, "the customer", ("pending",), Direction.NEITHER, Clock.BUSINESS),
        _rate(
            Rate.FIRST_CONTACT_RESOLUTION,
            _sum(M.FIRST_CONTACTS_SOLVED, less=(M.FIRST_CONTACTS_REPEATED,)),
            _sum(M.FIRST_CONTACTS_SOLVED),
            *(_HIGHER, "First contact resolution"),
            "First contacts solved that were neither reopened nor followed by a related contact within `horizon`.",
            "A7",
        ),
        _rate(
            Rate.NEXT_ISSUE_AVOIDANCE,
            _sum(M.FIRST_CONTACTS_SOLVED, less=(M.FIRST_CONTACTS_FOLLOWED,)),
            _sum(M.FIRST_CONTACTS_SOLVED),
            *(_HIGHER, "Next issue avoidance"),
            "First contacts solved that no related contact of the same customer followed within `horizon`.",
            "A7",
        ),
        _rate(
            *(Rate.REPEAT_CONTACT, _sum(M.REPEAT_CONTACTS), _sum(M.CONTACTS), _LOWER, "Repeat contact rate"),
            "Contacts that repeat an earlier one, of all contacts.",
            "A7, C9",
        ),
        _rate(
            *(Rate.JOURNEY_SWITCH, _sum(M.JOURNEYS_SWITCHED), _sum(M.JOURNEYS), _LOWER, "Journeys over several channels"),
            "Journeys in which the customer changed the channel, of all that began in the period.",
            "A15",
        ),
    )
}
