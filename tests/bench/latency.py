"""Measure how long an event takes to become a signal: `python -m tests.bench.latency [seconds rate]`. Prints, never fails.

The whole way, exactly once: a producer, Apache Kafka, `firstreply worker` (two stages, two transactions), `service-levels`
read `read_committed`, `firstreply signals`, Redis. Ten customers a second write to a queue of their own, so that the number
that waits there says which of them are in. The delay runs from just before the send to the sight of the number.
"""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
import redis.asyncio
from aiokafka import AIOKafkaConsumer, TopicPartition

from agents.brokerprocess import free_port
from agents.partitions.access import BrokerAccess
from agents.partitions.clients import new_producer
from agents.settings import Settings
from agents.signals.keys import queue_keys
from agents.topicadmin import apply
from agents.topics import name_of, partitions_of
from pipeline.codec import encode
from pipeline.engine import Topic
from pipeline.events import Channel, Event
from pipeline.identity import ticket_key
from pipeline.partitioning import partition_of
from pipeline.routing.deadlines import Queue
from pipeline.signals import ServiceLevel
from pipeline.timestamps import format_time
from tests.bench.broker import PARTITIONS, PREFIX, ROOT, settings_at
from tests.bench.report import Table, publish, say, verdict
from tests.bench.stream import CONFIG, events
from tests.bench.worker import BenchWorker
from tests.support.broker import KafkaBroker
from tests.support.redisprocess import RedisProcess
from tests.support.story import Story

GOAL_MS = 250
QUEUE = Queue("acme", "probe")
_STEP_SECONDS = 0.01
_PROBE_EVERY_SECONDS = 0.1
_POLL_SECONDS = 0.005
"""How often Redis is asked: each delay comes out half of it too long."""
_WARM_SECONDS = 30.0
"""Until the broker's code is compiled: sooner, the compiler takes what the two cores have left."""
_PATIENCE_SECONDS = 60.0
_UNTOLD_MS = 951_782_400_000
_UNTOLD = format_time(_UNTOLD_MS).encode()
"""Stands where an event is told: no event of the simulation is of that year."""
_TICKS = ("1s", "100ms", "50ms")
"""`domain.queue_tick`: how often the service levels of queues are said, by default and for this goal."""


def probe(number: int, at_ms: int) -> list[Event]:
    """Return the ticket of one customer who waits."""
    story = Story(ticket_id=f"probe-{number}", tenant=QUEUE.tenant, source="/bench")
    return story.created(at_ms, queue=QUEUE.name, channel=Channel.CHAT).customer(at_ms).events


class Prepared(NamedTuple):
    """A record but for its time."""

    key: bytes
    partition: int
    value: bytes


def _prepared(event: Event) -> Prepared:
    key = ticket_key(event.tenant, event.ticket_id)
    value = encode(msgspec.structs.replace(event, occurred_at=_UNTOLD_MS, ingested_at=None))
    return Prepared(key, partition_of(key, PARTITIONS), value)


class Probes:
    """When each probe was sent, and when each reader first saw it."""

    def __init__(self) -> None:
        self.sent: list[float] = []
        self.seen: dict[str, list[float]] = {"Kafka": [], "Redis": []}
        self.over = False
        """Nobody needs to look any more; a client of Redis may lose a cancellation, and would look on for ever."""

    def saw(self, reader: str, count: int) -> None:
        """Note that a reader sees `count` customers waiting."""
        times = self.seen[reader]
        now = time.monotonic()
        times += [now] * (min(count, len(self.sent)) - len(times))

    def delays_ms(self, reader: str, skip: int) -> list[float]:
        """Return the delays of the probes after the first `skip`, sorted."""
        pairs = list(zip(self.sent, self.seen[reader], strict=False))[skip:]
        return sorted((seen - sent) * 1_000 for sent, seen in pairs)


