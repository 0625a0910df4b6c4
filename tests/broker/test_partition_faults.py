"""The partition runtime under faults: whatever is killed, woken or added, every record counts once."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from agents.partitions.failstop import ExitCode
from tests.support.broker import KafkaBroker
from tests.support.toy_world import ToyWorker, ToyWorld, toy_world, until

pytestmark = [pytest.mark.broker, pytest.mark.timeout(240)]

KEYS = 200
MOST_UNREAD = 2_000
ECHOING = {"engine": "EchoingEngine", "batch_records": 20, "slow_ms": 5}


class Traffic:
    """Writes a record of every key, again and again, until it is told to stop."""

    def __init__(self, world: ToyWorld) -> None:
        self.world = world
        self.rounds = 0
        self._over = asyncio.Event()
        self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while not self._over.is_set():
            await self.world.produce([(b"key-%d" % key, b"%d" % self.rounds) for key in range(KEYS)])
            self.rounds += 1
            await until(self._few_unread, 90, self.world.explain)

    async def _few_unread(self) -> bool:
        return self._over.is_set() or self.rounds * KEYS - await self.world.applied() <= MOST_UNREAD

    async def stop(self) -> None:
        self._over.set()
        await self._task

    async def moved_on(self, records: int = 400) -> None:
        """Wait until so many more have been applied."""
        await self.world.until_applied(await self.world.applied() + records, 90)


async def restored(worker: ToyWorker) -> bool:
    return "restored" in worker.printed


@asynccontextmanager
async def busy(kafka: KafkaBroker, name: str, **settings: object) -> AsyncIterator[tuple[ToyWorld, Traffic]]:
    """Run traffic, then see that every record has been counted, and echoed, exactly once."""
    with toy_world(kafka.bootstrap, name, **(ECHOING | settings)) as world:
        await world.create()
        traffic = Traffic(world)
        try:
            yield world, traffic
        finally:
            await traffic.stop()

        async def all_counted() -> bool:
            return await world.applied() >= traffic.rounds * KEYS

        await until(all_counted, 90, world.explain)
        assert await world.counts() == {b"key-%d" % key: traffic.rounds for key in range(KEYS)}, world.explain()
        echoes = Counter(echo.value for echo in await world.echoes())
        assert len(echoes) == traffic.rounds * KEYS
        assert set(echoes.values()) == {1}


def test_kill_9_and_restart_at_once(kafka: KafkaBroker, fresh_name: Callable[[str], str]) -> None:
    async def story() -> None:
        async with busy(kafka, fresh_name("kill")) as (world, traffic):
            world.start()
            for _ in range(3):
                victim = world.start()
                await traffic.moved_on()
                victim.kill()
                await traffic.moved_on()

    asyncio.run(story())


def test_a_worker_that_wakes_up_finds_itself_fenced_and_ends(kafka: KafkaBroker, fresh_name: Callable[[str], str]) -> None:
    async def story() -> None:
        async with busy(kafka, fresh_name("zombie")) as (world, traffic):
            sleeper = world.start()
            await traffic.moved_on()
            sleeper.send(signal.SIGSTOP)
            world.start()
            await traffic.moved_on(1_200)  # the other one owns everything
            sleeper.send(signal.SIGCONT)
            assert sleeper.ended(60) == ExitCode.FENCED, world.explain()
            assert "another worker owns this partition" in sleeper.printed
            await traffic.moved_on()

    asyncio.run(story())


def test_workers_come_and_go_without_anybody_being_fenced(kafka: KafkaBroker, fresh_name: Callable[[str], str]) -> None:
    async def story() -> None:
        async with busy(kafka, fresh_name("scale")) as (world, traffic):
            first = world.start()
            await traffic.moved_on()
            for _ in range(2):
                guest = world.start(loglevel="INFO")
                await until(lambda guest=guest: restored(guest), 60, world.explain)
                await traffic.moved_on()
                code, seconds = guest.stop()
                assert code == 0, guest.printed
                assert seconds < 20
                await traffic.moved_on()
            assert first.process.poll() is None, first.printed

    asyncio.run(story())


def test_the_broker_is_killed_and_comes_back(own_kafka: Callable[[], KafkaBroker], fresh_name: Callable[[str], str]) -> None:
    async def story(kafka: KafkaBroker) -> None:
        with toy_world(kafka.bootstrap, fresh_name("outage"), **ECHOING) as world:
            await world.create()
            for rounds in (1, 2):
                await world.produce([(b"key-%d" % key, b"%d" % n) for n in range(10) for key in range(KEYS)])
                if rounds == 1:
                    world.start()
                await world.until_applied(rounds * 10 * KEYS - 1_500)
                kafka.kill9()
                kafka.start()
                await world.until_applied(rounds * 10 * KEYS, 90)
            assert await world.counts() == {b"key-%d" % key: 20 for key in range(KEYS)}
            assert len({echo.value for echo in await world.echoes()}) == len(await world.echoes()) == 20 * KEYS
            assert len(world.workers) == 1
            assert world.workers[0].process.poll() is None, world.explain()

    with own_kafka() as kafka:
        asyncio.run(story(kafka))


def test_a_stop_under_full_load_takes_seconds(kafka: KafkaBroker, fresh_name: Callable[[str], str]) -> None:
    async def story() -> None:
        async with busy(kafka, fresh_name("stop"), slow_ms=0, batch_records=4_000) as (world, traffic):
            worker = world.start()
            await traffic.moved_on()
            for number in (signal.SIGTERM, signal.SIGINT):
                await traffic.moved_on()
                worker.send(number)
                assert worker.ended(20) == 0, worker.printed
                worker = world.start()

    asyncio.run(story())
