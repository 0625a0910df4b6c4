"""Turns on a grid of time: each segment has one in so many steps, spread by its phase, so that no step has much to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pipeline.windows.segment import SegmentState


class Turns:
    """When segments have their turn, and who has one: found without looking at those that have none."""

    __slots__ = ("_every", "_grid_ms", "_slots")

    def __init__(self, grid_ms: int, every: int) -> None:
        """Give each one turn in `every` steps of a grid of `grid_ms`."""
        self._grid_ms = grid_ms
        self._every = every
        self._slots: list[list[SegmentState]] = [[] for _ in range(every)]

    def add(self, states: Iterable[SegmentState]) -> None:
        """Let further segments take turns."""
        for state in states:
            self._slots[-state.phase % self._every].append(state)

    def has(self, state: SegmentState, last_ms: int, at_ms: int) -> bool:
        """Say whether a turn of a segment lies after one time, ms, and not after another."""
        last, now = (time_ms // self._grid_ms + state.phase % self._every for time_ms in (last_ms, at_ms))
        return now // self._every > last // self._every

    def between(self, last_ms: int, at_ms: int) -> Iterator[SegmentState]:
        """Yield every segment that has a turn after one time, ms, and not after another, once."""
        last, now = last_ms // self._grid_ms, at_ms // self._grid_ms
        for step in range(max(last, now - self._every) + 1, now + 1):
            yield from self._slots[step % self._every]
