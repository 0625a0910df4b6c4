"""Watch progress, not liveness: a worker whose partitions stand still although there is work ends, and is restarted.

A thread of its own: an event loop that hangs, or a consumer that its client library forgot, cannot stop it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable

from agents.partitions.failstop import OnFatal, UnavailableError
from agents.partitions.figures import Figures, State


class Watchdog:
    """Says which partition has work, or hears nothing of the broker, and has not moved for `patience_seconds`."""

    def __init__(self, patience_seconds: float) -> None:
        """Have seen nothing yet."""
        self._patience = patience_seconds
        self._heard: dict[tuple[str, int], tuple[int, float]] = {}

    def verdict(self, partitions: Iterable[Figures], now: float) -> UnavailableError | None:
        """Return what stands still at the monotonic time `now`, or `None`. One that waits for its turn to restore is well."""
        for partition in partitions:
            silent = now - self._last_heard(partition, now)
            still = now - partition.last_moved
            if partition.state in (State.OPENING, State.CLOSED) or still <= self._patience:
                continue
            if partition.lag != 0 or silent > self._patience:
                lag = "an unknown lag" if partition.lag is None else f"{partition.lag} offsets to go"
                return UnavailableError(
                    f"{partition} ({partition.state}) has stood still at position {partition.position} for {still:.0f} s with "
                    f"{lag}, and the broker was last heard {silent:.0f} s ago: it does not answer, or an open transaction holds "
                    f"readers back"
                )
        return None

    def _last_heard(self, partition: Figures, now: float) -> float:
        """Return when the broker's answers about this partition last changed."""
        place = (partition.stage.name, partition.partition)
        polled_at_ms = partition.polled_at_ms
        seen, since = self._heard.get(place, (-1, now))
        if polled_at_ms != seen:
            since = now
        self._heard[place] = (polled_at_ms, since)
        return since


class WatchdogThread(threading.Thread):
    """Asks a `Watchdog` several times per patience and ends the process on its verdict."""

    def __init__(self, stages: Iterable[Iterable[Figures]], on_fatal: OnFatal, patience_seconds: float) -> None:
        """Watch the partitions owned by `stages`."""
        super().__init__(name="progress-watchdog", daemon=True)
        self._stages = tuple(stages)
        self._on_fatal = on_fatal
        self._pause = min(1.0, patience_seconds / 4)
        self._watchdog = Watchdog(patience_seconds)
        self._over = threading.Event()

    def run(self) -> None:
        """Watch until `stop`."""
        while not self._over.wait(self._pause):
            owned = [partition for stage in self._stages for partition in stage]
            if error := self._watchdog.verdict(owned, time.monotonic()):
                self._on_fatal(error)
                return

    def stop(self) -> None:
        """Watch no longer."""
        self._over.set()
