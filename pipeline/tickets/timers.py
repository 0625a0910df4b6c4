"""When which ticket is due: timers by ticket key, cheap for a million tickets whose timers mostly never fire.

A timer beyond the current minute waits in that minute's set; those of the current minute stand in a heap. A timer that has
moved later is not moved here: it comes up early, its owner sees that nothing is due and sets it again.
"""

from __future__ import annotations

import heapq

_MINUTE_MS = 60_000


class Timers:
    """Pending timers: milliseconds since the Unix epoch -> ticket keys."""

    def __init__(self) -> None:
        """Start without timers."""
        self._minutes: dict[int, set[bytes]] = {}
        self._order: list[int] = []
        self._soon: list[tuple[int, bytes]] = []
        self._opened = -1

    def schedule(self, key: bytes, due_ms: int) -> None:
        """Make `key` come up at `due_ms`."""
        minute = due_ms // _MINUTE_MS
        if minute <= self._opened:
            heapq.heappush(self._soon, (due_ms, key))
            return
        keys = self._minutes.get(minute)
        if keys is None:
            keys = self._minutes[minute] = set()
            heapq.heappush(self._order, minute)
        keys.add(key)

    def next_due(self) -> int | None:
        """Return a time before which nothing comes up, or `None`."""
        if self._soon:
            return self._soon[0][0]
        return self._order[0] * _MINUTE_MS if self._order else None

    def open_minute(self) -> set[bytes]:
        """Take the keys of the earliest minute; their owner sets each again, now exactly."""
        minute = heapq.heappop(self._order)
        self._opened = max(self._opened, minute)
        return self._minutes.pop(minute)

    def minute_is_next(self, until_ms: int) -> bool:
        """Return whether a whole minute has to be opened before anything else comes up by `until_ms`."""
        if not self._order or self._order[0] * _MINUTE_MS > until_ms:
            return False
        return not self._soon or self._soon[0][0] >= self._order[0] * _MINUTE_MS

    def pop(self, until_ms: int) -> tuple[int, bytes] | None:
        """Take the earliest timer of the opened minutes at or before `until_ms`."""
        if self._soon and self._soon[0][0] <= until_ms:
            return heapq.heappop(self._soon)
        return None

    def __len__(self) -> int:
        """Return how many entries are held, moved ones included."""
        return len(self._soon) + sum(len(keys) for keys in self._minutes.values())
