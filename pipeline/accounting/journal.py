"""A log sorted by ticket, from which every account is made: order of arrival does not matter, duplicates are counted."""

from __future__ import annotations

from collections import Counter

from pipeline.codec import decode
from pipeline.events import Event, EventType
from pipeline.identity import event_hash, ticket_key
from pipeline.reasons import Invalid
from pipeline.tickets.entry import Entry, entry_of
from pipeline.timestamps import LATEST_MS


class Journal:
    """Entries by ticket key, as the fold reads them. Holds no text of any message."""

    def __init__(self, ticket_id: str | None = None, tenant: str | None = None) -> None:
        """Take up every ticket, or those of this id, or of this tenant, or both."""
        self.entries: dict[bytes, list[Entry]] = {}
        self.counts: Counter[str] = Counter()
        self.latest_ms = 0
        """Latest time of arrival."""
        self._ticket_id = ticket_id
        self._tenant = tenant
        self._seen: dict[bytes, set[bytes]] = {}

    def take(self, value: bytes, at_ms: int) -> None:
        """Take up one record that arrived at `at_ms`."""
        self.latest_ms = max(self.latest_ms, at_ms)
        event = decode(value, appended_at=LATEST_MS)
        if isinstance(event, Event):
            self._event(event)
        else:
            self.counts["invalid" if isinstance(event, Invalid) else "unknown_type"] += 1

    def _event(self, event: Event) -> None:
        if event.type is EventType.CLOCK_PASSED:
            return
        if self._ticket_id not in {None, event.ticket_id} or self._tenant not in {None, event.tenant}:
            return
        key = ticket_key(event.tenant, event.ticket_id)
        digest = event_hash(event)
        seen = self._seen.setdefault(key, set())
        if digest in seen:
            self.counts["duplicate"] += 1
            return
        seen.add(digest)
        self.entries.setdefault(key, []).append(entry_of(event, digest, authored=True))
        self.counts["applied"] += 1

    def life(self, key: bytes) -> list[Entry]:
        """Return the entries of a ticket in the order in which they are folded."""
        return sorted(self.entries.get(key, ()), key=lambda entry: entry.order)
