"""The pipeline without Kafka: the same engines over a log in memory, in event time.

Partitions, keys and topics are as on a broker; only transactions are missing, since nothing can fail in between. The final
outputs are bit-equal to those of a live run in event time over the same log and partition counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from hashlib import sha256

from pipeline.config import Domain
from pipeline.customers.engine import CustomersEngine
from pipeline.engine import DeadLetter, Effects, Emit, Engine, LogRecord, TimeMode, Topic
from pipeline.partitioning import partition_of
from pipeline.published import Published
from pipeline.responders.engine import RespondersEngine
from pipeline.tickets.engine import TicketsEngine
from pipeline.windows.engine import SegmentsEngine

COMPACTED = (Topic.SERVICE_LEVELS, Topic.ALERTS, Topic.CLOCKS, Topic.REPEATS, Topic.RESPONDERS, Topic.PRESENCE)
BATCH_RECORDS = 1_000


class Outputs:
    """What a run has left behind: the newest value per key of compacted topics, and every SLA event."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.compacted: dict[Topic, dict[bytes, bytes]] = {topic: {} for topic in COMPACTED}
        self.sla_events: list[tuple[bytes, bytes]] = []
        self.dead_letters: list[DeadLetter] = []

    def take(self, emit: Emit) -> None:
        """Keep one emitted record."""
        if emit.topic is Topic.SLA_EVENTS:
            self.sla_events.append((emit.key or b"", emit.value or b""))
        elif emit.value is None:
            self.compacted[emit.topic].pop(emit.key or b"", None)
        else:
            self.compacted[emit.topic][emit.key or b""] = emit.value

    def digest(self) -> str:
        """Return the SHA-256 of all final outputs, sorted."""
        lines = [(topic.value.encode(), key, value) for topic, kept in self.compacted.items() for key, value in kept.items()]
        lines += [(Topic.SLA_EVENTS.value.encode(), key, value) for key, value in self.sla_events]
        whole = sha256()
        for topic, key, value in sorted(lines):
            whole.update(b"\t".join((topic, key, value)) + b"\n")
        return whole.hexdigest()


