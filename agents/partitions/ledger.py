"""What is committed of one partition: its position, and the way to move state, outputs and offsets on together."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence

from agents.partitions.delivery import Delivery
from agents.partitions.effects import EPOCH_HEADER, Packer, PositionRow
from agents.partitions.failstop import ConfigurationError
from agents.partitions.restore import ChangelogReader, Restored, SourceBounds
from agents.partitions.runtime import Runtime, StageConfig
from agents.partitions.tally import Tally
from agents.partitions.writer import PlainWriter, TransactionalWriter, Writer
from agents.timing import DurationCounts
from pipeline.engine import Effects, Record

log = logging.getLogger(__name__)
TELL_EVERY_SECONDS = 1.0
"""How often the consumer group's offset follows the position. Only monitors of lag read it, and it is two of five round trips."""


class Ledger:
    """The committed side of a partition. `open` fences, `read` restores, `commit` moves on."""

    def __init__(self, stage: StageConfig, partition: int, runtime: Runtime, tally: Tally, times: DurationCounts) -> None:
        """Connect to nothing yet; `times` counts the durations of transactions."""
        self.position = 0
        """Next source offset to apply."""
        self._stage = stage
        self._partition = partition
        self._runtime = runtime
        self._tally = tally
        self._times = times
        self._once = runtime.delivery is Delivery.EXACTLY_ONCE
        self._epoch = runtime.epoch
        self._epoch_value = str(runtime.epoch).encode()
        self._source_partitions = 0
        self._told = -1
        """The position that the consumer group was told of by us; a killed owner may have left it behind the position row."""
        self._tell_at = 0.0
        self._writer: Writer = (
            TransactionalWriter(runtime.access, f"{runtime.app_id}-{stage.changelog}-{partition}", runtime.app_id)
            if self._once
            else PlainWriter(runtime.access)
        )
        self._packer = Packer((stage.changelog, partition) if self._once else None, stage.topics, runtime.bounds)
        self._headers = () if self._once else ((EPOCH_HEADER, self._epoch_value),)

    async def open(self) -> None:
        """Fence every earlier owner: what it has not committed by now it never will.

        Raises:
            FatalError: the broker refuses, or its topics do not have the partitions that the stage says.

        """
        await self._writer.open()
        for topic, destination in self._stage.topics.items():
            found = await self._writer.partitions_of(destination.name)
            if found != destination.partitions:
                msg = (
                    f"topic {destination.name} ({topic.value}) has {found} partitions on the broker and "
                    f"{destination.partitions} in the "
                    f"configuration: correct the configuration, or stop every worker before a topic is made anew"
                )
                raise ConfigurationError(msg)

    async def close(self) -> None:
        """Let go of the broker."""
        await self._writer.close()

    async def read(self, progress: Callable[[int, int], None]) -> Restored:
        """Read the committed state back and take up the position.

        Raises:
            ConfigurationError: the state does not belong to this source.
            UnavailableError: the broker went away.

        """
        async with ChangelogReader(self._runtime.access) as reader:
            bounds = await reader.bounds(self._stage.source, self._partition)
            restored = Restored()
            if self._once:
                await self._check_changelog(bounds)
                restored = await reader.read(self._stage.changelog, self._partition, progress)
        row = restored.position or PositionRow(next_offset=bounds.first, source_partitions=bounds.partitions, epoch=self._epoch)
        restored.position = row
        self._check(row, bounds)
        self._source_partitions = bounds.partitions
        self.position, self._epoch = row.next_offset, row.epoch
        return restored

    async def commit(self, effects: Effects, next_offset: int | None, tick_ms: int) -> bool:
        """Write `effects`, and the position when it moves; return whether this was more than a transaction should carry.

        Raises:
            FatalError: nothing was written, or nobody knows; the process must end.

        """
        position = self.position if next_offset is None else next_offset
        row = PositionRow(next_offset=position, source_partitions=self._source_partitions, tick_ms=tick_ms, epoch=self._epoch)
        parcel = self._packer.pack(effects, row, self._headers)
        began = time.monotonic()
        offsets = {} if began < self._tell_at else self._news(position)
        await self._writer.write(parcel.outgoing, offsets)
        self._times.observe(round((time.monotonic() - began) * 1_000_000))
        self._tally.committed(effects.dead_letters)
        self.position = position
        self._has_told(offsets)
        return parcel.exceeds(self._runtime.bounds)

    async def tell(self, *, now: bool = False) -> None:
        """Let the consumer group's offset catch up with the position, at most every `TELL_EVERY_SECONDS` unless `now`.

        Raises:
            FatalError: as `commit` does.

        """
        offsets = self._news(self.position) if now or time.monotonic() >= self._tell_at else {}
        if offsets:
            await self._writer.write({}, offsets)
            self._has_told(offsets)

    def _news(self, position: int) -> dict[tuple[str, int], int]:
        return {(self._stage.source, self._partition): position} if self._once and position != self._told else {}

    def _has_told(self, offsets: dict[tuple[str, int], int]) -> None:
        if offsets:
            (self._told,) = offsets.values()
            self._tell_at = time.monotonic() + TELL_EVERY_SECONDS

    def of_this_epoch(self, records: Sequence[Record]) -> Sequence[Record]:
        """Return the records without those that an earlier `at_least_once` run emitted: this run says them again."""
        if self._once:
            return records
        mine = self._epoch_value
        return [r for r in records if all(name != EPOCH_HEADER or value == mine for name, value in r.headers)]

    async def _check_changelog(self, bounds: SourceBounds) -> None:
        found = await self._writer.partitions_of(self._stage.changelog)
        if found != bounds.partitions:
            msg = (
                f"the changelog {self._stage.changelog} has {found} partitions and its source {self._stage.source} has "
                f"{bounds.partitions}; they must be equal. {self._rebuild}"
            )
            raise ConfigurationError(msg)

    @property
    def _rebuild(self) -> str:
        return (
            f"To build the state anew from what the source still holds: stop every worker, delete the topic "
            f"{self._stage.changelog} "
            f"and every topic that this stage writes, run `firstreply topics apply`, and start again"
        )

    def _check(self, row: PositionRow, bounds: SourceBounds) -> None:
        """Refuse state that does not belong to this source: its keys have moved, or the log is another one."""
        place = f"{self._stage.source}[{self._partition}]"
        if row.source_partitions != bounds.partitions:
            msg = (
                f"{self._stage.source} has {bounds.partitions} partitions, and the state of {self._stage.name} was built "
                f"when it had "
                f"{row.source_partitions}: keys would be looked for in the wrong partition. Kafka cannot take partitions "
                f"away; copy the "
                f"log into a new topic of the count you want. {self._rebuild}"
            )
            raise ConfigurationError(msg)
        if row.next_offset > bounds.end:
            msg = (
                f"{place} ends at {bounds.end}, and the state of {self._stage.name} has applied up to {row.next_offset}: "
                f"the topic was "
                f"deleted and made anew, or the broker lost records. {self._rebuild}"
            )
            raise ConfigurationError(msg)
        if row.next_offset < bounds.first:
            lost = bounds.first - row.next_offset
            log.error("%s: retention removed %d offsets before they were applied; they are not counted", place, lost)
