"""What a contender's process says at its end: one line of JSON on standard output."""

from __future__ import annotations

import resource
import sys
import time

import msgspec

from tests.bench.job import Ending


class Outcome(msgspec.Struct, frozen=True):
    """One run of one contender."""

    events: int
    seconds: float
    """From the first event in hand to the last one done, and committed where the contender commits."""
    cpu_seconds: float
    """Of the process and its threads, over the same time."""
    peak_mib: float
    ending: Ending | None = None


class Meter:
    """Measures from the first event on."""

    def __init__(self) -> None:
        self._began = self._spent = 0.0

    def begin(self) -> None:
        self._began, self._spent = time.monotonic(), time.process_time()

    def outcome(self, events: int, ending: Ending | None) -> Outcome:
        """Return what was measured, until now."""
        seconds, cpu_seconds = time.monotonic() - self._began, time.process_time() - self._spent
        peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        return Outcome(events, seconds, cpu_seconds, peak_mib, ending)


def tell(outcome: Outcome) -> None:
    sys.stdout.write("\n" + msgspec.json.encode(outcome).decode() + "\n")
    sys.stdout.flush()
