"""Additions that wait for their tick (event time): kept until every source partition has passed it.

They are summed up by tick before they are applied, so neither the interleaving of the sources nor the cuts of the
batches can show. Each one is a row until it is applied; one that arrives and is applied in one transaction never becomes one.
"""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.additions import Additions, LeafAdditions, Ledger
from pipeline.windows.rows import buffered_key, pack, read_buffered_key, read_source_key, source_key, unpack

Rows = dict[bytes, bytes | None]


class Pending:
    """The additions not yet applied, by tick, and how far each source has come."""

    __slots__ = ("_grid_ms", "_marks", "_sources", "_ticks", "_unwritten")

    def __init__(self, sources: int, grid_ms: int) -> None:
        """Wait for `sources` partitions; ticks lie on multiples of `grid_ms`."""
        self._sources = sources
        self._grid_ms = grid_ms
        self._marks: dict[int, int] = {}
        self._ticks: dict[int, dict[tuple[int, int], Additions]] = {}
        self._unwritten: set[bytes] = set()
        """Keys of rows in the effects that are being gathered: taken back before they are written."""

    def add(self, additions: Additions, rows: Rows) -> None:
        """Keep additions, and note how far their source has come.

        Additions for a tick that their own source had passed belong to the next one: that depends on the source's log alone.
        """
        source, mark = additions.source, self._marks.get(additions.source, 0)
        if additions.leaves:
            tick = self._ceiling(max(additions.tick, mark + 1))
            self._ticks.setdefault(tick, {})[source, additions.sequence] = additions
            key = buffered_key(tick, source, additions.sequence)
            rows[key] = pack(additions)
            self._unwritten.add(key)
        if additions.passed > mark:
            self._marks[source] = additions.passed
            rows[source_key(source)] = pack(additions.passed)

    def passed(self) -> int:
        """Return the time, ms, that every source has passed; 0 while one has said nothing."""
        return min(self._marks.values()) if len(self._marks) >= self._sources else 0

    def next_tick(self) -> int | None:
        """Return the first tick, ms, with something to apply."""
        return min(self._ticks, default=None)

    def take(self, tick: int, rows: Rows) -> Iterator[tuple[str, LeafAdditions]]:
        """Remove the additions of a tick and yield what they come to, by tenant and leaf.

        What cancels out within the tick is left out: where a source has cut its batches must not show.
        """
        there = self._ticks.pop(tick, {})
        sums: dict[str, Ledger] = {}
        for source, sequence in sorted(there):
            additions = there[source, sequence]
            ledger = sums.setdefault(additions.tenant, Ledger())
            for leaf in additions.leaves:
                ledger.take(leaf)
            key = buffered_key(tick, source, sequence)
            if key in self._unwritten:
                del rows[key]
            else:
                rows[key] = None
        for tenant in sorted(sums):
            for leaf in sums[tenant].leaves():
                yield tenant, leaf

    def written(self) -> None:
        """Note that the gathered effects are handed over."""
        self._unwritten.clear()

    def read_additions(self, key: bytes, value: bytes) -> None:
        """Take up a row of additions."""
        tick, source, sequence = read_buffered_key(key)
        self._ticks.setdefault(tick, {})[source, sequence] = unpack(value, Additions)

    def read_source(self, key: bytes, value: bytes) -> None:
        """Take up a source's mark."""
        self._marks[read_source_key(key)] = unpack(value, int)

    def _ceiling(self, time_ms: int) -> int:
        return -(-time_ms // self._grid_ms) * self._grid_ms
