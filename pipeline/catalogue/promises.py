"""Outcomes of promises: two counters for each measure that a promise can be about."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.catalogue.definition import Definition, Direction, Unit
from pipeline.measures import Clock, Kind, Measure

_PREFIX = "sla_"


def _definitions() -> Iterator[Definition]:
    for measure in Measure:
        if not measure.value.startswith(_PREFIX):
            continue
        promise, _, outcome = measure.value.removeprefix(_PREFIX).rpartition("_")
        words = promise.replace("_", " ")
        article = "" if words.startswith("each ") else "the "
        met = outcome == "met"
        how = "met, in the minute of what met them" if met else "breached, in the minute of their deadline"
        yield Definition(
            code=measure.value,
            kind=Kind.COUNTER,
            clock=Clock.CALENDAR,
            unit=Unit.OUTCOMES,
            title=f"{words.capitalize()} promises {'kept' if met else 'broken'}",
            text=f"Promises about {article}{words} that were {how}.",
            formula="count",
            source="C2; helpdesk B.4",
            direction=Direction.HIGHER if met else Direction.LOWER,
        )


PROMISES = tuple(_definitions())
