"""Amounts of time: what tickets spent in each status and without an assignee, added up as each stretch ends."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.catalogue.definition import Definition, Direction, Unit, both
from pipeline.measures import Clock, Kind, Measure

_ROWS: tuple[tuple[Measure, Direction, str, str], ...] = (
    (Measure.UNASSIGNED_MS, Direction.LOWER, "Unassigned time", "Time for which unsolved tickets had no assignee."),
    (Measure.STATUS_NEW_MS, Direction.LOWER, "Time new", "Time that tickets were new: waiting on us."),
    (Measure.STATUS_OPEN_MS, Direction.LOWER, "Time open", "Time that tickets were open: waiting on us."),
    (Measure.STATUS_PENDING_MS, Direction.NEITHER, "Time pending", "Time that tickets waited on the customer."),
    (Measure.STATUS_HOLD_MS, Direction.LOWER, "Time on hold", "Time that tickets waited on a third party."),
    (Measure.STATUS_SNOOZED_MS, Direction.NEITHER, "Time snoozed", "Time that tickets were put off."),
)


def _definitions() -> Iterator[Definition]:
    for measure, direction, title, text in _ROWS:
        yield from both(
            Definition(
                code=measure.value,
                kind=Kind.AMOUNT,
                clock=Clock.CALENDAR,
                unit=Unit.MILLISECONDS,
                title=title,
                text=f"{text} Added in the minute in which each stretch ends.",
                formula="sum of the stretches that ended",
                source="helpdesk B.2",
                direction=direction,
            ),
            code=f"{measure.value.removesuffix('_ms')}_business_ms",
        )


TIMES = tuple(_definitions())
