"""The partition runtime on a real broker: what it promises when nothing goes wrong, and at its edges."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from aiokafka.errors import KafkaError

from agents.partitions.failstop import ExitCode
from pipeline.engine import TimeMode
from tests.support.broker import KafkaBroker
from tests.support.toy_world import ToyWorld, toy_world, until

pytestmark = [pytest.mark.broker, pytest.mark.timeout(180)]

NewWorld = Callable[..., ToyWorld]


@pytest.fixture
def new_world(kafka: KafkaBroker, fresh_name: Callable[[str], str]) -> Iterator[NewWorld]:
    open_worlds = []

    def make(**settings: object) -> ToyWorld:
        manager = toy_world(kafka.bootstrap, fresh_name("toy"), **settings)
        open_worlds.append(manager)
        return manager.__enter__()

    yield make
    for manager in open_worlds:
        manager.__exit__(None, None, None)


def traffic(keys: int, each: int, value: bytes = b"x") -> list[tuple[bytes, bytes]]:
    return [(b"key-%d" % key, value) for _ in range(each) for key in range(keys)]


def test_rows_outputs_dead_letters_and_offsets_move_together(new_world: NewWorld) -> None:
    async def story() -> None:
        world = new_world(engine="EchoingEngine", batch_records=50)
        await world.create()
        written = await world.produce([*traffic(100, 5), (b"key-1", b"bad")])
        worker = world.start()
        await world.until_applied(written)
        assert await world.counts() == {b"key-%d" % key: 5 for key in range(100)}
        echoes = Counter(echo.value for echo in await world.echoes())
        assert len(echoes) == 500
        assert set(echoes.values()) == {1}
        assert [r.key for r in await world.read(f"{world.settings.app_id}-dead")] != []
        positions = await world.positions()
        assert {partition: row.next_offset for partition, row in positions.items()} == await world.committed()
        assert {row.source_partitions for row in positions.values()} == {4}
        code, seconds = worker.stop()
        assert code == 0, worker.printed
        assert seconds < 10

    asyncio.run(story())


def test_a_restart_goes_on_from_the_restored_state(new_world: NewWorld) -> None:
    async def story() -> None:
        world = new_world()
        await world.create()
        for round_ in (1, 2, 3):
            await world.produce(traffic(50, 2))
            worker = world.start()
            await world.until_applied(100 * round_)
            assert worker.stop()[0] == 0
        assert await world.counts() == {b"key-%d" % key: 6 for key in range(50)}

    asyncio.run(story())


@pytest.mark.parametrize("moved_to", ["end", "beginning"])
def test_the_position_decides_not_the_groups_offset(new_world: NewWorld, moved_to: str) -> None:
    async def story() -> None:
        world = new_world(engine="EchoingEngine", batch_records=20)
        await world.create()
        await world.produce(traffic(40, 5))
        worker = world.start()
        await world.until_applied(200)
        worker.stop()
        await world.produce(traffic(40, 5))
        ends = Counter(partition for partition, row in (await world.positions()).items() for _ in range(row.next_offset * 2))
        await world.commit(dict(ends) if moved_to == "end" else dict.fromkeys(ends, 0))
        await world.produce(traffic(40, 1))  # what shows the hole, when the group was moved to the end
        world.start(loglevel="INFO")
        await until_counted(world, 11, 40)
        assert Counter(Counter(echo.value for echo in await world.echoes()).values()) == {1: 440}

    asyncio.run(story())


async def until_counted(world: ToyWorld, count: int, keys: int) -> None:
    async def counted() -> bool:
        return await world.counts() == {b"key-%d" % key: count for key in range(keys)}

    await until(counted, 60, world.explain)


def test_aborted_records_and_markers_are_no_hole(new_world: NewWorld) -> None:
    async def story() -> None:
        world = new_world()
        await world.create()
        for turn in range(12):
            await produce_in_a_transaction(world, commit=turn % 3 != 0)
        worker = world.start()
        await until_counted(world, 8, 30)
        await produce_in_a_transaction(world, commit=False)
        await produce_in_a_transaction(world, commit=True)
        await until_counted(world, 9, 30)
        worker.stop()
        assert "missing" not in worker.printed

    asyncio.run(story())


async def produce_in_a_transaction(world: ToyWorld, *, commit: bool) -> None:
    from agents.partitions.clients import new_producer  # noqa: PLC0415 - beside its only use

    producer = new_producer(world.access, transactional_id=f"{world.settings.app_id}-upstream")
    await producer.start()
    await producer.begin_transaction()
    for key, value in traffic(30, 1):
        await producer.send(world.settings.source, value, key=key)
    await producer.flush()
    await (producer.commit_transaction() if commit else producer.abort_transaction())
    await producer.stop()


def test_an_alarm_rings_at_its_time_with_no_event_coming(new_world: NewWorld) -> None:
    async def story() -> None:
        world = new_world(engine="AlarmEngine")
        await world.create()
        worker = world.start()
        due = time.time_ns() // 1_000_000 + 6_000
        await world.produce([(b"a", b"%d" % due), (b"b", b"%d" % due), (b"c", b"%d" % due), (b"taken back", b"%d" % due)])
        await world.produce([(b"taken back", b"no")])

        async def rung() -> bool:
            return len(await world.alarms()) >= 3

        await until(rung, 60, world.explain)
        alarms = [alarm.split(b" at ") for alarm in await world.alarms()]
        assert [int(wanted) for wanted, _ in alarms] == [due] * 3
        for _, at in alarms:
            assert int(at) % 250 == 0
            assert 0 <= int(at) - due < 10_000
        assert await world.rows() == {}
        assert worker.stop()[0] == 0

    asyncio.run(story())


def test_no_alarm_rings_when_its_end_lies_unread_in_the_log(new_world: NewWorld) -> None:
    async def story() -> None:
        world = new_world(engine="AlarmEngine", partitions=1, batch_records=5, slow_ms=20)
        await world.create()
        now = time.time_ns() // 1_000_000
        worker = world.start()
        kept = [(b"kept-%d" % n, b"%d" % (now + 9_000)) for n in range(200)]
        await world.produce([*kept, (b"missed", b"%d" % (now + 9_000))])
        await world.until_applied(201)
        worker.kill()
        await world.produce([(key, b"answered") for key, _ in kept])

        async def past() -> bool:
            return time.time_ns() // 1_000_000 > now + 9_500

        await until(past, 20, world.explain)
        world.start()

        async def rung() -> bool:
            return bool(await world.alarms())

        await until(rung, 60, world.explain)
        await world.until_applied(401)
        assert [alarm.split(b" at ")[0] for alarm in await world.alarms()] == [b"%d" % (now + 9_000)]

    asyncio.run(story())


def test_in_event_time_the_runtime_never_ticks(new_world: NewWorld) -> None:
    async def story() -> None:
        world = new_world(engine="AlarmEngine", mode=TimeMode.EVENT, partitions=1)
        await world.create()
        await world.produce([(b"a", b"1000"), (b"b", b"2000")])
        world.start()
        await world.until_applied(2)
        await world.produce([(b"c", b"3000")])
        await world.until_applied(3)
        assert await world.alarms() == []
        assert await world.rows() == {b"a": b"1000", b"b": b"2000", b"c": b"3000"}

    asyncio.run(story())


def test_at_least_once_begins_anew_under_a_new_epoch(new_world: NewWorld) -> None:
    async def story() -> None:
        world = new_world(engine="EchoingEngine", delivery="at_least_once")
        await world.create()
        await world.produce(traffic(20, 3))
        for epoch in (1, 2):
            worker = world.start(epoch=epoch)

            async def all_said(mark: bytes = b"%d" % epoch) -> bool:
                return sum(dict(echo.headers)["epoch"] == mark for echo in await world.echoes()) == 60

            await until(all_said, 60, world.explain)
            assert worker.stop()[0] == 0
        assert await world.read(world.settings.changelog) == []
        assert await world.applied() == 0

    asyncio.run(story())


@pytest.mark.parametrize(
    ("settings", "changelog_partitions", "value", "code", "says"),
    [
        ({"engine": "BrokenEngine"}, None, b"raise", ExitCode.ENGINE, "raised while applying offsets"),
        ({}, 3, b"x", ExitCode.CONFIGURATION, "must be equal"),
    ],
)
def test_what_cannot_go_on_ends_at_once_and_says_why(
    new_world: NewWorld, settings: dict[str, str], changelog_partitions: int | None, value: bytes, code: ExitCode, says: str
) -> None:
    async def story() -> None:
        world = new_world(**settings)
        await world.create(changelog_partitions=changelog_partitions)
        await world.produce([(b"a", value)])
        worker = world.start()
        assert worker.ended(60) == code
        assert says in worker.printed
        assert await world.rows() == {}

    asyncio.run(story())


def test_a_source_that_grew_is_refused(new_world: NewWorld) -> None:
    async def story() -> None:
        from aiokafka.admin import NewPartitions  # noqa: PLC0415 - beside its only use

        world = new_world(partitions=2)
        await world.create()
        await world.produce(traffic(20, 1))
        worker = world.start()
        await world.until_applied(20)
        worker.stop()
        async with world.admin() as admin:
            grown = NewPartitions(3)
            await admin.create_partitions({world.settings.source: grown, world.settings.changelog: grown})
        worker = world.start(partitions=3)
        assert worker.ended(60) == ExitCode.CONFIGURATION
        assert "was built when it had 2" in worker.printed

    asyncio.run(story())


def test_the_groups_offset_catches_up_after_a_kill_though_nothing_comes(new_world: NewWorld) -> None:
    async def story() -> None:
        world = new_world(partitions=1)
        await world.create()
        await world.produce(traffic(10, 3))
        worker = world.start()
        await world.until_applied(30)
        worker.kill()
        # A worker that is killed within a second of telling leaves the offset behind. So is it here, whenever the kill came.
        await until(lambda: group_is_left(world, 10), 60, world.explain)
        assert {n: row.next_offset for n, row in (await world.positions()).items()} == {0: 30}
        world.start()
        await world.until_applied(30)
        assert await world.counts() == {b"key-%d" % key: 3 for key in range(10)}

    asyncio.run(story())


async def group_is_left(world: ToyWorld, offset: int) -> bool:
    """Set the group's offset; return whether that could be done, which it cannot while the killed worker counts as a member."""
    try:
        await world.commit({0: offset})
    except KafkaError:
        return False
    return await world.committed() == {0: offset}
