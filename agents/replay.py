"""Play a log of ticket events into Kafka: each record stamped with its arrival, as fast as possible or at a chosen speed."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from agents.eventlog import Arrival
from pipeline.codec import encode
from pipeline.events import Event, EventType
from pipeline.partitioning import partition_of

BATCH_BYTES = 262_144
IN_FLIGHT = 64
"""Batches that may await their acknowledgement."""
KEYS_REMEMBERED = 200_000
LINGER_SECONDS = 0.02
"""At a chosen speed: records due within this time go together."""
TOPIC_TIMEOUT_SECONDS = 5.0
GOODBYE_SECONDS = 5.0
CLOCK_SOURCE = "/firstreply/replay"
CLOCK_TENANT = "firstreply"


class ReplayError(RuntimeError):
    """The replay cannot go on; the message says what to do."""


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How time passes."""

    speed: float = 0.0
    """Times as fast as it happened; 0: as fast as possible."""
    clock_every_ms: int = 0
    """Write a clock record into every partition each time so much event time has passed; 0: none."""
    until_after_ms: int | None = None
    """At the end, write a clock record so long after the last arrival; `None`: only if there were clock records, at once."""


@dataclass
class Progress:
    """How far a replay has come. It stays readable when the replay is interrupted."""

    records: int = 0
    clocks: int = 0
    """Clock records, counted once for all partitions."""
    bytes: int = 0
    first_ms: int | None = None
    last_ms: int = 0
    """The latest arrival sent."""


def clock_event(at_ms: int) -> bytes:
    """Return the record that says that time has reached `at_ms`."""
    event = Event(
        type=EventType.CLOCK_PASSED,
        id=f"clock:{at_ms}",
        source=CLOCK_SOURCE,
        tenant=CLOCK_TENANT,
        ticket_id="",
        occurred_at=at_ms,
    )
    return encode(event)


