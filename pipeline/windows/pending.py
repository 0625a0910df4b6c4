"""Additions that wait for their tick (event time), summed up by tick before they are applied.

So neither the interleaving of the sources nor the cuts of the batches can show.
"""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.additions import Additions, LeafAdditions, Ledger
from pipeline.waiting import Rows, Waiting


class Pending(Waiting[Additions]):
    """The additions not yet applied, by tick, and how far each source has come."""

    __slots__ = ()

    def __init__(self, sources: int, grid_ms: int) -> None:
        """Wait for `sources` partitions; ticks lie on multiples of `grid_ms`."""
        super().__init__(sources, grid_ms, Additions)

    def add(self, additions: Additions, rows: Rows) -> None:
        """Keep additions, and note how far their source has come."""
        self.put(additions, rows, holds=bool(additions.leaves))

    def take(self, tick: int, rows: Rows) -> Iterator[tuple[str, LeafAdditions]]:
        """Remove the additions of a tick and yield what they come to, by tenant and leaf.

        What cancels out within the tick is left out: where a source has cut its batches must not show.
        """
        sums: dict[str, Ledger] = {}
        for additions in self.pop(tick, rows):
            ledger = sums.setdefault(additions.tenant, Ledger())
            for leaf in additions.leaves:
                ledger.take(leaf)
        for tenant in sorted(sums):
            for leaf in sums[tenant].leaves():
                yield tenant, leaf
