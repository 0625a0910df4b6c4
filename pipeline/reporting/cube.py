"""Everything that was added to the numbers, by tenant, leaf and minute: what any report is a sum of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.additions import Additions, Leaf
from pipeline.windows.panes import merge
from pipeline.windows.rows import Cell


class Cube:
    """Cells by tenant, leaf and minute. Corrections are negative amounts, so the order of arrival does not matter."""

    def __init__(self, dimensions: Sequence[str]) -> None:
        """Start empty; `dimensions` name the values of a leaf."""
        self.dimensions = tuple(dimensions)
        self._cells: dict[tuple[str, Leaf], dict[int, Cell]] = {}

    def add(self, additions: Additions) -> None:
        """Add what a source partition said."""
        for leaf in additions.leaves:
            minutes = self._cells.setdefault((additions.tenant, leaf.leaf), {})
            for minute, cell in leaf.minutes.items():
                merge(minutes.setdefault(minute, {}), cell)

    def tenants(self) -> list[str]:
        """Return the tenants, in order."""
        return sorted({tenant for tenant, _ in self._cells})

    def span(self, tenant: str) -> tuple[int, int] | None:
        """Return the first minute that holds something and the one after the last, or `None`."""
        minutes = [minute for (owner, _), cells in self._cells.items() if owner == tenant for minute in cells]
        return (min(minutes), max(minutes) + 1) if minutes else None

    def sums(self, tenant: str, shape: Sequence[str], since: int, until: int) -> dict[tuple[str, ...], Cell]:
        """Return what stands in the minutes of `[since, until)`, by the values of some dimensions; `()` is everything."""
        places = [self.dimensions.index(name) for name in shape]
        found: dict[tuple[str, ...], Cell] = {}
        for leaf, minutes in self._of(tenant):
            into = found.setdefault(tuple(leaf[place] for place in places), {})
            for minute, cell in minutes.items():
                if since <= minute < until:
                    merge(into, cell)
        return {values: cell for values, cell in sorted(found.items()) if cell}

    def minutes(self, tenant: str, since: int, until: int) -> Iterator[tuple[int, Cell]]:
        """Yield each minute of `[since, until)` of every leaf with its cell, not to be changed."""
        for _, minutes in self._of(tenant):
            for minute, cell in minutes.items():
                if since <= minute < until:
                    yield minute, cell

    def _of(self, tenant: str) -> Iterator[tuple[Leaf, dict[int, Cell]]]:
        return ((leaf, minutes) for (owner, leaf), minutes in self._cells.items() if owner == tenant)
