"""Measure the segments engine: `python -m tests.bench.segments [replies_per_second] [seconds]`. Prints, never fails.

Live, one tenant of 8 queues, 3 channels and 4 priorities (96 leaves, 68 segments): CPU per record and reply, per tick and per
service level said; rows and bytes, restore, and the same tick with 1,000 to 1,000,000 open tickets.
"""

from __future__ import annotations

import random
import resource
import sys
from collections import Counter
from time import process_time

from pipeline.config import Domain
from pipeline.engine import Effects, TimeMode
from pipeline.measures import Measure, Work
from pipeline.windows.engine import SegmentsEngine
from tests.support.feed import Feed, Reader

START_MS = 1_767_225_600_000
DOMAIN = Domain()
LEAVES = [
    (queue, channel, priority)
    for queue in (f"queue-{number}" for number in range(8))
    for channel in ("chat", "email", "phone")
    for priority in ("low", "normal", "high", "urgent")
]
DURATIONS = (
    Measure.FIRST_REPLY,
    Measure.FIRST_REPLY_BUSINESS,
    Measure.FIRST_REPLY_RESPONDER,
    Measure.FIRST_REPLY_RESPONDER_BUSINESS,
)


def ticket(feed: Feed, rng: random.Random, at_ms: int) -> None:
    leaf = LEAVES[min(int(rng.expovariate(0.06)), len(LEAVES) - 1)]
    length = int(rng.lognormvariate(12.5, 1.2))
    for measure in DURATIONS:
        feed.lasted(leaf, at_ms, measure, length)
    feed.counted(leaf, at_ms, Measure.REPLIES)
    feed.counted(leaf, at_ms, Measure.SLA_FIRST_REPLY_MET)
    feed.waits(leaf, at_ms - rng.randrange(3_600_000))


def say(line: str) -> None:
    sys.stdout.write(line + "\n")


class Meter:
    def __init__(self) -> None:
        self.engine = SegmentsEngine(DOMAIN, 0, 1, TimeMode.LIVE)
        self.reader = Reader()
        self.spent: Counter[str] = Counter()
        self.counts: Counter[str] = Counter()

    def take(self, name: str, effects: Effects, before: float) -> None:
        self.spent[name] += process_time() - before
        self.counts[name] += 1
        self.counts["rows"] += len(effects.rows)
        self.counts["row bytes"] += sum(len(key) + len(value or b"") for key, value in effects.rows.items())
        self.counts["emits"] += len(effects.emits)
        self.counts["emit bytes"] += sum(len(emit.value or b"") for emit in effects.emits)
        self.reader.rows.update({key: value for key, value in effects.rows.items() if value is not None})


def run(rate: int, seconds: int) -> Meter:
    rng, meter, feed = random.Random(7), Meter(), Feed(edges_ms=DOMAIN.all_edges_ms)
    for second in range(seconds):
        now = START_MS + second * 1_000
        for batch in range(10):
            for _ in range(rate // 10):
                ticket(feed, rng, now + batch * 100)
            record = feed.record(now)
            before = process_time()
            meter.take("apply", meter.engine.apply([record]), before)
        before = process_time()
        meter.take("tick", meter.engine.tick(now + 1_000), before)
        before = process_time()
        meter.engine.published()
        meter.spent["published"] += process_time() - before
    return meter


def backlog(count: int) -> float:
    engine, feed = SegmentsEngine(DOMAIN, 0, 1, TimeMode.LIVE), Feed(edges_ms=DOMAIN.all_edges_ms)
    rng = random.Random(3)
    for _ in range(count):
        feed.waits(rng.choice(LEAVES), START_MS - rng.randrange(20 * 86_400_000), Work.AWAITING_FIRST_REPLY)
    engine.apply([feed.record(START_MS)])
    engine.tick(START_MS)
    before = process_time()
    for second in range(1, 31):
        engine.tick(START_MS + second * 1_000)
    return (process_time() - before) / 30


def main(rate: int = 2_000, seconds: int = 120) -> None:
    meter = run(rate, seconds)
    counts, spent = meter.counts, meter.spent
    say(f"{rate} replies/s for {seconds} s, 10 records a second")
    record_us, reply_us = spent["apply"] / counts["apply"] * 1e6, spent["apply"] / rate / seconds * 1e6
    say(f"apply      {record_us:10.0f} us per record, {reply_us:.1f} us per reply")
    say(f"tick       {spent['tick'] / counts['tick'] * 1e3:10.1f} ms, {spent['tick'] / counts['emits'] * 1e6:.0f} us per level")
    say(f"published  {spent['published'] / seconds * 1e3:10.1f} ms")
    say(f"rows       {counts['rows'] / seconds:10.0f} a second, {counts['row bytes'] / seconds / 1e3:.0f} KB a second")
    each = counts["emit bytes"] / max(1, counts["emits"])
    say(f"levels     {counts['emits'] / seconds:10.0f} a second, {each / 1e3:.1f} KB each")
    size = sum(len(key) + len(value) for key, value in meter.reader.rows.items())
    say(f"state      {len(meter.reader.rows):10d} rows, {size / 1e6:.2f} MB")
    before = process_time()
    SegmentsEngine(DOMAIN, 0, 1, TimeMode.LIVE).restore(meter.reader.changelog())
    say(f"restore    {len(meter.reader.rows) / (process_time() - before):10.0f} rows a second")
    for count in (1_000, 100_000, 1_000_000):
        say(f"{count:>9d} open: {backlog(count) * 1e3:.1f} ms per tick")
    say(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3:.0f} MB")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
