"""How long the broker holds a fetch: while records come fast it gathers, so that one answer carries many; else not at all."""

from __future__ import annotations

from typing import NamedTuple


class FetchTerms(NamedTuple):
    """What a fetch asks for, by the names of Kafka's consumer settings `fetch.min.bytes` and `fetch.max.wait.ms`."""

    min_bytes: int
    max_wait_ms: int


AT_ONCE = FetchTerms(1, 250)
"""The first record is sent at once. So old is the known end of an idle partition at most."""
GATHERED = FetchTerms(1 << 20, 15)
"""What has come within the wait is sent together: more bytes than come meanwhile, unless there is a backlog."""
_FAST_SECONDS = 4 * GATHERED.max_wait_ms / 1_000
"""Records come fast if the ones before came so shortly ago; slower, gathering would ask more often than they come."""


class FetchPace:
    """Chooses the terms of the next fetch. Time is the event loop's, in seconds."""

    def __init__(self) -> None:
        """Start where nothing has come."""
        self._came_at = float("-inf")
        self._terms = AT_ONCE

    def after(self, now: float, *, came: bool) -> FetchTerms:
        """Return the terms once somebody has looked for records at `now`: some had come, or none."""
        fast = now - self._came_at <= _FAST_SECONDS
        if came:
            self._came_at = now
            self._terms = GATHERED if fast else AT_ONCE
        elif not fast:
            self._terms = AT_ONCE
        return self._terms
