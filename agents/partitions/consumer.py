"""Faust's consumer, changed where its per-event path, its acks and its gap list cannot carry exactly once.

Records are taken from aiokafka in the consumer's own thread, in batches that say where the fetcher stood before them; a partition
that is busy is not asked for, so that nothing queues up in Faust. Offsets of these topics are committed by the partitions'
transactions and never by Faust.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import faust.transport.drivers.aiokafka as driver
from aiokafka import TopicPartition
from aiokafka.errors import ConsumerStoppedError
from faust.types import TP, ConsumerMessage

from agents.partitions.batch import Batch
from agents.partitions.fetchpace import AT_ONCE, FetchPace
from agents.partitions.source import Reach
from agents.partitions.stage import Stage

_CROWDED_SECONDS = 0.01
"""Pause before a partition that had no room is asked for again."""
_SLICE_SECONDS = 0.25
"""Longest wait for records before the flow is looked at again, so that rebalances and stops are quick."""


class PartitionThread(driver.AIOKafkaConsumerThread):
    """The thread that owns the aiokafka consumer."""

    stages: Mapping[str, Stage]
    """By source topic."""

    def __init__(self, consumer: PartitionConsumer, **kwargs: Any) -> None:
        """Start with nothing drained."""
        self.stages = consumer.stages
        self._drained: dict[tuple[str, int], int] = {}
        self._seeks: dict[tuple[str, int], int] = {}
        self._silent: dict[tuple[str, int], tuple[int, int]] = {}
        """From where to where the fetcher last moved without finding a record: markers and aborted records."""
        self._pace = FetchPace()
        super().__init__(consumer, **kwargs)

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        consumer._isolation_level = "read_committed"  # noqa: SLF001 - Faust offers it only with its own exactly_once
        consumer._fetch_min_bytes, consumer._fetch_max_wait_ms = AT_ONCE  # noqa: SLF001 - fixed at 1 and 1,500 ms in Faust
        return consumer

    async def _fetch_records(
        self,
        consumer: Any,
        active_partitions: Any,
        timeout: float | None = None,  # noqa: ASYNC109 - Faust's signature
        max_records: int | None = None,
    ) -> Any:
        """Return batches of the partitions that have room, within `timeout` seconds."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + (timeout or 0)
        while self.consumer.flow_active:
            fetcher = consumer._fetcher  # noqa: SLF001 - Faust reads there too
            if consumer._closed or fetcher._closed:  # noqa: SLF001 - as Faust does
                raise ConsumerStoppedError
            wanted = [tp for tp in active_partitions if self._has_room(tp)]
            with fetcher._subscriptions.fetch_context():  # noqa: SLF001 - tells aiokafka that somebody polls
                drained = await self._drain(fetcher, wanted, max_records or 1)
                now = loop.time()
                left = deadline - now
                # aiokafka reads both for each fetch and offers no call to change them
                fetcher._fetch_min_bytes, fetcher._fetch_max_wait_ms = self._pace.after(now, came=bool(drained))  # noqa: SLF001
                if drained or left <= 0:
                    return drained
                crowded = len(wanted) < len(active_partitions)
                await _records_or_time(fetcher, min(left, _CROWDED_SECONDS if crowded else _SLICE_SECONDS))
        return {}

    def _has_room(self, tp: Any) -> bool:
        stage = self.stages.get(tp.topic)
        return stage is None or stage.has_room(tp.partition)

    async def _drain(self, fetcher: Any, wanted: Sequence[Any], max_records: int) -> dict[TP, Any]:
        """Take what has been fetched.

        Nothing else runs in this thread meanwhile: without a timeout `fetched_records` never waits.
        """
        drained: dict[TP, Any] = {}
        subscriptions = fetcher._subscriptions  # noqa: SLF001 - the public calls may wait, and others would run meanwhile
        if subscriptions.reassignment_in_progress or subscriptions.subscription is None:
            return drained
        assignment = subscriptions.subscription.assignment
        for tp in wanted:
            if assignment is None or tp not in assignment.tps:
                continue
            state = assignment.state_value(tp)
            if not state.has_valid_position:
                continue
            follows = self._follows(tp, state.position)
            stage = self.stages.get(tp.topic)
            records = await fetcher.fetched_records(
                [tp], timeout=0, max_records=stage.config.batch_records if stage else max_records
            )
            records = records.get(tp)
            self._silent[tp.topic, tp.partition] = (records[-1].offset + 1 if records else follows, state.position)
            if records:
                drained[tp] = records if stage is None else [self._batch(tp, records, follows)]
        return drained

    def _follows(self, tp: Any, position: int) -> int:
        """Return the lowest offset from which there is nothing to read up to `position`, as far as the fetcher has seen."""
        since, until = self._silent.get((tp.topic, tp.partition), (position, position))
        return since if until == position else position

    def _batch(self, tp: Any, records: Sequence[Any], follows: int) -> Batch:
        place = (tp.topic, tp.partition)
        self._drained[place] = records[-1].offset + 1
        return Batch(*place, records, follows=follows, seeks=self._seeks.get(place, 0))

    def reach(self, topic: str, partition: int) -> Reach | None:
        """Return how far the fetcher is; safe from any thread, as it only reads."""
        consumer = self._consumer
        subscription = consumer._subscription.subscription if consumer else None  # noqa: SLF001 - public calls raise when unassigned
        assignment = subscription.assignment if subscription else None
        tp = TopicPartition(topic, partition)
        if assignment is None or tp not in assignment.tps:
            return None
        state = assignment.state_value(tp)
        if not state.has_valid_position:
            return None
        return Reach(state.position, self._drained.get((topic, partition), 0), state.lso, state.timestamp or 0)

    async def seek_back(self, topic: str, partition: int, offset: int) -> int:
        """Move the fetcher, in its own thread, and return the number of this seek."""
        loop = self.thread_loop
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._seek_here(topic, partition, offset), loop))

    async def _seek_here(self, topic: str, partition: int, offset: int) -> int:
        place = (topic, partition)
        self._seeks[place] = self._seeks.get(place, 0) + 1
        self._drained[place] = 0
        tp = TopicPartition(topic, partition)
        consumer: Any = self._consumer
        if consumer is not None and tp in consumer.assignment():
            consumer.seek(tp, offset)
        return self._seeks[place]


