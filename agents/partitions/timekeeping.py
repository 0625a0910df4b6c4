"""The time of one partition: append time while it lags, the wall clock once it has caught up. It never goes back. Pure."""

from __future__ import annotations

from pipeline.engine import TimeMode


class Timekeeper:
    """Says at what time an engine is to be ticked, on a fixed grid."""

    def __init__(self, mode: TimeMode, grid_ms: int, last_tick_ms: int) -> None:
        """Go on from the tick at `last_tick_ms` (0: none yet)."""
        self._mode = mode
        self._grid_ms = grid_ms
        self.last_tick_ms = last_tick_ms
        self.appended_ms = 0
        """Largest append time of a record applied."""

    @property
    def now_ms(self) -> int:
        """Return what time it is for this partition, as far as anybody has been told."""
        return max(self.last_tick_ms, self.appended_ms)

    def applied(self, appended_ms: int) -> None:
        """Note the append time of an applied record."""
        self.appended_ms = max(self.appended_ms, appended_ms)

    def due(self, next_due: int | None, wall_ms: int, *, caught_up: bool) -> int | None:
        """Return the time to tick now, or `None`.

        While the partition lags this is the append time reached, but never past the wall clock: one producer whose clock is
        ahead must not make deadlines pass.
        """
        if self._mode is not TimeMode.LIVE or next_due is None:
            return None
        reached = wall_ms if caught_up else min(self.appended_ms, wall_ms)
        at = reached - reached % self._grid_ms
        return at if at >= next_due and at > self.last_tick_ms else None

    def wait_ms(self, next_due: int | None, wall_ms: int) -> int | None:
        """Return how long until the wall clock reaches the next tick (0 or less: it has), or `None` when none is planned."""
        if self._mode is not TimeMode.LIVE or next_due is None:
            return None
        at = max(next_due + -next_due % self._grid_ms, self.last_tick_ms - self.last_tick_ms % self._grid_ms + self._grid_ms)
        return at - wall_ms

    def ticked(self, at_ms: int) -> None:
        """Note a tick."""
        self.last_tick_ms = max(self.last_tick_ms, at_ms)