class OfflineRun:
    """All stages over a log: `feed` it, then `close` it at the time up to which deadlines shall fall due."""

    def __init__(
        self,
        domain: Domain,
        *,
        partitions: int = 1,
        panes_partitions: int = 1,
        contact_partitions: int = 1,
        batch_records: int = BATCH_RECORDS,
        heard: Callable[[Emit], None] | None = None,
        says_levels: bool = True,
    ) -> None:
        """Begin with empty engines; `heard` is told of every record that any of them emits.

        Without `says_levels` no service level is said, which saves most of the work of segments: alerts are the same.
        """
        self._heard = heard
        self.outputs = Outputs()
        event, customers = TimeMode.EVENT, contact_partitions if domain.customers else 0
        self.tickets = [
            TicketsEngine(domain, p, partitions, event, panes_partitions, contact_partitions) for p in range(partitions)
        ]
        self.customers = [CustomersEngine(domain, p, partitions, event, panes_partitions) for p in range(customers)]
        sources = partitions + customers
        self.segments = [SegmentsEngine(domain, p, sources, event, says_levels=says_levels) for p in range(panes_partitions)]
        self.responders: list[RespondersEngine] = []
        if domain.responders.enabled:
            self.responders = [RespondersEngine(domain, p, panes_partitions, event) for p in range(panes_partitions)]
        self._batch_records = batch_records
        self._waiting: list[list[LogRecord]] = [[] for _ in range(partitions)]
        self._panes: list[list[LogRecord]] = [[] for _ in range(panes_partitions)]
        self._contacts: list[list[LogRecord]] = [[] for _ in range(customers)]
        self._offsets = {
            Topic.TICKET_EVENTS: [0] * partitions,
            Topic.CONTACTS: [0] * customers,
            Topic.PANES: [0] * panes_partitions,
            Topic.RESPONDER_EVENTS: [0] * panes_partitions,
        }

    def feed(self, records: Iterable[tuple[bytes | None, bytes, int]]) -> None:
        """Append records, (key, value, append time in ms), and apply full batches."""
        for key, value, timestamp in records:
            partition = 0 if key is None else partition_of(key, len(self.tickets))
            self._append(partition, Emit(Topic.TICKET_EVENTS, key, value), timestamp)

    def feed_responders(self, records: Iterable[tuple[str, bytes, int]]) -> None:
        """Apply responder events, (tenant, value, append time in ms); what tickets tell of work comes by itself."""
        for tenant, value, timestamp in records:
            self._tell(Emit(Topic.RESPONDER_EVENTS, tenant.encode(), value), timestamp)

    def settle(self) -> None:
        """Apply what has been fed so far, full batch or not."""
        for partition in range(len(self.tickets)):
            self._apply(partition)

    def close(self, until_ms: int) -> Outputs:
        """Let time reach `until_ms` on every partition, apply everything, and return the outputs."""
        for partition in range(len(self.tickets)):
            self._append(partition, Emit(Topic.TICKET_EVENTS, None, clock_record(until_ms)), until_ms)
        while any(self._waiting):
            for partition in range(len(self.tickets)):
                self._apply(partition)
        return self.outputs

    def published(self) -> list[Published]:
        """Return what `/metrics` would show."""
        engines: list[Engine] = [*self.tickets, *self.customers, *self.segments, *self.responders]
        return [engine.published() for engine in engines]

    def _append(self, partition: int, emit: Emit, timestamp: int) -> None:
        waiting = self._waiting[partition]
        waiting.append(self._record(emit, partition, timestamp))
        if len(waiting) >= self._batch_records:
            self._apply(partition)

    def _record(self, emit: Emit, partition: int, timestamp: int) -> LogRecord:
        offsets = self._offsets[emit.topic]
        offset, offsets[partition] = offsets[partition], offsets[partition] + 1
        return LogRecord(emit.topic.value, partition, offset, timestamp, emit.key, emit.value, tuple(emit.headers))

    def _apply(self, partition: int) -> None:
        records, self._waiting[partition] = self._waiting[partition], []
        if not records:
            return
        self._carry_out(self.tickets[partition].apply(records), records[-1].timestamp)
        for contacts, told in enumerate(self._contacts):
            if told:
                self._contacts[contacts] = []
                self._drain(self.customers[contacts], told)
        for panes, waiting in enumerate(self._panes):
            if waiting:
                self._panes[panes] = []
                self._drain(self.segments[panes], waiting)

    def _drain(self, engine: Engine, records: list[LogRecord]) -> None:
        effects, at_ms = engine.apply(records), records[-1].timestamp
        self._carry_out(effects, at_ms)
        while effects.more:
            effects = engine.tick(at_ms)
            self._carry_out(effects, at_ms)

    def _carry_out(self, effects: Effects, timestamp: int) -> None:
        self.outputs.dead_letters += effects.dead_letters
        for emit in effects.emits:
            if self._heard is not None:
                self._heard(emit)
            if emit.topic is Topic.PANES:
                self._queue(self._panes, emit, timestamp)
            elif emit.topic is Topic.CONTACTS:
                self._queue(self._contacts, emit, timestamp)
            elif emit.topic is Topic.RESPONDER_EVENTS:
                self._tell(emit, timestamp)
            elif emit.topic is Topic.TICKET_EVENTS:
                at_ms = timestamp if emit.timestamp is None else emit.timestamp
                self._append(self._place(emit, len(self.tickets)), emit, at_ms)
            else:
                self.outputs.take(emit)

    def _queue(self, queues: list[list[LogRecord]], emit: Emit, timestamp: int) -> None:
        partition = self._place(emit, len(queues))
        queues[partition].append(self._record(emit, partition, timestamp))

    @staticmethod
    def _place(emit: Emit, partitions: int) -> int:
        return partition_of(emit.key or b"", partitions) if emit.partition is None else emit.partition

    def _tell(self, emit: Emit, timestamp: int) -> None:
        partition = self._place(emit, len(self.responders))
        self._carry_out(self.responders[partition].apply([self._record(emit, partition, timestamp)]), timestamp)


def clock_record(at_ms: int) -> bytes:
    """Return the value of a record that says only that time has reached `at_ms`."""
    return b'{"type":"support.clock.passed","id":"clock:%d","time":%d,"ticket_id":"clock"}' % (at_ms, at_ms)
