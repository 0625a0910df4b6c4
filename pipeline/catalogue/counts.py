"""Counters, and amounts that are no time: how often, how much."""

from __future__ import annotations

from pipeline.catalogue.definition import Definition, Direction, Unit
from pipeline.measures import Clock, Kind, Measure

_HIGHER, _LOWER, _NEITHER = Direction.HIGHER, Direction.LOWER, Direction.NEITHER
_ROWS: tuple[tuple[Measure, Unit, Direction, str, str, str], ...] = (
    (Measure.CREATED, Unit.TICKETS, _NEITHER, "Tickets created", "Tickets created, in the minute of creation.", "A14"),
    (Measure.REPLIES, Unit.EVENTS, _NEITHER, "Replies", "Public replies by responders.", "helpdesk B.1"),
    (Measure.SOLVED, Unit.EVENTS, _HIGHER, "Solves", "Times a ticket was solved; a ticket can be solved again.", "helpdesk B.2"),
    (Measure.REOPENED, Unit.EVENTS, _LOWER, "Reopenings", "Times a solved ticket was opened again.", "helpdesk B.2"),
    (Measure.ABANDONED, Unit.EVENTS, _LOWER, "Abandonments", "Times a customer left, short ones included.", "A8"),
    (
        Measure.ABANDONED_SHORT,
        Unit.EVENTS,
        _NEITHER,
        "Short abandonments",
        "Times a customer left within `short_abandon` of the first contact, before any reply: no loss, and not in the rate.",
        "A8; helpdesk B.2",
    ),
    (
        Measure.SELF_SERVED,
        Unit.TICKETS,
        _HIGHER,
        "Self-served tickets",
        "Tickets that the customer solved, or an automation after its answer, and that no responder held or acted on.",
        "A5",
    ),
    (
        Measure.ONE_TOUCH,
        Unit.TICKETS,
        _HIGHER,
        "One-touch tickets",
        "Tickets solved with exactly one reply (on live channels: one session) that were neither reopened nor replied to again.",
        "A6; helpdesk B.2",
    ),
    (Measure.CSAT_ANSWERS, Unit.ANSWERS, _HIGHER, "CSAT answers", "Satisfaction ratings that stand.", "A9"),
    (
        Measure.CSAT_SATISFIED,
        Unit.ANSWERS,
        _HIGHER,
        "Satisfied answers",
        "Ratings of 4 or 5 out of 5, or as high on another scale.",
        "A9",
    ),
    (Measure.CSAT_MIDDLING, Unit.ANSWERS, _HIGHER, "Middling answers or better", "Ratings of 3 or more out of 5.", "A9; B"),
    (Measure.CSAT_DELIGHTED, Unit.ANSWERS, _HIGHER, "Delighted answers", "Ratings of 5 out of 5.", "A9; B"),
    (Measure.CSAT_SCORE, Unit.MILLIPOINTS, _HIGHER, "CSAT points", "Sum of the ratings, from 1 to 5.", "A9; B"),
    (Measure.CES_ANSWERS, Unit.ANSWERS, _HIGHER, "CES answers", "Customer effort ratings that stand.", "A9"),
    (
        Measure.CES_SCORE,
        Unit.MILLIPOINTS,
        _HIGHER,
        "CES points",
        "Sum of the ratings, from 1 to 7, where 7 is the least effort.",
        "A9",
    ),
    (Measure.NPS_PROMOTERS, Unit.ANSWERS, _HIGHER, "Promoters", "Customers who would recommend: 9 or 10 of 10.", "A9"),
    (Measure.NPS_PASSIVES, Unit.ANSWERS, _NEITHER, "Passives", "Customers who answered 7 or 8 of 10.", "A9"),
    (Measure.NPS_DETRACTORS, Unit.ANSWERS, _LOWER, "Detractors", "Customers who answered 0 to 6 of 10.", "A9"),
    (Measure.SURVEYS_OFFERED, Unit.EVENTS, _NEITHER, "Surveys offered", "Survey messages that were sent.", "A9"),
    (Measure.SURVEYS_ANSWERED, Unit.EVENTS, _HIGHER, "Surveys answered", "Survey messages that got a rating, each once.", "A9"),
    (
        Measure.COST,
        Unit.MINOR_UNITS,
        _LOWER,
        "Cost",
        "Cost of the contacts handled, as `costs` says: per contact, and per minute since a responder took it.",
        "A11",
    ),
    (
        Measure.CONTACTS_COSTED,
        Unit.TICKETS,
        _NEITHER,
        "Contacts with a cost",
        "Contacts handled on channels that have a cost.",
        "A11",
    ),
    (
        Measure.TRANSFERS,
        Unit.EVENTS,
        _LOWER,
        "Transfers",
        "Times a ticket left its queue or its team.",
        "C8; helpdesk A.1",
    ),
    (Measure.REASSIGNMENTS, Unit.EVENTS, _LOWER, "Reassignments", "Times a ticket was taken from its responder.", "C8"),
    (
        Measure.EXPECTATION_MET,
        Unit.TICKETS,
        _HIGHER,
        "Expectations met",
        "Contacts answered, or solved, as soon as customers of the channel expect.",
        "B",
    ),
    (
        Measure.EXPECTATION_MISSED,
        Unit.TICKETS,
        _LOWER,
        "Expectations missed",
        "Contacts answered or solved later than customers of the channel expect, or abandoned.",
        "B",
    ),
)

_AMOUNTS = frozenset({Measure.CSAT_SCORE, Measure.CES_SCORE, Measure.COST})

COUNTS = tuple(
    Definition(
        code=measure.value,
        kind=Kind.AMOUNT if measure in _AMOUNTS else Kind.COUNTER,
        clock=Clock.CALENDAR,
        unit=unit,
        title=title,
        text=text,
        formula="sum" if measure in _AMOUNTS else "count",
        source=source,
        direction=direction,
    )
    for measure, unit, direction, title, text, source in _ROWS
)
