"""Replay into a real broker: what is written where, with which time, at which pace, and how it ends."""

from __future__ import annotations

import asyncio
import io
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from agents.admin import opened
from agents.eventlog import Arrival, EventLog, arrivals
from agents.replay import Pace, Progress, ReplayError, replay
from agents.simulator import CENTRE, lines, simulate
from pipeline.codec import decode
from pipeline.events import Event, EventType
from pipeline.partitioning import partition_of
from tests.support.broker import KafkaBroker

pytestmark = pytest.mark.broker

ROOT = Path(__file__).parents[2]
MONDAY = 1_772_409_600_000
HOUR = 3_600_000
PARTITIONS = 3
SCRIPT = "from agents.cli import main; main()"
Record = tuple[int, int, bytes | None, bytes]
"""Partition, timestamp, key, value."""


@pytest.fixture(scope="module")
def log() -> bytes:
    told = simulate(CENTRE, 1, MONDAY + 8 * HOUR, 4 * HOUR)
    return b"".join(value + b"\n" for _, _, value in lines(told, CENTRE.disorder, 1))


@pytest.fixture
def prefix(kafka: KafkaBroker, fresh_name: Callable[[str], str]) -> str:
    """A prefix under which the ticket-events topic exists."""
    name = fresh_name("replay") + "."
    with opened(kafka.bootstrap) as admin:
        admin.create_topics({f"{name}ticket-events": {"num_partitions": PARTITIONS, "replication_factor": 1}})
    return name


def play(kafka: KafkaBroker, topic: str, log: bytes, **pace: Any) -> Progress:
    progress = Progress()
    source = arrivals(EventLog(), io.BytesIO(log))
    client = {"bootstrap_servers": kafka.bootstrap}
    asyncio.run(replay(client, topic, source, pace=Pace(**pace), progress=progress))
    return progress


def records(kafka: KafkaBroker, topic: str) -> list[Record]:
    """Everything in the topic, partition after partition, in the order of its log."""

    async def read() -> list[Record]:
        consumer: Any = AIOKafkaConsumer(
            bootstrap_servers=kafka.bootstrap, enable_auto_commit=False, auto_offset_reset="earliest"
        )
        await consumer.start()
        try:
            parts = [TopicPartition(topic, number) for number in range(PARTITIONS)]
            consumer.assign(parts)
            ends = await consumer.end_offsets(parts)
            found: list[Record] = []
            while any([await consumer.position(part) < ends[part] for part in parts]):
                for part, batch in (await consumer.getmany(timeout_ms=200)).items():
                    found += [(part.partition, record.timestamp, record.key, record.value) for record in batch]
            return sorted(found, key=lambda record: record[0])
        finally:
            await consumer.stop()

    return asyncio.run(asyncio.wait_for(read(), 60))


def expected(log: bytes) -> Iterator[Arrival]:
    return EventLog().read(log.splitlines())


def test_each_event_lands_in_its_tickets_partition_in_order_with_its_arrival(kafka: KafkaBroker, prefix: str, log: bytes) -> None:
    topic = f"{prefix}ticket-events"
    progress = play(kafka, topic, log)
    wanted = sorted(
        ((partition_of(a.key or b"", PARTITIONS), a.at_ms, a.key, a.value) for a in expected(log)), key=lambda record: record[0]
    )
    assert records(kafka, topic) == wanted
    assert (progress.records, progress.clocks) == (len(wanted), 0)
    assert {record[0] for record in wanted} == set(range(PARTITIONS))


