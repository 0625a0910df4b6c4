"""When a recorded event is taken to have arrived: what a replay stamps on the log, and an offline run reads from it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pipeline.codec import decode
from pipeline.events import Event, EventType
from pipeline.identity import ticket_key
from pipeline.timestamps import LATEST_MS


class Arrivals:
    """Stamps recorded events in their order: `ingested_at` where it is known, else the latest `occurred_at` so far."""

    def __init__(self) -> None:
        """Start before the first event."""
        self.latest_ms = 0

    def stamp(self, event: Event) -> int:
        """Return the append time of the next event, ms; it never goes back."""
        at = event.occurred_at if event.ingested_at is None else event.ingested_at
        self.latest_ms = max(self.latest_ms, at)
        return self.latest_ms


def keyed(lines: Iterable[bytes]) -> Iterator[tuple[bytes | None, bytes, int]]:
    """Yield key, value and append time of each line of an NDJSON log; a line that is no event keeps its place without a key."""
    arrivals = Arrivals()
    for line in lines:
        value = line.strip()
        if not value:
            continue
        event = decode(value, appended_at=LATEST_MS)
        if not isinstance(event, Event) or event.type is EventType.CLOCK_PASSED:
            yield None, value, arrivals.latest_ms if not isinstance(event, Event) else arrivals.stamp(event)
        else:
            stamp = arrivals.stamp(event)
            yield ticket_key(event.tenant, event.ticket_id), value, stamp