class Load:
    """Sends so many events a second, told now, and a probe every tenth of a second.

    All but their times is encoded before: the load stands for other machines, and shall take little of this one.
    """

    def __init__(self, settings: Settings, probes: Probes, rate: int, seconds: float) -> None:
        self._probes = probes
        self._rate = rate
        self._seconds = seconds
        self._topic = name_of(Topic.TICKET_EVENTS, settings.topics)
        self._access = BrokerAccess(bootstrap=settings.broker.bootstrap)
        self._events = iter([_prepared(event) for _, event in events(int(rate * seconds) + rate)])
        self.late_ms = 0.0
        """How far the load fell behind its own pace at worst."""

    async def run(self) -> None:
        producer = new_producer(self._access, linger_ms=0)
        await producer.start()
        gc.freeze()  # the load and the readers stand for other machines: walking a minute's events would stop all three at once
        began, told = time.monotonic(), 0
        try:
            while (past := time.monotonic() - began) < self._seconds:
                due = int(past * self._rate)
                while told < due:
                    await self._send(producer, next(self._events))
                    told += 1
                if past >= len(self._probes.sent) * _PROBE_EVERY_SECONDS:
                    self._probes.sent.append(time.monotonic())
                    for event in probe(len(self._probes.sent), _UNTOLD_MS):
                        await self._send(producer, _prepared(event))
                await asyncio.sleep(_STEP_SECONDS)
                self.late_ms = max(self.late_ms, (time.monotonic() - began - past - _STEP_SECONDS) * 1_000)
        finally:
            await producer.stop()

    async def _send(self, producer: Any, told: Prepared) -> None:
        now = format_time(time.time_ns() // 1_000_000).encode()
        await producer.send(self._topic, told.value.replace(_UNTOLD, now), key=told.key, partition=told.partition)


async def watch_kafka(settings: Settings, probes: Probes) -> None:
    consumer: Any = AIOKafkaConsumer(
        bootstrap_servers=settings.broker.bootstrap, enable_auto_commit=False, isolation_level="read_committed"
    )
    await consumer.start()
    topic = name_of(Topic.SERVICE_LEVELS, settings.topics)
    consumer.assign([TopicPartition(topic, number) for number in range(partitions_of(Topic.SERVICE_LEVELS, settings.topics))])
    decode = msgspec.json.Decoder(ServiceLevel).decode
    try:
        while not probes.over:
            for records in (await consumer.getmany(timeout_ms=1_000)).values():
                for record in records:
                    if record.key == b"acme|queue=probe":
                        probes.saw("Kafka", decode(record.value).work["awaiting_first_reply"].count)
    finally:
        await consumer.stop()


async def watch_redis(port: int, probes: Probes) -> None:
    client: Any = redis.asyncio.Redis(port=port)
    key = queue_keys("firstreply", QUEUE).signal
    try:
        while not probes.over:
            if waiting := await client.hget(key, "waiting_first"):
                probes.saw("Redis", int(waiting))
            await asyncio.sleep(_POLL_SECONDS)
    finally:
        await client.aclose()


async def drive(settings: Settings, port: int, probes: Probes, load: Load) -> None:
    watching = [asyncio.create_task(one) for one in (watch_kafka(settings, probes), watch_redis(port, probes))]
    try:
        await load.run()
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while any(len(seen) < len(probes.sent) for seen in probes.seen.values()) and time.monotonic() < deadline:
            for task in watching:
                if task.done():
                    task.result()
            await asyncio.sleep(0.1)
    finally:
        probes.over = True
        await asyncio.gather(*watching, return_exceptions=True)


def measure(bootstrap: str, tick: str, rate: int, seconds: float) -> tuple[Probes, Load]:
    run = f"latency-{tick}"
    found = settings_at(bootstrap, run)
    settings = found.model_copy(update={"topics": found.topics.model_copy(update={"prefix": f"{PREFIX}{run}."})})
    apply(settings)
    own = {"FIRSTREPLY_TOPICS__PREFIX": settings.topics.prefix, "FIRSTREPLY_DOMAIN__QUEUE_TICK": tick}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FIRSTREPLY_")}
    probes = Probes()
    load = Load(settings, probes, rate, seconds + _WARM_SECONDS)
    with RedisProcess() as server, BenchWorker(settings, own) as worker:
        worker.restored(PARTITIONS)
        command = [sys.executable, "-c", "from agents.cli import main; main()", "signals", "--config", str(CONFIG)]
        options = ["--bootstrap", bootstrap, "--redis", server.address, "--metrics-port", str(free_port())]
        with subprocess.Popen([*command, *options], cwd=ROOT, env=kept | own) as sink:
            try:
                asyncio.run(drive(settings, server.port, probes, load))
            finally:
                sink.terminate()
    return probes, load


def row(tick: str, reader: str, delays: Sequence[float], sent: int) -> list[str]:
    def at(share: float) -> str:
        return f"{delays[min(len(delays) - 1, int(share * len(delays)))]:,.0f}" if delays else ""

    reached = verdict(float(at(0.99).replace(",", "") or "inf"), GOAL_MS, at_most=True)
    return [tick, reader, f"{len(delays)} of {sent}", at(0.5), at(0.9), at(0.99), at(1), reached]


def main(seconds: float = 90, rate: int = 1_000) -> None:
    header = ["queue_tick", "read from", "probes seen", "p50 ms", "p90 ms", "p99 ms", "most ms", f"p99 <= {GOAL_MS} ms"]
    table = Table(f"Event to signal at {rate:,} events/s, exactly once, one worker", header)
    figures: dict[str, Any] = {}
    with KafkaBroker(heap_mb=1_024) as kafka:
        for tick in _TICKS:
            probes, load = measure(kafka.bootstrap, tick, rate, seconds)
            skip = int(_WARM_SECONDS / _PROBE_EVERY_SECONDS)
            for reader in probes.seen:
                delays = probes.delays_ms(reader, skip)
                table.rows.append(row(tick, reader, delays, len(probes.sent) - skip))
                figures[f"{tick} {reader}"] = delays
            table.notes.append(f"queue_tick {tick}: the load itself was at most {load.late_ms:.0f} ms late")
            say(f"{tick}: {len(probes.sent)} probes")
    publish("latency", [table], figures)


if __name__ == "__main__":
    main(*(float(sys.argv[1]), int(sys.argv[2])) if len(sys.argv) > 2 else ())
