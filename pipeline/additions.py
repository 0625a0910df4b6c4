"""What a ticket partition tells the segments: what to add where. The value of a `panes` record, as MessagePack.

A *leaf* is the finest combination of dimensions (`Domain.dimensions`, for example queue, channel, priority). Everything
is a signed integer, so a correction is a negative addition and sums are exact whatever the order of arrival.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import msgspec

from pipeline.staffing.crew import CrewBoard

Leaf: TypeAlias = tuple[str, ...]
"""Values of the configured dimensions, in their order; an unknown value is the empty string."""

SCHEMA = 1


class LeafAdditions(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What to add to one leaf."""

    leaf: Leaf
    minutes: dict[int, dict[int, int]]
    """Minute of event time (ms // 60,000) -> code of `pipeline.measures` -> amount."""
    work: dict[int, dict[int, int]]
    """Index of `Work` -> start, ms -> amount: +1 opens a piece of work, -1 ends (or corrects) it."""


class Additions(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One record of `panes`, keyed by tenant."""

    schema: int
    tenant: str
    source: int
    """The ticket partition that says so."""
    sequence: int
    """Grows by one with each record that this source partition writes."""
    tick: int
    """Event time: the tick, ms, whose numbers these belong to. Live: the partition's time when it wrote them."""
    leaves: list[LeafAdditions]
    passed: int = 0
    """Event time: this source partition has passed this time, ms; nothing for ticks at or before it will follow. 0: unsaid."""
    crew: CrewBoard | None = None
    """Live, instead of anything else: who is there, as a responders' partition says."""


class Ledger:
    """Collects the additions of a batch, aggregated by leaf and minute, or by leaf, kind of work and start."""

    __slots__ = ("minutes", "work")

    def __init__(self) -> None:
        """Start empty."""
        self.minutes: dict[tuple[Leaf, int], dict[int, int]] = {}
        self.work: dict[tuple[Leaf, int], dict[int, int]] = {}

    def add(self, leaf: Leaf, at_ms: int, code: int, amount: int = 1) -> None:
        """Add `amount` under `code` to the leaf's minute that holds `at_ms`."""
        key = (leaf, at_ms // 60_000)
        cell = self.minutes.get(key)
        if cell is None:
            cell = self.minutes[key] = {}
        cell[code] = cell.get(code, 0) + amount

    def cell(self, leaf: Leaf, at_ms: int) -> dict[int, int]:
        """Return the cell of the leaf's minute that holds `at_ms`, to be added to."""
        key = (leaf, at_ms // 60_000)
        cell = self.minutes.get(key)
        if cell is None:
            cell = self.minutes[key] = {}
        return cell

    def shift(self, leaf: Leaf, work_index: int, start_ms: int, amount: int) -> None:
        """Open (`+1`) or end (`-1`) a piece of work that began at `start_ms`."""
        key = (leaf, work_index)
        cell = self.work.get(key)
        if cell is None:
            cell = self.work[key] = {}
        cell[start_ms] = cell.get(start_ms, 0) + amount

    def take(self, leaf: LeafAdditions) -> None:
        """Add what somebody else has collected for a leaf."""
        for mine, theirs in ((self.minutes, leaf.minutes), (self.work, leaf.work)):
            for slot, cell in theirs.items():
                _add_up(mine.setdefault((leaf.leaf, slot), {}), cell)

    def merge(self, other: Ledger, sign: int = 1) -> None:
        """Add another ledger, or take it away with `sign=-1`."""
        for mine, theirs in ((self.minutes, other.minutes), (self.work, other.work)):
            for key, cell in theirs.items():
                _add_up(mine.setdefault(key, {}), cell, sign)

    def leaves(self) -> Iterator[LeafAdditions]:
        """Yield what is left once zeros are dropped, in the order of the leaves."""
        gathered: dict[Leaf, tuple[dict[int, dict[int, int]], dict[int, dict[int, int]]]] = {}
        for part, table in enumerate((self.minutes, self.work)):
            for (leaf, slot), cell in table.items():
                kept = {code: amount for code, amount in cell.items() if amount}
                if kept:
                    gathered.setdefault(leaf, ({}, {}))[part][slot] = kept
        for leaf in sorted(gathered):
            minutes, work = gathered[leaf]
            yield LeafAdditions(leaf, minutes, work)


def _add_up(into: dict[int, int], cell: dict[int, int], sign: int = 1) -> None:
    for code, amount in cell.items():
        into[code] = into.get(code, 0) + sign * amount
