"""The shape of a definition."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

import msgspec

from pipeline.measures import Clock, Kind


class Unit(StrEnum):
    """What the numbers of a measure count."""

    TICKETS = "tickets"
    CUSTOMERS = "customers"
    EVENTS = "events"
    ANSWERS = "answers"
    MILLISECONDS = "milliseconds"
    MILLIPOINTS = "thousandths of a point"
    MINOR_UNITS = "minor units of the currency"
    OUTCOMES = "outcomes"
    SHARE = "share"
    POINTS = "points"
    NET_SHARE = "net share, from -1 to 1"


class Direction(StrEnum):
    """Which way is better."""

    HIGHER = "higher is better"
    LOWER = "lower is better"
    NEITHER = "neither"


class Definition(msgspec.Struct, frozen=True, kw_only=True):
    """What a measure means."""

    code: str
    """Its name in every output."""
    kind: Kind
    clock: Clock
    unit: Unit
    title: str
    text: str
    """In plain words."""
    formula: str
    source: str
    """The row of the mission, or the reference, that it comes from."""
    direction: Direction


def both(definition: Definition, *, code: str | None = None) -> Iterable[Definition]:
    """Return a definition on calendar time and the same in the queue's hours, whose code is `code` or ends in `_business`."""
    yield definition
    yield msgspec.structs.replace(
        definition,
        code=code or f"{definition.code}_business",
        clock=Clock.BUSINESS,
        title=f"{definition.title}, business hours",
        text=f"{definition.text} Counted in the hours of the queue's calendar.",
    )
