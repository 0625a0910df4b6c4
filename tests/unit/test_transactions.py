"""How many transactions a partition makes of what it is given: the runtime with a toy engine and a writer without a broker."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Self

from agents.clock import ManualClock
from agents.partitions.access import BrokerAccess
from agents.partitions.batch import Batch
from agents.partitions.effects import POSITION_KEY, Destination, Outgoing
from agents.partitions.failstop import FatalError
from agents.partitions.partition import Partition
from agents.partitions.restore import Restored
from agents.partitions.runtime import Runtime, StageConfig
from agents.partitions.source import Reach
from agents.timing import DurationCounts
from pipeline.engine import LogRecord, Topic
from tests.support.toy_engine import AlarmEngine

NOW_MS = 1_000_000
PATIENCE_SECONDS = 10


class Transactions(list[Outgoing]):
    """A writer that keeps what it writes; that of the group's offset alone is left out."""

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def partitions_of(self, topic: str) -> int:
        return 1

    async def write(self, outgoing: Outgoing, offsets: Mapping[tuple[str, int], int]) -> None:
        if outgoing:
            self.append({place: list(entries) for place, entries in outgoing.items()})


class Caught:
    """A consumer that has handed out everything."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.end = 0

    def reach(self, topic: str, partition: int) -> Reach:
        return Reach(fetched=self.end, drained=self.end, end=self.end, polled_at_ms=self.clock.now_ms())

    async def seek_back(self, topic: str, partition: int, offset: int) -> int:
        raise AssertionError("nothing is missing")


def batch(first: int, *alarms: tuple[bytes, bytes]) -> Batch:
    records = [LogRecord("source", 0, first + n, NOW_MS - 900, key, value) for n, (key, value) in enumerate(alarms)]
    return Batch("source", 0, records, follows=first, seeks=0)


def ended(error: FatalError) -> None:
    raise AssertionError(error)


class Toy:
    """A partition of a toy stage on its way, what it writes, and the clock and the consumer that it sees."""

    def __init__(self, *, gathers: bool = False, linger_ms: int = 0, batch_records: int = 4_000) -> None:
        self.transactions, self.clock = Transactions(), ManualClock(NOW_MS)
        self.source = Caught(self.clock)
        stage = StageConfig(
            name="toy",
            source="source",
            partitions=1,
            changelog="changelog",
            engine=AlarmEngine,
            topics={Topic.ALERTS: Destination("alarms", 1)},
            gathers=gathers,
            linger_ms=linger_ms,
            batch_records=batch_records,
        )
        runtime = Runtime(app_id="app", access=BrokerAccess(bootstrap="nowhere:1"), clock=self.clock, on_fatal=ended)
        self.partition = Partition(stage, 0, runtime, self.source, DurationCounts(), asyncio.Semaphore(1))

    async def __aenter__(self) -> Self:
        async def nothing_restored(progress: Callable[[int, int], None]) -> Restored:
            return Restored()

        self.partition._ledger._writer = self.transactions
        self.partition._ledger.read = nothing_restored  # type: ignore[method-assign]
        await self.partition.open()
        self.partition.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.partition.close()

    def offer(self, one: Batch) -> None:
        self.source.end = one.last + 1
        self.partition.offer(one)

    async def done(self) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while self.partition.position < self.source.end or not self.partition._idle.is_set():  # noqa: ASYNC110 - its task works
                await asyncio.sleep(0)


def run(*batches: Batch) -> Transactions:
    """Return what a partition writes that is given one batch a second, each once the one before it is done."""

    async def story() -> Transactions:
        async with Toy() as toy:
            for one in batches:
                toy.clock.advance(1_000)
                toy.offer(one)
                await toy.done()
        return toy.transactions

    return asyncio.run(story())


def keys(written: Outgoing) -> dict[str, list[bytes | None]]:
    return {topic: [entry[0] for entry in entries] for (topic, _), entries in written.items()}


def test_a_batch_and_the_tick_that_it_makes_due_are_one_transaction() -> None:
    due, later = b"%d" % (NOW_MS - 500), b"%d" % (NOW_MS + 60_000)
    transactions = run(batch(0, (b"a", due), (b"later", later)), batch(2, (b"b", due)), batch(3, (b"never", later)))
    assert [keys(written) for written in transactions] == [
        {"changelog": [b"a", b"later", POSITION_KEY], "alarms": [b"a"]},
        {"changelog": [b"b", POSITION_KEY], "alarms": [b"b"]},
        {"changelog": [b"never", POSITION_KEY]},
    ]


def test_what_is_too_much_for_one_tick_goes_on_in_transactions_of_its_own() -> None:
    names = [b"a", b"b", b"c", b"d", b"e"]
    transactions = run(batch(0, *((name, b"%d" % (NOW_MS - 500)) for name in names)))
    assert [keys(written)["alarms"] for written in transactions] == [names[:2], names[2:4], names[4:]]


def gathered(*later: Batch, end: int | None = None) -> tuple[Transactions, int]:
    """Return what a stage writes that gathers, and the position just before the tick for which `later` may wait."""

    async def story() -> tuple[Transactions, int]:
        async with Toy(gathers=True) as toy:
            toy.offer(batch(0, (b"a", b"%d" % (NOW_MS + 100))))  # no tick is to come yet: nothing to wait for
            await toy.done()
            for one in later:
                toy.offer(one)
                toy.source.end = end or toy.source.end
                for _ in range(50):
                    await asyncio.sleep(0)
            before = toy.partition.position
            toy.clock.advance(250)
            toy.partition._wake.set()
            toy.source.end = later[-1].last + 1
            await toy.done()
        return toy.transactions, before

    return asyncio.run(story())


LATER = b"%d" % (NOW_MS + 60_000)


def test_a_stage_that_gathers_lets_its_records_wait_for_the_tick() -> None:
    transactions, before = gathered(batch(1, (b"b", LATER)), batch(2, (b"c", LATER)))
    assert before == 1
    assert [keys(written) for written in transactions] == [
        {"changelog": [b"a", POSITION_KEY]},
        {"changelog": [b"b", b"c", b"a", POSITION_KEY], "alarms": [b"a"]},
    ]


def test_nothing_waits_while_there_is_more_to_come() -> None:
    transactions, before = gathered(batch(1, (b"b", LATER)), end=99)
    assert before == 2
    assert [keys(written) for written in transactions[:2]] == [
        {"changelog": [b"a", POSITION_KEY]},
        {"changelog": [b"b", POSITION_KEY]},
    ]


def lingered(*later: Batch, batch_records: int = 4_000) -> tuple[Transactions, int]:
    """Return what a stage writes that lets records linger, and the position just before they have lingered long enough."""

    async def story() -> tuple[Transactions, int]:
        async with Toy(linger_ms=25, batch_records=batch_records) as toy:
            toy.offer(batch(0, (b"a", LATER)))  # no transaction before it: nothing to wait for
            await toy.done()
            toy.partition._begun = time.monotonic() + 600
            for one in later:
                toy.offer(one)
                for _ in range(50):
                    await asyncio.sleep(0)
            before = toy.partition.position
            toy.partition._begun = time.monotonic()
            toy.partition._wake.set()
            await toy.done()
        return toy.transactions, before

    return asyncio.run(story())


def test_records_that_linger_share_a_transaction() -> None:
    transactions, before = lingered(batch(1, (b"b", LATER)), batch(2, (b"c", LATER)))
    assert before == 1
    assert [keys(written) for written in transactions] == [
        {"changelog": [b"a", POSITION_KEY]},
        {"changelog": [b"b", b"c", POSITION_KEY]},
    ]


def test_what_fills_a_transaction_does_not_linger() -> None:
    transactions, before = lingered(batch(1, (b"b", LATER)), batch(2, (b"c", LATER)), batch_records=2)
    assert before == 3
    assert [keys(written) for written in transactions[1:]] == [{"changelog": [b"b", b"c", POSITION_KEY]}]
