"""What ticket partitions would write into `panes`: records of additions, and an engine's outputs as a reader sees them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from pipeline.additions import SCHEMA, Additions, Ledger
from pipeline.engine import Effects, Emit, LogRecord, Row
from pipeline.judgement.alerts import Life
from pipeline.measures import WORK_INDEX, Measure, Work, base
from pipeline.windows.engine import SegmentsEngine
from pipeline.windows.histogram import add_duration
from pipeline.windows.rows import RowType, pack, unpack

EDGES_MS = (60_000, 300_000, 900_000, 3_600_000)


class Feed:
    """One ticket partition. Gather with `replied`, `waits` ..., then take the `record`."""

    def __init__(self, source: int = 0, tenant: str = "acme", edges_ms: Sequence[int] = EDGES_MS) -> None:
        self.source = source
        self.tenant = tenant
        self.edges_ms = edges_ms
        self.sequence = 0
        self.ledger = Ledger()

    def counted(self, leaf: tuple[str, ...], at_ms: int, measure: Measure, amount: int = 1) -> None:
        self.ledger.add(leaf, at_ms, base(measure), amount)

    def lasted(self, leaf: tuple[str, ...], at_ms: int, measure: Measure, value_ms: int, sign: int = 1) -> None:
        add_duration(self.ledger, leaf, at_ms, measure, value_ms, self.edges_ms, sign)

    def waits(self, leaf: tuple[str, ...], start_ms: int, work: Work = Work.AWAITING_FIRST_REPLY, amount: int = 1) -> None:
        self.ledger.shift(leaf, WORK_INDEX[work], start_ms, amount)

    def replied(self, leaf: tuple[str, ...], start_ms: int, at_ms: int) -> None:
        """End a wait for a first reply that was open."""
        self.waits(leaf, start_ms, amount=-1)
        self.lasted(leaf, at_ms, Measure.FIRST_REPLY, at_ms - start_ms)
        self.counted(leaf, at_ms, Measure.REPLIES)

    def record(self, tick: int, *, passed: int = 0) -> LogRecord:
        """Return what was gathered, as of a tick."""
        self.sequence += 1
        value = Additions(SCHEMA, self.tenant, self.source, self.sequence, tick, list(self.ledger.leaves()), passed)
        self.ledger = Ledger()
        return record_of(value)


def record_of(value: Additions | bytes | None) -> LogRecord:
    encoded = msgspec.msgpack.encode(value) if isinstance(value, Additions) else value
    return LogRecord(topic="panes", partition=0, offset=0, timestamp=0, key=b"acme", value=encoded)


class Reader:
    """Keeps what an engine wrote: the changelog's rows as compaction leaves them, and every record in order."""

    def __init__(self) -> None:
        self.rows: dict[bytes, bytes] = {}
        self.emits: list[Emit] = []
        self.dead = 0
        self.deleted: set[bytes] = set()

    def take(self, effects: Effects) -> Effects:
        for key, value in effects.rows.items():
            assert key[:1] != b"\x00"
            if value is None:
                self.rows.pop(key, None)
                self.deleted.add(key)
            else:
                self.rows[key] = value
                self.deleted.discard(key)
                if key[:1] == RowType.ALERT.value:  # what one worker writes the next one takes up
                    assert pack(unpack(value, Life)) == value
        self.emits += effects.emits
        self.dead += len(effects.dead_letters)
        return effects

    def take_rows(self, later: Reader) -> None:
        """Go on with the rows of a reader that was opened later on the same engine."""
        self.rows |= later.rows
        for key in later.deleted:
            self.rows.pop(key, None)

    def changelog(self) -> list[Row]:
        return [Row(key, value) for key, value in self.rows.items()]

    def decoded(self, topic: str) -> list[dict[str, Any]]:
        return [msgspec.json.decode(emit.value) for emit in self.emits if emit.topic == topic and emit.value is not None]

    def latest(self, key: bytes) -> dict[str, Any]:
        values = [emit.value for emit in self.emits if emit.key == key]
        level: dict[str, Any] = msgspec.json.decode(values[-1] or b"")
        return level


def apply(engine: SegmentsEngine, reader: Reader, records: Iterable[LogRecord]) -> None:
    """Apply a batch and whatever it left for `tick`, as the runtime does."""
    effects = reader.take(engine.apply(list(records)))
    while effects.more:
        effects = reader.take(engine.tick(0))


def tick(engine: SegmentsEngine, reader: Reader, now_ms: int) -> None:
    """Tick until nothing is left."""
    while reader.take(engine.tick(now_ms)).more:
        pass
