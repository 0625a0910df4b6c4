"""Routing signals in a real Redis: what a router reads, the fence, and Redis stopped, slow, emptied or out of reach."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
import redis
from prometheus_client import CollectorRegistry

from agents.clock import ManualClock, SystemClock
from agents.lifetime import end
from agents.routing import Fresh, SignalReader, Stale, Unknown
from agents.routing.redissource import RedisSource
from agents.signals.figures import SignalFigures
from agents.signals.keys import queue_keys, queues_key
from agents.signals.publisher import Publisher
from agents.signals.store import FAILURES, SignalStore, Written
from agents.sinks import RedisSettings
from pipeline.config import DAY_MS, SlaMeasure
from pipeline.engine import TimeMode, Topic
from pipeline.routing.board import RoutingBoard
from pipeline.routing.deadlines import Queue
from pipeline.routing.signal import RoutingSignal
from pipeline.signals import ClockState, OpenWork, ServiceLevel, TicketClocks
from tests.broker.test_security import certificate
from tests.support.centre import address, presence, responder, staffing
from tests.support.redisprocess import RedisMissingError, RedisProcess

pytestmark = pytest.mark.broker
BILLING = Queue("acme", "billing")
PASSWORD = "open sesame"  # noqa: S105 - of a server that lives for one test
DEADLINE_SECONDS = 15.0
_clock = SystemClock()


@pytest.fixture
def server() -> Iterator[RedisProcess]:
    try:
        process = RedisProcess()
    except RedisMissingError as missing:
        pytest.skip(str(missing))
    with process:
        yield process


def settings(server: RedisProcess, **options: Any) -> RedisSettings:
    return RedisSettings(address=server.address, **{"timeout": 5_000, **options})


def level(queue: str, waiting: int, as_of: int, epoch: int = 0, life_ms: int = 60_000) -> bytes:
    work = OpenWork(count=waiting, oldest_at=as_of - 1_000 if waiting else None, p50_age_ms=None, bands={})
    return msgspec.json.encode(
        ServiceLevel(
            tenant="acme",
            segment={"queue": queue},
            as_of=as_of,
            expires_at=as_of + life_ms,
            epoch=epoch,
            windows={},
            work={"awaiting_first_reply": work, "breached": work},
            staffing=staffing(),
        )
    )


def clocks(ticket_id: str, queue: str, due_at: int, state: str = "running") -> bytes:
    clock = ClockState(
        measure=SlaMeasure.FIRST_REPLY, instance=1, state=state, policy="p", target_ms=1, started_at=0, due_at=due_at
    )
    return msgspec.json.encode(TicketClocks(tenant="acme", ticket_id=ticket_id, as_of=1, queue=queue, clocks=(clock,)))


def board_of(waiting: int, as_of: int, *, epoch: int = 0, life_ms: int = 60_000) -> RoutingBoard:
    board = RoutingBoard(TimeMode.LIVE, depth=5)
    for number in range(3):
        board.take(Topic.CLOCKS, b"acme:T%d" % number, clocks(f"T{number}", "billing", as_of + 9_000 - number), 0)
    board.take(Topic.CLOCKS, b"acme:late", clocks("late", "billing", as_of - 5, "breached"), 0)
    for said in (responder("kim", load=1, at=as_of), responder("ann", at=as_of), presence(as_of)):
        board.take(*address(said), msgspec.json.encode(said), 0)
    say(board, waiting, as_of, epoch=epoch, life_ms=life_ms)
    return board


def say(board: RoutingBoard, waiting: int, as_of: int, *, epoch: int = 0, life_ms: int = 60_000, queue: str = "billing") -> None:
    board.take(Topic.SERVICE_LEVELS, f"acme|queue={queue}".encode(), level(queue, waiting, as_of, epoch, life_ms), 0)


def signal(waiting: int, as_of: int, *, epoch: int = 0, life_ms: int = 60_000) -> RoutingSignal:
    found = board_of(waiting, as_of, epoch=epoch, life_ms=life_ms).signal(BILLING)
    assert found is not None
    return found


class Sink(NamedTuple):
    board: RoutingBoard
    publisher: Publisher
    registry: CollectorRegistry

    def count(self, name: str, **labels: str) -> float:
        return self.registry.get_sample_value(name, labels) or 0.0


@asynccontextmanager
async def sinking(server: RedisProcess, board: RoutingBoard, **options: Any) -> Any:
    registry = CollectorRegistry()
    store = SignalStore(settings(server, **options), DAY_MS)
    publisher = Publisher(board, store, _clock, SignalFigures(registry), 0.01)
    task = asyncio.create_task(publisher.run())
    try:
        yield Sink(board, publisher, registry)
    finally:
        await end([task])
        await store.close()


async def until(condition: Callable[[], bool] | Callable[[], Awaitable[bool]], what: str) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while True:
        told = condition()
        if told if isinstance(told, bool) else await told:
            return
        assert time.monotonic() < deadline, what
        await asyncio.sleep(0.01)


def waiting(server: RedisProcess) -> int | None:
    """Return what a router reads; `None` while it knows nothing fresh."""
    source = RedisSource(settings(server))
    try:
        reading = SignalReader(source).read(*BILLING)
        return reading.signal.waiting if isinstance(reading, Fresh) else None
    finally:
        source.close()


async def write(server: RedisProcess, *signals: RoutingSignal) -> Written:
    store = SignalStore(settings(server), DAY_MS)
    await store.begin()
    try:
        return await store.write(signals)
    finally:
        await store.close()


def test_a_router_reads_the_whole_signal_and_any_language_its_fields(server: RedisProcess) -> None:
    now = _clock.now_ms()
    sent = signal(7, now)
    assert asyncio.run(write(server, sent)) == Written(1, 0)
    source = RedisSource(settings(server))
    reading = SignalReader(source).read(*BILLING)
    assert isinstance(reading, Fresh)
    assert reading.signal == sent
    assert source.queues() == [BILLING]
    source.close()
    client = redis.Redis(port=server.port, decode_responses=True)
    keys = queue_keys("firstreply", BILLING)
    assert keys.signal == "firstreply:1:{acme|billing}:signal"
    fields = client.hgetall(keys.signal)
    assert (fields["waiting"], fields["as_of"], fields["sla_breached"]) == ("7", str(now), "7")
    assert "first_reply_now_ms" not in fields
    people = ("needed", "there", "planned", "missing", "available")
    assert [fields[f"responders_{name}"] for name in people] == ["5", "1", "7", "4", "2"]
    assert client.zrange(keys.responders, 0, -1, withscores=True) == [("ann", 0), ("kim", 1)]
    assert client.zrange(keys.next, 0, -1, withscores=True) == [("T2", now + 8_998), ("T1", now + 8_999), ("T0", now + 9_000)]
    assert client.zrange(keys.overdue, 0, -1) == ["late"]
    assert client.zscore(queues_key("firstreply"), "acme|billing") == sent.expires_at
    for key in keys[:4]:
        assert client.pexpiretime(key) == sent.expires_at
    client.close()


def test_what_nobody_can_tell_of_people_has_no_field(server: RedisProcess) -> None:
    now = _clock.now_ms()
    told = signal(7, now)
    unknown = msgspec.structs.replace(told, as_of=now + 1, staffing=staffing(there=None), available=None, responders=None)
    assert asyncio.run(write(server, told)) == Written(1, 0)
    assert asyncio.run(write(server, unknown)) == Written(1, 0)
    client = redis.Redis(port=server.port, decode_responses=True)
    keys = queue_keys("firstreply", BILLING)
    assert {name for name in client.hkeys(keys.signal) if name.startswith("responders")} == {"responders_needed"}
    assert not client.exists(keys.responders)
    client.close()


def test_the_fence_refuses_whoever_knows_less(server: RedisProcess) -> None:
    now = _clock.now_ms()
    assert asyncio.run(write(server, signal(1, now, epoch=5))) == Written(1, 0)
    assert asyncio.run(write(server, signal(2, now - 1, epoch=5))) == Written(0, 1), "an earlier time"
    assert asyncio.run(write(server, signal(3, now + 1_000, epoch=4))) == Written(0, 1), "an earlier epoch"
    assert waiting(server) == 1
    assert asyncio.run(write(server, signal(4, now, epoch=5))) == Written(1, 0), "the same moment again"
    assert asyncio.run(write(server, signal(5, now - 1_000, epoch=6))) == Written(1, 0), "a new epoch begins earlier"
    assert waiting(server) == 5


def test_the_fence_outlives_the_signal(server: RedisProcess) -> None:
    now = _clock.now_ms()
    assert asyncio.run(write(server, signal(1, now, life_ms=50))) == Written(1, 0)
    client = redis.Redis(port=server.port)
    while client.exists(queue_keys("firstreply", BILLING).signal):
        assert _clock.now_ms() < now + 5_000
    client.close()
    assert waiting(server) is None
    assert asyncio.run(write(server, signal(2, now - 1, life_ms=60_000))) == Written(0, 1), "a writer that woke up"
    assert waiting(server) is None


async def stopped(server: RedisProcess) -> None:
    now = _clock.now_ms()
    async with sinking(server, board_of(1, now)) as sink:
        await until(lambda: waiting(server) == 1, "the first write")
        await asyncio.to_thread(server.kill9)
        say(sink.board, 2, now + 1)
        sink.publisher.wake()
        await until(lambda: bool(sink.publisher.failure), "the failure is noticed")
        for number in range(2_000):  # the stream goes on
            say(sink.board, number, now + 2 + number, queue=f"queue-{number % 10}")
        say(sink.board, 3, now + 5_000)
        assert sink.count("support_signals_redis_up") == 0
        await until(lambda: sink.count("support_signals_pending") == 11, "what waits is a set of queues, not a log")
        await asyncio.to_thread(server.start)
        await until(lambda: waiting(server) == 3, "everything returns by itself")
        await until(lambda: sink.count("support_signals_pending") == 0, "all of it")
        assert sink.count("support_signals_redis_up") == 1
        assert sink.count("support_signals_reasserted_total", reason="connected") == 2
        assert sink.publisher.failure == ""


def test_redis_stopped(server: RedisProcess) -> None:
    asyncio.run(stopped(server))


async def slow(server: RedisProcess) -> None:
    now = _clock.now_ms()
    async with sinking(server, board_of(1, now), timeout=300) as sink:
        await until(lambda: waiting(server) == 1, "the first write")
        server.pause()
        try:
            say(sink.board, 2, now + 1)
            sink.publisher.wake()
            longest, before = 0.0, time.monotonic()
            while not sink.publisher.failure:
                await asyncio.sleep(0.005)
                longest, before = max(longest, time.monotonic() - before), time.monotonic()
            assert longest < 0.25, "the loop that reads the stream never waits for Redis"
            say(sink.board, 3, now + 2)
        finally:
            server.cont()
        await until(lambda: waiting(server) == 3, "everything returns by itself")


def test_redis_slow(server: RedisProcess) -> None:
    asyncio.run(slow(server))


async def lost_cancellation() -> None:
    calls = 0

    async def deaf() -> None:
        nonlocal calls
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            calls += 1
        await asyncio.sleep(60)

    task = asyncio.create_task(deaf())
    await asyncio.sleep(0)
    await asyncio.wait_for(end([task]), DEADLINE_SECONDS)
    assert (calls, task.cancelled()) == (1, True)


def test_a_cancellation_that_is_lost_is_repeated() -> None:
    asyncio.run(lost_cancellation())


async def emptied(server: RedisProcess) -> None:
    now = _clock.now_ms()
    client = redis.Redis(port=server.port)
    async with sinking(server, board_of(1, now)) as sink:
        await until(lambda: waiting(server) == 1, "the first write")
        client.flushall()
        assert waiting(server) is None
        await until(lambda: waiting(server) == 1, "everything returns, although nothing changed")
        client.script_flush()
        client.flushall()
        say(sink.board, 2, now + 1)
        sink.publisher.wake()
        await until(lambda: waiting(server) == 2, "the script is brought again")
        assert sink.count("support_signals_reasserted_total", reason="emptied") >= 1
    client.close()


def test_redis_emptied(server: RedisProcess) -> None:
    asyncio.run(emptied(server))


async def zombie(server: RedisProcess) -> None:
    now = _clock.now_ms()
    async with sinking(server, board_of(1, now + 10)) as ahead:
        await until(lambda: waiting(server) == 1, "the first write")
        async with sinking(server, board_of(9, now)) as behind:
            await until(lambda: behind.count("support_signals_writes_total", outcome="refused") >= 1, "the fence")
        assert ahead.count("support_signals_writes_total", outcome="refused") == 0
        assert waiting(server) == 1


def test_a_stale_writer_is_refused_and_counted(server: RedisProcess) -> None:
    asyncio.run(zombie(server))


async def expired(server: RedisProcess) -> None:
    async with sinking(server, board_of(1, _clock.now_ms() - 120_000)) as sink:
        await until(lambda: sink.count("support_signals_writes_total", outcome="expired") == 1, "it is not written")
        assert waiting(server) is None


def test_what_has_expired_is_not_written(server: RedisProcess) -> None:
    asyncio.run(expired(server))


def test_a_reader_remembers_until_the_expiry_and_not_longer(server: RedisProcess) -> None:
    sent = signal(1, _clock.now_ms())
    asyncio.run(write(server, sent))
    source, clock = RedisSource(settings(server)), ManualClock(sent.as_of)
    reader = SignalReader(source, clock=clock)
    assert isinstance(reader.read(*BILLING), Fresh)
    server.kill9()
    clock.advance(59_999)
    assert reader.read(*BILLING) == Fresh(sent, 59_999), "it holds until it expires, whoever can be asked"
    assert isinstance(reader.read("acme", "other"), Unknown)
    clock.advance(1)
    reading = reader.read(*BILLING)
    assert isinstance(reading, Stale)
    assert "does not answer" in reading.reason
    source.close()


def test_tls_and_acl(tmp_path: Path) -> None:
    cert, _ = certificate(tmp_path)
    acl = tmp_path / "users.acl"
    acl.write_text(f"user default off\nuser firstreply on #{_sha256(PASSWORD)} ~firstreply:* +@all -@dangerous\n")
    options = ["--tls-cert-file", str(cert), "--tls-key-file", str(tmp_path / "key.pem"), "--tls-auth-clients", "no"]
    try:
        server = RedisProcess([*options, "--aclfile", str(acl)], plaintext=False)
    except RedisMissingError as missing:
        pytest.skip(str(missing))
    with server:
        tls = {"ca_file": str(cert)}
        right = settings(server, security="tls", tls=tls, username="firstreply", password=PASSWORD)
        assert PASSWORD not in repr(right)
        assert asyncio.run(_written(right)) == Written(1, 0)
        for wrong in (
            settings(server, security="tls", tls=tls, username="firstreply", password="guessed"),  # noqa: S106 - a wrong one
            settings(server, security="tls", username="firstreply", password=PASSWORD),
        ):
            with pytest.raises((*FAILURES, ssl.SSLError)) as refused:
                asyncio.run(_written(wrong))
            assert PASSWORD not in str(refused.value)


async def _written(right: RedisSettings) -> Written:
    store = SignalStore(right, DAY_MS)
    try:
        await store.begin()
        assert not await store.emptied()
        return await store.write([signal(1, _clock.now_ms())])
    finally:
        await store.close()


def _sha256(text: str) -> str:
    return sha256(text.encode()).hexdigest()
