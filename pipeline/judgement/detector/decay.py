"""A count that fades by the open hour, in integers."""

from __future__ import annotations

from math import exp

import msgspec

from pipeline.judgement.detector.logs import MILLI

_ONE = 1 << 16
_LONG = 12 * 60
_FACTORS = tuple(round(_ONE * exp(-minutes / 60)) for minutes in range(_LONG))


class Decay(msgspec.Struct, array_like=True):
    """What came in about the last hour: an exponential window with a time constant of 60 minutes."""

    value: int = 0

    def fade(self, minutes: int) -> None:
        """Let open time pass: what came while the queue was closed is still there when it opens."""
        if minutes > 0:
            self.value = self.value * _FACTORS[minutes] // _ONE if minutes < _LONG else 0

    def add(self, amount: int, scale: int = MILLI) -> None:
        """Add to it now."""
        self.value += amount * scale