async def _records_or_time(fetcher: Any, seconds: float) -> None:
    waiter = fetcher._create_fetch_waiter()  # noqa: SLF001 - what `fetched_records` waits for
    done, pending = await asyncio.wait([waiter], timeout=seconds)
    for future in pending:
        future.cancel()
    for future in done:
        future.result()  # an authorization error


class PartitionConsumer(driver.Consumer):
    """Faust's consumer for the topics of stages."""

    stages: Mapping[str, Stage]

    def __init__(self, transport: Any, *args: Any, **kwargs: Any) -> None:
        """Serve the stages of the app."""
        self.stages = {stage.config.source: stage for stage in transport.app.stages.values()}
        super().__init__(transport, *args, **kwargs)

    def _new_consumer_thread(self) -> PartitionThread:
        return PartitionThread(self, loop=self.loop, beacon=self.beacon)

    def reach(self, topic: str, partition: int) -> Reach | None:
        """Return how far the fetcher is in one partition."""
        thread: PartitionThread = self._thread  # type: ignore[assignment]  # made by `_new_consumer_thread`
        return thread.reach(topic, partition)

    async def seek_back(self, topic: str, partition: int, offset: int) -> int:
        """Send the fetcher to `offset`, and let Faust accept offsets that it has seen."""
        thread: PartitionThread = self._thread  # type: ignore[assignment]  # made by `_new_consumer_thread`
        self._read_offset[TP(topic, partition)] = None
        return await thread.seek_back(topic, partition, offset)

    def _to_message(self, tp: TP, record: Any) -> ConsumerMessage:
        if not isinstance(record, Batch):
            return super()._to_message(tp, record)
        last = record.records[-1]
        generation = self.app.consumer_generation_id
        return ConsumerMessage(
            record.topic,
            record.partition,
            record.last,
            last.timestamp / 1000,
            0,
            None,
            None,
            record,  # type: ignore[arg-type]  # `BatchSchema` hands it over as it is
            None,
            tp=tp,
            generation_id=generation,
        )

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """Note no gaps: the position rules see them, and Faust's interval tree grows with them."""

    def _new_offset(self, tp: TP) -> int | None:
        if tp.topic not in self.stages:
            return super()._new_offset(tp)
        self._acked[tp].clear()
        self._acked_index[tp].clear()
        return None

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Judge nothing: Faust would call every changelog a stalled stream, as none is read there. The watchdog sees stalls."""

    async def create_topic(self, topic: str, partitions: int, replication: int, **_: Any) -> None:
        """Create nothing: topics are made before a worker starts, with the partitions and retention that they need."""

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Let every partition finish its transaction before others may fence it."""
        for stage in self.stages.values():
            await stage.hold()
        await super().on_partitions_revoked(revoked)


class PartitionTransport(driver.Transport):
    """Faust's aiokafka transport with our consumer."""

    Consumer = PartitionConsumer
