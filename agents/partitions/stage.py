"""A stage of the pipeline in this worker: the partitions it owns of one source topic."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator

from agents.partitions.batch import Batch
from agents.partitions.failstop import EngineError, FatalError
from agents.partitions.partition import Partition
from agents.partitions.runtime import Runtime, StageConfig
from agents.partitions.source import Source
from agents.timing import DurationCounts

_RESTORES_AT_ONCE = 4


class Stage:
    """Owns what the consumer group assigns. Everything but `has_room` runs in the event loop's thread."""

    def __init__(self, config: StageConfig, runtime: Runtime) -> None:
        """Own nothing yet."""
        self.config = config
        self.joined = False
        """The consumer group has given this worker its share, be it nothing."""
        self.transaction_times = DurationCounts()
        """Of every partition that this process ever owned."""
        self._runtime = runtime
        self._restores = asyncio.Semaphore(_RESTORES_AT_ONCE)
        self._owned: dict[int, Partition] = {}

    @property
    def name(self) -> str:
        """Return the stage's name."""
        return self.config.name

    @property
    def partitions(self) -> list[Partition]:
        """Return the partitions owned and restored."""
        return [partition for partition in list(self._owned.values()) if partition.running]

    @property
    def owned(self) -> list[Partition]:
        """Return the partitions owned, those still restoring too."""
        return list(self._owned.values())

    @property
    def restoring(self) -> int:
        """Return how many partitions are assigned whose state is still being read back."""
        return sum(not partition.running for partition in list(self._owned.values()))

    def __iter__(self) -> Iterator[Partition]:
        """Walk through the partitions owned, those still restoring too. Safe from any thread."""
        return iter(self.owned)

    def has_room(self, partition: int) -> bool:
        """Say whether the fetcher may hand out records of this partition. Safe from any thread."""
        owned = self._owned.get(partition)
        return owned is not None and owned.has_room

    def offer(self, batch: Batch) -> None:
        """Queue a batch at its partition. One that is not owned any more is dropped: its owner reads it again."""
        owned = self._owned.get(batch.partition)
        if owned is not None:
            owned.offer(batch)

    async def hold(self) -> None:
        """Finish what is in hand and stand still: a rebalance may give partitions away, and the new owner fences."""
        await self._guard(partition.hold() for partition in self.owned)

    async def assign(self, numbers: Iterable[int], source: Source) -> None:
        """Own exactly these partitions: let the others go, fence the earlier owners of the new ones, and restore them.

        Fencing is over when this returns; restoring goes on.
        """
        wanted = set(numbers)
        gone = [self._owned.pop(number) for number in list(self._owned) if number not in wanted]
        await self._guard(partition.close() for partition in gone)
        for partition in self.owned:
            partition.resume()
        new = [
            Partition(self.config, number, self._runtime, source, self.transaction_times, self._restores)
            for number in sorted(wanted - self._owned.keys())
        ]
        await self._guard(partition.open() for partition in new)
        for partition in new:
            self._owned[partition.partition] = partition
            partition.start()
        self.joined = True

    async def close(self) -> None:
        """Finish the transactions in hand and let every partition go."""
        gone = self.owned
        self._owned.clear()
        self.joined = False
        await self._guard(partition.close() for partition in gone)

    async def _guard(self, work: Iterable[object]) -> None:
        for outcome in await asyncio.gather(*work, return_exceptions=True):  # type: ignore[call-overload]  # coroutines of None
            if isinstance(outcome, FatalError):
                self._runtime.on_fatal(outcome)
            elif isinstance(outcome, Exception):
                failure = EngineError(f"{self.name} failed in the partition runtime; please report this")
                failure.__cause__ = outcome
                self._runtime.on_fatal(failure)
