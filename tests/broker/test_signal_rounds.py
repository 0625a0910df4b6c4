"""One round of writes into a real Redis after the other: nothing that comes in between is forgotten."""

from __future__ import annotations

import asyncio

import pytest

from agents.clock import SystemClock
from agents.signals.store import Written
from pipeline.routing.signal import RoutingSignal
from tests.broker.test_signals import board_of, say, sinking, until, waiting
from tests.support.redisprocess import RedisMissingError, RedisProcess

pytestmark = pytest.mark.broker


async def changed_while_written(server: RedisProcess) -> None:
    now = SystemClock().now_ms()
    async with sinking(server, board_of(1, now)) as sink:
        write = sink.publisher._store.write

        async def interrupted(signals: list[RoutingSignal]) -> Written:
            done: Written = await write(signals)
            if signals[0].as_of == now:
                say(sink.board, 2, now + 1)
                sink.publisher.wake()
            return done

        sink.publisher._store.write = interrupted
        await until(lambda: waiting(server) == 2, "what came while the first was written")


def test_what_changes_while_a_round_writes_is_written_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agents.signals.publisher._LOOK_SECONDS", 3_600.0)
    try:
        server = RedisProcess()
    except RedisMissingError as missing:
        pytest.skip(str(missing))
    with server:
        asyncio.run(changed_while_written(server))
