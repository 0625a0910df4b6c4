"""What one step of one ticket's life added to the numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from pipeline.additions import Leaf, Ledger
from pipeline.measures import BLOCK, EDGES, Measure

_MEASURES = tuple(Measure)


class Contribution(NamedTuple):
    """An amount added to one measure of one leaf in one minute; a correction takes away, so both numbers may be negative."""

    leaf: Leaf
    minute: int
    measure: Measure
    amount: int
    """What was added up: milliseconds of a duration, or how many a counter counted."""
    observations: int
    """How many durations that was; 0 for a counter."""


def contributions(ledger: Ledger) -> Iterator[Contribution]:
    """Yield what a ledger holds, by leaf, minute and measure, in that order."""
    for (leaf, minute), cell in sorted(ledger.minutes.items()):
        amounts: dict[int, int] = {}
        observations: dict[int, int] = {}
        for code, amount in cell.items():
            index, offset = divmod(code, BLOCK)
            if offset == 0:
                amounts[index] = amounts.get(index, 0) + amount
            elif offset < EDGES:
                observations[index] = observations.get(index, 0) + amount
        for index in sorted(amounts.keys() | observations.keys()):
            found = Contribution(leaf, minute, _MEASURES[index], amounts.get(index, 0), observations.get(index, 0))
            if found.amount or found.observations:
                yield found