def test_clock_records_stand_in_every_partition_before_what_comes_then(kafka: KafkaBroker, prefix: str, log: bytes) -> None:
    topic = f"{prefix}ticket-events"
    progress = play(kafka, topic, log, clock_every_ms=600_000, until_after_ms=2 * HOUR)
    found = records(kafka, topic)
    for partition in range(PARTITIONS):
        mine = [record for record in found if record[0] == partition]
        ticks = [at for _, at, key, _ in mine if key is None]
        assert ticks[:-1] == list(range(ticks[0], ticks[-1], 600_000))
        assert ticks[-1] == max(arrival.at_ms for arrival in expected(log)) + 2 * HOUR
        assert len(ticks) == progress.clocks
        assert [record[1] for record in mine] == sorted(record[1] for record in mine)
        assert mine[-1][2] is None
    clock = next(decode(value, appended_at=at) for _, at, key, value in found if key is None)
    assert isinstance(clock, Event)
    assert clock.type is EventType.CLOCK_PASSED


def test_a_chosen_speed_takes_its_time(kafka: KafkaBroker, prefix: str, log: bytes) -> None:
    times = [arrival.at_ms for arrival in expected(log)]
    speed = (times[-1] - times[0]) / 1_000 / 1.5  # a second and a half for all of it
    began = time.monotonic()
    play(kafka, f"{prefix}ticket-events", log, speed=speed)
    assert time.monotonic() - began >= 1.4


def test_a_missing_topic_is_named_with_the_way_out(kafka: KafkaBroker, log: bytes) -> None:
    with pytest.raises(ReplayError, match="no topic nowhere; create it: firstreply topics apply"):
        play(kafka, "nowhere", log)


class TestCommand:
    @pytest.fixture(autouse=True)
    def environment(self, kafka: KafkaBroker, prefix: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("FIRSTREPLY_BROKER__BOOTSTRAP", kafka.bootstrap)
        monkeypatch.setenv("FIRSTREPLY_TOPICS__PREFIX", prefix)
        monkeypatch.setenv("FIRSTREPLY_TIME", "event")

    def test_it_reads_a_pipe_and_says_what_it_did(self, kafka: KafkaBroker, prefix: str, log: bytes) -> None:
        command = [sys.executable, "-c", SCRIPT, "replay", "-", "--until-after", "0s"]
        done = subprocess.run(command, input=log, capture_output=True, cwd=ROOT, check=False, timeout=60)
        count = len(list(expected(log)))
        assert (done.returncode, done.stdout) == (0, b"")
        assert f"done: {count:,} records and 1 clock records, up to 2026-03-02" in done.stderr.decode()
        assert len(records(kafka, f"{prefix}ticket-events")) == count + PARTITIONS

    def test_a_span_is_chosen_by_arrival(self, kafka: KafkaBroker, prefix: str, log: bytes) -> None:
        command = [sys.executable, "-c", SCRIPT, "replay", "-", "--from", "2026-03-02 09:00", "--until", "2026-03-02 10:00"]
        subprocess.run(command, input=log, capture_output=True, cwd=ROOT, check=True, timeout=60)
        times = sorted(record[1] for record in records(kafka, f"{prefix}ticket-events"))
        assert times == [a.at_ms for a in expected(log) if MONDAY + 9 * HOUR <= a.at_ms < MONDAY + 10 * HOUR] != []

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_an_interrupted_replay_keeps_what_it_sent(self, kafka: KafkaBroker, prefix: str, log: bytes, number: int) -> None:
        # At this speed the first hundred events take minutes; the pipe stays open behind them.
        begun = b"".join(log.splitlines(keepends=True)[:100])
        with subprocess.Popen(
            [sys.executable, "-c", SCRIPT, "replay", "-", "--speed", "2"], stdin=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT
        ) as process:
            assert process.stdin is not None
            assert process.stderr is not None
            process.stdin.write(begun)
            process.stdin.flush()
            deadline = time.monotonic() + 30
            while not records(kafka, f"{prefix}ticket-events"):
                assert time.monotonic() < deadline
            process.send_signal(number)
            said = process.stderr.read().decode()
            assert process.wait(timeout=10) == 130
        assert "interrupted after" in said
        assert "Traceback" not in said
        count = int(said.split("interrupted after ")[1].split()[0].replace(",", ""))
        found = records(kafka, f"{prefix}ticket-events")
        assert 0 < len(found) == count < 100
