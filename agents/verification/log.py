"""The log that is counted again: the events of every partition in the order in which they arrived."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from agents.history import Placed
from agents.verification.oracle import Oracle, OracleResult
from pipeline.codec import decode
from pipeline.config import Domain
from pipeline.engine import DeadLetter, Topic
from pipeline.events import CUSTOMER_EVENTS, Event, EventType
from pipeline.reasons import Reason

_BY_CIRCUMSTANCE = frozenset({Reason.BEYOND_HORIZON, Reason.INTERNAL_ERROR})
"""Too late for a ticket that is not kept any more; or the fold failed on it."""


class Arrived(NamedTuple):
    """One event, and where and when it arrived."""

    event: Event
    partition: int
    at_ms: int


class EventRecords:
    """What a log holds."""

    def __init__(self, domain: Domain, refused: Iterable[DeadLetter] = ()) -> None:
        """Start empty. What the pipeline `refused` for what it knew by then, and not for what it is, is left out."""
        self._domain = domain
        mine = [letter for letter in refused if letter.topic.endswith(Topic.TICKET_EVENTS.value)]  # before it stands the prefix
        self._left_out = {(letter.partition, letter.offset) for letter in mine if letter.reason in _BY_CIRCUMSTANCE}
        self.arrived: list[Arrived] = []
        self.refused = 0
        """Records that are no events, and events that came too late for a ticket that is not kept."""
        self.latest: dict[int, int] = {}
        """Partition -> time of its last record, ms."""
        self.homes: dict[tuple[str, str], int] = {}
        """Tenant and ticket -> partition."""
        self.first_offsets: dict[int, int] = {}
        self.duplicates = 0
        self._seen: set[tuple[str, str, str, str]] = set()

    def take(self, records: Iterable[Placed]) -> None:
        """Read records in their order."""
        for record in records:
            partition = record.partition
            self.first_offsets.setdefault(partition, record.offset)
            self.latest[partition] = max(self.latest.get(partition, 0), record.at_ms)
            if record.value is None:
                continue
            skew_ms = self._domain.future_skew
            event = decode(record.value, record.headers, appended_at=record.at_ms, future_skew_ms=skew_ms)
            if not isinstance(event, Event) or (partition, record.offset) in self._left_out:
                self.refused += 1
            elif event.type is not EventType.CLOCK_PASSED:
                self._keep(event, partition, record.at_ms)

    def _keep(self, event: Event, partition: int, at_ms: int) -> None:
        if event.type not in CUSTOMER_EVENTS:
            self.homes.setdefault((event.tenant, event.ticket_id), partition)
        identity = (event.tenant, event.ticket_id, event.source, event.id)
        self.duplicates += identity in self._seen
        self._seen.add(identity)
        self.arrived.append(Arrived(event, partition, at_ms))

    def truth(self, until: dict[int, int], before_ms: int | None = None) -> OracleResult:
        """Count again: deadlines up to the time of each partition, ms, events up to then or those that arrived before a time."""
        events = [one.event for one in self.arrived if before_ms is None or one.at_ms < before_ms]
        return Oracle(self._domain).run(events, lambda tenant, ticket: until[self.homes[tenant, ticket]])

    @property
    def erases(self) -> bool:
        """Return whether a customer was erased."""
        return any(one.event.type is EventType.CUSTOMER_ERASED for one in self.arrived)

    @property
    def beginnings(self) -> str:
        """Return where partitions begin whose first records retention has removed, in words; empty where the log is whole."""
        cut = sorted((partition, offset) for partition, offset in self.first_offsets.items() if offset)
        return ", ".join(f"partition {partition} begins at {offset}" for partition, offset in cut)
