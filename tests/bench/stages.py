"""Microseconds of CPU per event inside the core, by stage: decode, fold, additions, rows, ticket clocks, timers."""

from __future__ import annotations

import gc
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec

from pipeline.codec import decode
from pipeline.engine import LogRecord
from pipeline.tickets import batch, shelf
from pipeline.tickets.engine import TicketsEngine
from tests.bench.stream import log, settings

BATCH = 2_000
"""Records that a partition takes at a time: the worker's default."""


class Stages(msgspec.Struct, frozen=True):
    """Microseconds of CPU per event."""

    decode: float
    fold: float
    additions: float
    rows: float
    clocks: float
    rest: float
    """Of `apply`: loops, counting, batch book-keeping."""
    timers: float
    core: float
    """Decode to encoded rows: everything above but the timers."""
    tickets_per_batch: float
    out_of_order_share: float
    refolded_share: float
    emit_bytes: float
    row_bytes: float


class Stopwatch:
    """Adds up the CPU time spent in wrapped functions, less what the wrapping costs."""

    def __init__(self) -> None:
        self.spent_ns: Counter[str] = Counter()
        self.calls: Counter[str] = Counter()
        self.cost_ns = 0.0
        self.cost_ns = self._calibrated()

    def wrap(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        clock, spent, calls = time.perf_counter_ns, self.spent_ns, self.calls

        def timed(*args: Any, **kwargs: Any) -> Any:
            before = clock()
            result = function(*args, **kwargs)
            spent[name] += clock() - before
            calls[name] += 1
            return result

        return timed

    def _calibrated(self) -> float:
        nothing = self.wrap("nothing", lambda *_: None)
        for _ in range(100_000):
            nothing(1, 2, 3)
        return self.spent_ns.pop("nothing") / self.calls.pop("nothing")

    def seconds(self, name: str) -> float:
        return max(0.0, self.spent_ns[name] - self.cost_ns * self.calls[name]) / 1e9


@contextmanager
def watched(watch: Stopwatch) -> Iterator[None]:
    """Time what `apply` is made of. The decoded fast path stays the engine's own."""
    places: list[tuple[Any, str, str]] = [
        (batch.Batch, "event", "fold"),
        (batch.Batch, "flush", "additions"),
        (batch.Batch, "finish", "finish"),
        (shelf.Shelf, "put", "rows"),
    ]
    kept = [getattr(place, name) for place, name, _ in places]
    for place, name, stage in places:
        setattr(place, name, watch.wrap(stage, getattr(place, name)))
    try:
        yield
    finally:
        for (place, name, _), function in zip(places, kept, strict=True):
            setattr(place, name, function)


def records_of(count: int) -> list[LogRecord]:
    """Return the log as records of one partition."""
    return [LogRecord("ticket-events", 0, at, told.timestamp, told.key, told.value) for at, told in enumerate(log(count))]


def decoding(records: list[LogRecord]) -> float:
    """Return seconds of CPU to decode the records."""
    before = time.process_time()
    for record in records:
        decode(record.value, record.headers, appended_at=record.timestamp)
    return time.process_time() - before


class Drive(msgspec.Struct):
    """What it cost to drive an engine through a log, seconds of CPU, and what came out."""

    apply: float = 0.0
    tick: float = 0.0
    rows: int = 0
    row_bytes: int = 0
    emit_bytes: int = 0
    counts: dict[str, int] = {}


def drive(engine: TicketsEngine, records: list[LogRecord], size: int = BATCH, *, ticks: bool = True) -> Drive:
    """Apply the records in batches, with a tick after each as a worker that catches up does."""
    spent = Drive()
    clock = time.process_time
    for start in range(0, len(records), size):
        step = records[start : start + size]
        before = clock()
        effects = engine.apply(step)
        between = clock()
        spent.apply += between - before
        told = [effects]
        while ticks:
            before = clock()
            told.append(engine.tick(step[-1].timestamp))
            spent.tick += clock() - before
            if not told[-1].more:
                break
        spent.rows += len(effects.rows)
        spent.row_bytes += sum(len(value or b"") for value in effects.rows.values())
        spent.emit_bytes += sum(len(emit.value or b"") for effect in told for emit in effect.emits)
    spent.counts = dict(engine._counts)
    return spent


def measure(count: int) -> Stages:
    """Measure each stage once over a log of `count` events."""
    records = records_of(count)
    gc.collect()
    decode_s = decoding(records)
    plain = drive(TicketsEngine(settings().domain), records)
    watch = Stopwatch()
    with watched(watch):
        timed = drive(TicketsEngine(settings().domain), records)
    # Wall clocks cost less than clocks of CPU; what else the machine did meanwhile is taken out by the ratio of both runs.
    wrapped_s = sum(watch.seconds(name) for name in ("fold", "additions", "finish"))
    fair = (plain.apply - decode_s) / max(1e-9, timed.apply - decode_s - sum(watch.calls.values()) * watch.cost_ns / 1e9)
    fold_s, additions_s = watch.seconds("fold") * fair, watch.seconds("additions") * fair
    rows_s = watch.seconds("rows") * fair
    finish_s = max(rows_s, watch.seconds("finish") * fair - watch.calls["rows"] * watch.cost_ns / 1e9)
    assert wrapped_s > 0
    micro = 1e6 / count
    counts = plain.counts
    return Stages(
        decode=decode_s * micro,
        fold=fold_s * micro,
        additions=additions_s * micro,
        rows=rows_s * micro,
        clocks=(finish_s - rows_s) * micro,
        rest=max(0.0, plain.apply - decode_s - fold_s - additions_s - finish_s) * micro,
        timers=plain.tick * micro,
        core=plain.apply * micro,
        tickets_per_batch=plain.rows / (count / BATCH),
        out_of_order_share=counts.get("out_of_order", 0) / count,
        refolded_share=counts.get("refolded", 0) / count,
        emit_bytes=plain.emit_bytes / count,
        row_bytes=plain.row_bytes / max(1, plain.rows),
    )
