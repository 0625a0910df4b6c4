"""How long to wait before the next attempt: twice as long each time, up to a limit, at a random point of the upper half.

The randomness keeps many senders from coming back at the same moment (Brooker, "Exponential Backoff And Jitter", 2015).
"""

from __future__ import annotations

import random


class Backoff:
    """The waits of one target."""

    def __init__(self, longest_seconds: float, first_seconds: float = 0.5) -> None:
        """Start with `first_seconds`."""
        self._first = min(first_seconds, longest_seconds)
        self._longest = longest_seconds
        self._next = self._first

    def failed(self) -> float:
        """Return the seconds to wait after one more failure."""
        wait, self._next = self._next, min(self._next * 2, self._longest)
        return wait * random.uniform(0.5, 1)  # noqa: S311 - no secret

    def succeeded(self) -> None:
        """Start anew."""
        self._next = self._first
