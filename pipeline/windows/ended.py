"""Alerts that are over and still stand in the topic: in time they are taken from it, or compaction would keep them."""

from __future__ import annotations

from heapq import heappop, heappush

from pipeline.engine import Effects, Emit, Topic
from pipeline.signals import Alert, AlertState
from pipeline.windows.rows import RowType, encode_owner, owner_key, pack, read_owner_key, unpack

_AT_ONCE = 500
"""Records taken from the topic in one tick; the rest goes with the next ones."""


class EndedAlerts:
    """Which alerts are over, since when, and when their records go."""

    __slots__ = ("_due", "_ended", "_keep_ms")

    def __init__(self, keep_ms: int) -> None:
        """Keep what is over for `keep_ms`."""
        self._keep_ms = keep_ms
        self._ended: dict[str, int] = {}
        """Id -> when it was resolved, ms."""
        self._due: list[tuple[int, str]] = []
        """A heap of when each goes, ms; what fires again since is in vain."""

    def said(self, alert: Alert, effects: Effects) -> None:
        """Note what was said of an alert: it is over, or (again) it fires."""
        if alert.state is AlertState.RESOLVED:
            self._note(alert.id, alert.resolved_at or alert.as_of)
            effects.rows[_key(alert.id)] = pack(self._ended[alert.id])
        elif self._ended.pop(alert.id, None) is not None:
            effects.rows[_key(alert.id)] = None

    def next_due(self) -> int | None:
        """Return when the next record goes, ms."""
        return self._due[0][0] if self._due else None

    def drop(self, at_ms: int, effects: Effects) -> None:
        """Take from the topic what has been over for long enough at a time, ms."""
        dropped = 0
        while dropped < _AT_ONCE and self._due and self._due[0][0] <= at_ms:
            due_ms, alert_id = heappop(self._due)
            if self._ended.get(alert_id) == due_ms - self._keep_ms:
                del self._ended[alert_id]
                effects.rows[_key(alert_id)] = None
                effects.emits.append(Emit(Topic.ALERTS, alert_id.encode(), None))
                dropped += 1

    def read(self, key: bytes, value: bytes) -> None:
        """Take up a row."""
        (alert_id,) = read_owner_key(key)
        self._note(alert_id, unpack(value, int))

    def _note(self, alert_id: str, resolved_at: int) -> None:
        self._ended[alert_id] = resolved_at
        heappush(self._due, (resolved_at + self._keep_ms, alert_id))


def _key(alert_id: str) -> bytes:
    return owner_key(RowType.ENDED, encode_owner((alert_id,)))
