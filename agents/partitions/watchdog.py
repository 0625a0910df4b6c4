"""Watch progress, not liveness: a worker whose partitions stand still although there is work ends, and is restarted.

A thread of its own: an event loop that hangs, or a consumer that its client library forgot, cannot stop it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping

from agents.partitions.failstop import OnFatal, UnavailableError
from agents.partitions.stage import Stage


class Watchdog(threading.Thread):
    """Ends the process when a partition that has work has not moved for `patience_seconds`."""

    def __init__(self, stages: Mapping[str, Stage], on_fatal: OnFatal, patience_seconds: float = 60.0) -> None:
        """Watch `stages`; a restore that reads counts as moving."""
        super().__init__(name="progress-watchdog", daemon=True)
        self._stages = stages
        self._on_fatal = on_fatal
        self._patience = patience_seconds
        self._stop = threading.Event()

    def run(self) -> None:
        """Look, several times per patience."""
        while not self._stop.wait(min(1.0, self._patience / 4)):
            if error := self.verdict(time.monotonic()):
                self._on_fatal(error)
                return

    def stop(self) -> None:
        """Watch no longer."""
        self._stop.set()

    def verdict(self, now: float) -> UnavailableError | None:
        """Return what stands still at the monotonic time `now`, or `None`."""
        for stage in self._stages.values():
            for partition in stage.owned:
                still = now - partition.last_moved
                if still > self._patience and partition.lag != 0:
                    lag = "an unknown lag" if partition.lag is None else f"{partition.lag} offsets to go"
                    return UnavailableError(
                        f"{partition} ({partition.state}) has stood still at position {partition.position} for "
                        f"{still:.0f} s with {lag}: "
                        f"the broker does not answer, or a transaction before this one is left open; restarting"
                    )
        return None
