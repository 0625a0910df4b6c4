"""Durations: each observation is kept in a histogram, so that means are exact and quantiles within 1 %."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.catalogue.definition import Definition, Direction, Unit, both
from pipeline.measures import Clock, Kind, Measure

_ROWS: tuple[tuple[str, str, str, str, str], ...] = (
    (
        Measure.FIRST_REPLY,
        "First response time",
        "From the customer's first message to the first public reply by a responder; answers of automations do not stop it.",
        "reply - first contact",
        "A1; helpdesk B.1",
    ),
    (
        Measure.FIRST_REPLY_RESPONDER,
        "First response time of responders",
        "From the last hand-off to people before the first reply, or the first contact where there was none, to that reply.",
        "reply - hand-off",
        "helpdesk B.1 (frt_agent)",
    ),
    (
        Measure.NEXT_REPLY,
        "Next response time",
        "From the customer's first unanswered message after a reply to the next reply; further messages do not restart it.",
        "reply - first unanswered message",
        "helpdesk B.2",
    ),
    (
        "response",
        "Response time",
        "Every wait of a customer that a reply ended: first and next replies together. Its mean is the average response time.",
        "sum of all response times / number of responses",
        "A2",
    ),
    (
        Measure.FIRST_RESOLUTION,
        "First resolution time",
        "From creation to the first time the ticket was solved.",
        "first solve - creation",
        "helpdesk B.2",
    ),
    (
        Measure.FULL_RESOLUTION,
        "Resolution time",
        "From creation to the last time the ticket was solved, once a ticket. Its mean is the average resolution time.",
        "sum of resolution times / tickets solved",
        "A3; helpdesk B.2",
    ),
    (
        Measure.PICKUP,
        "Wait to be taken",
        "On live channels, from the first contact until a responder acts on the contact or it is assigned to one.",
        "first sign of a responder - first contact",
        "A4",
    ),
    (
        Measure.ABANDONED_AFTER,
        "Time to abandon",
        "From the first contact until the customer left without a first reply.",
        "abandonment - first contact",
        "A4, A8",
    ),
)


def _definitions() -> Iterator[Definition]:
    for code, title, text, formula, source in _ROWS:
        yield from both(
            Definition(
                code=str(code),
                kind=Kind.DURATION,
                clock=Clock.CALENDAR,
                unit=Unit.MILLISECONDS,
                title=title,
                text=text,
                formula=formula,
                source=source,
                direction=Direction.LOWER,
            )
        )


DURATIONS = tuple(_definitions())
