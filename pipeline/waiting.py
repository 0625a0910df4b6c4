"""Records that wait for their tick (event time): kept until every source partition has passed it.

Each one is a row until it is taken; one that arrives and is taken in one transaction never becomes one.
"""

from __future__ import annotations

from typing import Generic, Protocol, TypeVar

from pipeline.windows.rows import buffered_key, pack, read_buffered_key, read_source_key, source_key, unpack

Rows = dict[bytes, bytes | None]


class Placed(Protocol):
    """A record that its source has placed in a tick."""

    @property
    def source(self) -> int: ...
    @property
    def sequence(self) -> int: ...
    @property
    def tick(self) -> int: ...
    @property
    def passed(self) -> int: ...


T = TypeVar("T", bound=Placed)


class Waiting(Generic[T]):
    """The records not yet taken, by tick, and how far each source has come."""

    __slots__ = ("_grid_ms", "_kind", "_marks", "_sources", "_ticks", "_unwritten")

    def __init__(self, sources: int, grid_ms: int, kind: type[T]) -> None:
        """Wait for `sources` partitions; ticks lie on multiples of `grid_ms`; rows hold records of `kind`."""
        self._sources = sources
        self._grid_ms = grid_ms
        self._kind = kind
        self._marks: dict[int, int] = {}
        self._ticks: dict[int, dict[tuple[int, int], T]] = {}
        self._unwritten: set[bytes] = set()
        """Keys of rows in the effects that are being gathered: taken back before they are written."""

    def put(self, record: T, rows: Rows, *, holds: bool) -> None:
        """Keep a record that holds something, and note how far its source has come.

        What is for a tick that its own source had passed belongs to the next one: that depends on the source's log alone.
        """
        source, mark = record.source, self._marks.get(record.source, 0)
        if holds:
            tick = self._ceiling(max(record.tick, mark + 1))
            self._ticks.setdefault(tick, {})[source, record.sequence] = record
            key = buffered_key(tick, source, record.sequence)
            rows[key] = pack(record)
            self._unwritten.add(key)
        if record.passed > mark:
            self._marks[source] = record.passed
            rows[source_key(source)] = pack(record.passed)

    def passed(self) -> int:
        """Return the time, ms, that every source has passed; 0 while one has said nothing."""
        return min(self._marks.values()) if len(self._marks) >= self._sources else 0

    def next_tick(self) -> int | None:
        """Return the first tick, ms, with something to take."""
        return min(self._ticks, default=None)

    def pop(self, tick: int, rows: Rows) -> list[T]:
        """Remove and return the records of a tick, by source and sequence."""
        there = self._ticks.pop(tick, {})
        for source, sequence in there:
            key = buffered_key(tick, source, sequence)
            if key in self._unwritten:
                del rows[key]
            else:
                rows[key] = None
        return [there[place] for place in sorted(there)]

    def written(self) -> None:
        """Note that the gathered effects are handed over."""
        self._unwritten.clear()

    def read_record(self, key: bytes, value: bytes) -> None:
        """Take up a row of a record."""
        tick, source, sequence = read_buffered_key(key)
        self._ticks.setdefault(tick, {})[source, sequence] = unpack(value, self._kind)

    def read_source(self, key: bytes, value: bytes) -> None:
        """Take up a source's mark."""
        self._marks[read_source_key(key)] = unpack(value, int)

    def _ceiling(self, time_ms: int) -> int:
        return -(-time_ms // self._grid_ms) * self._grid_ms
