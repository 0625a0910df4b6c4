"""The one place where the shell reads the wall clock."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Tells wall-clock time as milliseconds since the Unix epoch, UTC."""

    def now_ms(self) -> int: ...


class SystemClock:
    """The machine's clock. It never goes back within a process: an NTP step backwards holds it still."""

    def __init__(self) -> None:
        """Start at the present."""
        self._last = 0

    def now_ms(self) -> int:
        """Return the present."""
        self._last = max(self._last, time.time_ns() // 1_000_000)
        return self._last


class ManualClock:
    """A clock that a test moves by hand."""

    def __init__(self, now_ms: int = 0) -> None:
        """Start at `now_ms`."""
        self._now = now_ms

    def now_ms(self) -> int:
        """Return what was last set."""
        return self._now

    def advance(self, by_ms: int) -> None:
        """Move the clock on."""
        self._now += by_ms
