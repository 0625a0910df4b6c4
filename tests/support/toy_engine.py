"""Engines that show the protocol in a few lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pipeline.engine import DeadLetter, Effects, Emit, Record, Row, Topic
from pipeline.metrics import Metric
from pipeline.published import Published


class CountingEngine:
    """Counts the records of each key. A row is the count in decimal."""

    def __init__(self, partition: int) -> None:
        self.partition = partition
        self.counts: dict[bytes, int] = {}

    def restore(self, rows: Iterable[Row]) -> None:
        self.counts = {key: int(value) for key, value in rows}

    def apply(self, records: Sequence[Record]) -> Effects:
        changed: dict[bytes, bytes | None] = {}
        for record in records:
            key = record.key or b"-"
            count = self.counts[key] = self.counts.get(key, 0) + 1
            changed[key] = b"%d" % count
        return Effects(rows=changed)

    def tick(self, now_ms: int) -> Effects:
        return Effects()

    def next_due(self) -> int | None:
        return None

    def published(self) -> Published:
        total = sum(self.counts.values())
        return Published(values={Metric.TICKETS_TRACKED: {(str(self.partition),): len(self.counts), ("records",): total}})


class EchoingEngine(CountingEngine):
    """Also emits every record with its new count, and refuses the value `bad`."""

    def apply(self, records: Sequence[Record]) -> Effects:
        bad = [record for record in records if record.value == b"bad"]
        good = [record for record in records if record.value != b"bad"]
        effects = super().apply(good)
        effects.emits = [Emit(Topic.SLA_EVENTS, record.key, b"%d:%d" % (record.partition, record.offset)) for record in good]
        effects.dead_letters = [
            DeadLetter(
                reason="bad", detail="said so", topic=r.topic, partition=r.partition, offset=r.offset, size_bytes=3, sha256=""
            )
            for r in bad
        ]
        return effects


class AlarmEngine(CountingEngine):
    """A value `123` sets the key's alarm to 123 ms since the epoch, any other value takes it back; an alarm rings once."""

    at_once = 2
    """Alarms rung in one tick before it says `more`."""

    def restore(self, rows: Iterable[Row]) -> None:
        self.counts = {key: int(value) for key, value in rows}

    def apply(self, records: Sequence[Record]) -> Effects:
        effects = Effects()
        for record in records:
            key, value = record.key or b"-", record.value or b""
            if value.isdigit():
                self.counts[key] = int(value)
                effects.rows[key] = value
            elif self.counts.pop(key, None) is not None:
                effects.rows[key] = None
        return effects

    def tick(self, now_ms: int) -> Effects:
        ringing = sorted((due, key) for key, due in self.counts.items() if due <= now_ms)
        effects = Effects(more=len(ringing) > self.at_once)
        for due, key in ringing[: self.at_once]:
            del self.counts[key]
            effects.rows[key] = None
            effects.emits.append(Emit(Topic.ALERTS, key, b"%d at %d" % (due, now_ms), partition=0))
        return effects

    def next_due(self) -> int | None:
        return min(self.counts.values(), default=None)


class BrokenEngine(CountingEngine):
    """Raises at the value `raise`."""

    def apply(self, records: Sequence[Record]) -> Effects:
        if any(record.value == b"raise" for record in records):
            raise RuntimeError("the toy is broken")
        return super().apply(records)


ENGINES = {engine.__name__: engine for engine in (CountingEngine, EchoingEngine, AlarmEngine, BrokenEngine)}
