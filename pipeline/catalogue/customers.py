"""What is counted of customers rather than of tickets: repeats, journeys, the customer register. Rules: docs/semantics.md."""

from __future__ import annotations

from pipeline.catalogue.definition import Definition, Direction, Unit
from pipeline.measures import Clock, Kind, Measure

_HIGHER, _LOWER, _NEITHER = Direction.HIGHER, Direction.LOWER, Direction.NEITHER
_REPEATED = "reopened, or followed by a related contact of the same customer, within `horizon` after the solve"
_ROWS: tuple[tuple[Measure, Unit, Direction, str, str, str], ...] = (
    (
        Measure.CONTACTS,
        Unit.TICKETS,
        _NEITHER,
        "Contacts",
        "Tickets by which customers asked for help, at their first message, by what the ticket is about now.",
        "C9",
    ),
    (
        Measure.REPEAT_CONTACTS,
        Unit.TICKETS,
        _LOWER,
        "Repeat contacts",
        "Contacts related to an earlier one of the customer (a common topic, else the queue) that was not solved `horizon` ago.",
        "A7, C9",
    ),
    (
        Measure.FIRST_CONTACTS_SOLVED,
        Unit.TICKETS,
        _HIGHER,
        "First contacts solved",
        "Solved contacts that repeat no other, at their first solve.",
        "A7",
    ),
    (
        Measure.FIRST_CONTACTS_REPEATED,
        Unit.TICKETS,
        _LOWER,
        "First contacts solved and repeated",
        f"First contacts solved that were {_REPEATED}; counted at the solve, final once `horizon` has passed.",
        "A7",
    ),
    (
        Measure.FIRST_CONTACTS_FOLLOWED,
        Unit.TICKETS,
        _LOWER,
        "First contacts solved and followed",
        "First contacts solved that another contact repeats; counted at the solve, final once `horizon` has passed.",
        "A7",
    ),
    (
        Measure.JOURNEYS,
        Unit.EVENTS,
        _NEITHER,
        "Journeys",
        "Runs of contacts of one customer, each within `journey_gap` of the solve of the one before; at their beginning.",
        "A15",
    ),
    (
        Measure.JOURNEYS_SWITCHED,
        Unit.EVENTS,
        _LOWER,
        "Journeys over several channels",
        "Journeys in which the customer changed the channel, at their beginning.",
        "A15",
    ),
    (
        Measure.CHANNEL_SWITCHES,
        Unit.EVENTS,
        _LOWER,
        "Channel switches",
        "Contacts that go on with a journey in another channel.",
        "A15",
    ),
    (Measure.CUSTOMERS_WON, Unit.CUSTOMERS, _HIGHER, "Customers won", "Customers won, as the customer register says.", "A10"),
    (Measure.CUSTOMERS_LOST, Unit.CUSTOMERS, _LOWER, "Customers lost", "Customers lost, as the customer register says.", "A10"),
)

CUSTOMERS = tuple(
    Definition(
        code=measure.value,
        kind=Kind.COUNTER,
        clock=Clock.CALENDAR,
        unit=unit,
        title=title,
        text=text,
        formula="count",
        source=source,
        direction=direction,
    )
    for measure, unit, direction, title, text, source in _ROWS
)