class ClockHand:
    """Says which clock records are due: at whole multiples of the interval, from the first arrival on."""

    def __init__(self, every_ms: int) -> None:
        """Tick every `every_ms` of event time; 0: never."""
        self._every_ms = every_ms
        self._next: int | None = None

    def move(self, to_ms: int) -> Iterator[Arrival]:
        """Yield the clock records due up to and including `to_ms`."""
        every = self._every_ms
        if not every:
            return
        if self._next is None:
            self._next = -(-to_ms // every) * every
        while self._next <= to_ms:
            yield Arrival(self._next, None, clock_event(self._next), everywhere=True)
            self._next += every


async def replay(
    client: Mapping[str, Any],
    topic: str,
    arrivals: AsyncIterable[Sequence[Arrival]],
    *,
    pace: Pace,
    progress: Progress,
    report: Callable[[], None] = lambda: None,
    idempotent: bool = True,
) -> None:
    """Write `arrivals` into `topic`: idempotent, acknowledged by all replicas, in their order within each partition.

    Interrupted, it first waits shortly for what it has sent.

    Args:
        client: arguments of aiokafka's clients: `bootstrap_servers`, security.
        topic: the ticket-events topic, by its name on the broker.
        arrivals: in the order in which they shall be written.
        pace: how time passes.
        progress: is kept up to date.
        report: is called after each chunk of arrivals.
        idempotent: `False` for a broker that cannot tell a repeated batch, such as the embedded one.

    Raises:
        ReplayError: the topic is not there, or the broker refused or did not answer.

    """
    producer: Any = AIOKafkaProducer(  # type: ignore[no-untyped-call]  # aiokafka has no types
        **client, acks="all", enable_idempotence=idempotent, max_batch_size=BATCH_BYTES, max_request_size=4 << 20
    )
    try:
        await producer.start()
        writer = _Writer(producer, topic, await _partitions(producer, topic))
        player = _Player(writer, pace, progress)
        try:
            async for chunk in arrivals:
                await player.play(chunk)
                report()
            await player.end()
        finally:
            await asyncio.wait_for(writer.settle(), GOODBYE_SECONDS if _interrupted() else None)
            report()
    except KafkaError as error:
        msg = f"the broker did not take the records ({type(error).__name__}); is it up, at the configured address?"
        raise ReplayError(msg) from error
    finally:
        with contextlib.suppress(TimeoutError, KafkaError):
            await asyncio.wait_for(producer.stop(), GOODBYE_SECONDS)


def _interrupted() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def _partitions(producer: Any, topic: str) -> int:
    try:
        found = await asyncio.wait_for(producer.partitions_for(topic), TOPIC_TIMEOUT_SECONDS)
    except (TimeoutError, KafkaError) as error:
        msg = f"there is no topic {topic}; create it: firstreply topics apply"
        raise ReplayError(msg) from error
    return len(found)


class _Player:
    """Lets time pass between the arrivals and puts the clock records among them."""

    def __init__(self, writer: _Writer, pace: Pace, progress: Progress) -> None:
        self._writer = writer
        self._pace = pace
        self._progress = progress
        self._hand = ClockHand(pace.clock_every_ms)
        self._started_at = 0.0

    async def play(self, chunk: Sequence[Arrival]) -> None:
        for arrival in chunk:
            for tick in self._hand.move(arrival.at_ms):
                await self._send(tick)
            await self._send(arrival)

    async def end(self) -> None:
        pace = self._pace
        if pace.until_after_ms is None and not pace.clock_every_ms:
            return
        closing_ms = self._progress.last_ms + (pace.until_after_ms or 0)
        for tick in self._hand.move(closing_ms - 1):
            await self._send(tick)
        await self._send(Arrival(closing_ms, None, clock_event(closing_ms), everywhere=True))

    async def _send(self, arrival: Arrival) -> None:
        progress = self._progress
        if self._pace.speed:
            await self._wait_for(arrival.at_ms)
        if progress.first_ms is None:
            progress.first_ms = arrival.at_ms
        progress.last_ms = max(progress.last_ms, arrival.at_ms)
        progress.bytes += len(arrival.value)
        if arrival.everywhere:
            progress.clocks += 1
            await self._writer.add_everywhere(arrival)
        else:
            progress.records += 1
            await self._writer.add(arrival)

    async def _wait_for(self, at_ms: int) -> None:
        now = asyncio.get_running_loop().time()
        if self._progress.first_ms is None:
            self._started_at = now
            return
        ahead = self._started_at + (at_ms - self._progress.first_ms) / 1_000 / self._pace.speed - now
        if ahead > LINGER_SECONDS:
            await self._writer.flush()
            await asyncio.sleep(ahead)


class _Writer:
    """Collects records into a batch per partition and sends those that are full."""

    def __init__(self, producer: Any, topic: str, partitions: int) -> None:
        self._producer = producer
        self._topic = topic
        self._partitions = partitions
        self._batches: dict[int, Any] = {}
        self._sent: list[asyncio.Future[Any]] = []
        self._homes: dict[bytes, int] = {}

    async def add(self, arrival: Arrival) -> None:
        key = arrival.key
        if key is None:
            partition = 0  # no ticket's: as the offline run has it
        else:
            partition = self._homes.get(key, -1)
            if partition < 0:
                if len(self._homes) >= KEYS_REMEMBERED:
                    self._homes.clear()
                partition = self._homes[key] = partition_of(key, self._partitions)
        await self._append(partition, arrival)

    async def add_everywhere(self, arrival: Arrival) -> None:
        for partition in range(self._partitions):
            await self._append(partition, arrival)

    async def flush(self) -> None:
        """Hand over every batch begun."""
        batches, self._batches = self._batches, {}
        for partition, batch in batches.items():
            await self._hand_over(partition, batch)

    async def settle(self) -> None:
        """Hand over everything and wait until the broker has it."""
        await self.flush()
        sent, self._sent = self._sent, []
        await asyncio.gather(*sent)

    async def _append(self, partition: int, arrival: Arrival) -> None:
        batch = self._batches.get(partition)
        if batch is None:
            batch = self._batches[partition] = self._producer.create_batch()
        if batch.append(timestamp=arrival.at_ms, key=arrival.key, value=arrival.value) is None:
            await self._hand_over(partition, batch)
            batch = self._batches[partition] = self._producer.create_batch()
            if batch.append(timestamp=arrival.at_ms, key=arrival.key, value=arrival.value) is None:
                msg = f"a line of {len(arrival.value)} bytes does not fit into a batch of {BATCH_BYTES}"
                raise ReplayError(msg)

    async def _hand_over(self, partition: int, batch: Any) -> None:
        self._sent.append(await self._producer.send_batch(batch, self._topic, partition=partition))
        if len(self._sent) >= IN_FLIGHT:
            oldest, self._sent = self._sent[: IN_FLIGHT // 2], self._sent[IN_FLIGHT // 2 :]
            await asyncio.gather(*oldest)
