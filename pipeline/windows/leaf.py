"""One leaf - the finest combination of dimensions - with its panes, its open work and its totals, and the segments above it."""

from __future__ import annotations

from pipeline.judgement.understaffed import Inflow
from pipeline.windows.openwork import LeafWork
from pipeline.windows.panes import LeafPanes, first_waits, merge
from pipeline.windows.rows import Cell, Owner
from pipeline.windows.segment import SegmentState
from pipeline.windows.slots import Slots
from pipeline.windows.totals import LeafTotals


class LeafState:
    """One leaf, now."""

    __slots__ = ("_gathered", "above", "inflows", "owner", "panes", "totals", "work")

    def __init__(self, owner: Owner, slots: Slots, above: list[SegmentState]) -> None:
        """Start empty and join the segments above."""
        self.owner = owner
        self.panes = LeafPanes(owner, slots)
        self.work = LeafWork(owner)
        self.totals = LeafTotals(owner)
        self.above = above
        self._gathered: dict[tuple[int, int, bool], Cell] = {}
        self.inflows: tuple[Inflow, ...] = ()
        """Rules above that tell channels apart."""
        for state in above:
            state.works.append(self.work)

    def gather(self, minute: int, hour: int, cell: Cell, *, by_minutes: bool) -> None:
        """Note what was added, for the segments above."""
        place = (minute, hour, by_minutes)
        there = self._gathered.get(place)
        if there is None:
            self._gathered[place] = dict(cell)
        else:
            merge(there, cell)

    def flush(self) -> None:
        """Hand what was gathered to the segments above."""
        for (minute, hour, by_minutes), cell in self._gathered.items():
            if by_minutes:
                self.panes.hours.add(hour, cell)
            for inflow in self.inflows:
                inflow.add(minute, cell)
            waits = first_waits(cell)
            for state in self.above:
                state.gather(minute, hour, cell, self.panes, waits, by_minutes=by_minutes)
        self._gathered.clear()
        for work_index, minute, count, rest_ms in self.work.drain():
            for state in self.above:
                state.work[work_index].add(minute, count, rest_ms)

    def write(self, rows: dict[bytes, bytes | None]) -> None:
        """Put what changed into `rows`."""
        self.panes.write(rows)
        self.work.write(rows)
        self.totals.write(rows)
