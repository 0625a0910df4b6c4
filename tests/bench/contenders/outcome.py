"""What a contender's process says at its end: one line of JSON on standard output."""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path

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
        return Outcome(events, seconds, cpu_seconds, peak_mib("self"), ending)


def peak_mib(process: int | str) -> float:
    """Return the most memory that a process has held; `ru_maxrss` would be its parent's at the fork, where that is more."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


def tell(outcome: Outcome) -> None:
    sys.stdout.write("\n" + msgspec.json.encode(outcome).decode() + "\n")
    sys.stdout.flush()
