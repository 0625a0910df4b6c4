"""When signals are written: a service level presses, a deadline that changed alone waits for one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest
from prometheus_client import CollectorRegistry

from agents.clock import ManualClock
from agents.lifetime import end
from agents.signals.figures import SignalFigures
from agents.signals.publisher import Publisher
from agents.signals.store import Written
from pipeline.config import SlaMeasure
from pipeline.engine import TimeMode, Topic
from pipeline.routing.board import RoutingBoard
from pipeline.routing.signal import RoutingSignal
from pipeline.signals import ClockState, ServiceLevel, TicketClocks

NOW = 1_000_000


class Shelf:
    """A store that answers at once and keeps what it was given."""

    def __init__(self) -> None:
        self.written: list[list[RoutingSignal]] = []

    async def begin(self) -> None:
        pass

    async def emptied(self) -> bool:
        return False

    async def write(self, signals: Sequence[RoutingSignal]) -> Written:
        self.written.append([*signals])
        return Written(len(signals), 0)

    async def disconnect(self) -> None:
        pass

    def tickets(self) -> list[list[str]]:
        """Return, for each write, the tickets that it names, next to breach first."""
        return [[deadline.ticket_id for signal in signals for deadline in signal.next_to_breach] for signals in self.written]


def say(board: RoutingBoard, as_of: int) -> None:
    level = ServiceLevel(
        tenant="acme", segment={"queue": "billing"}, as_of=as_of, expires_at=as_of + 60_000, epoch=0, windows={}, work={}
    )
    board.take(Topic.SERVICE_LEVELS, b"acme|queue=billing", msgspec.json.encode(level), 0)


def owe(board: RoutingBoard, ticket: str) -> None:
    clock = ClockState(
        measure=SlaMeasure.FIRST_REPLY, instance=1, state="running", policy="p", target_ms=1, started_at=0, due_at=NOW + 9_000
    )
    clocks = TicketClocks(tenant="acme", ticket_id=ticket, as_of=NOW, queue="billing", clocks=(clock,))
    board.take(Topic.CLOCKS, f"acme:{ticket}".encode(), msgspec.json.encode(clocks), 0)


@asynccontextmanager
async def publishing(board: RoutingBoard) -> AsyncIterator[tuple[Publisher, Shelf]]:
    shelf: Any = Shelf()
    publisher = Publisher(board, shelf, ManualClock(NOW), SignalFigures(CollectorRegistry()), 0.0)
    task = asyncio.create_task(publisher.run())
    try:
        await others()
        yield publisher, shelf
    finally:
        await end([task])


async def others() -> None:
    """Let everything run that can without time passing."""
    for _ in range(100):
        await asyncio.sleep(0)


@pytest.fixture
def board() -> RoutingBoard:
    board = RoutingBoard(TimeMode.LIVE)
    say(board, NOW)
    owe(board, "a")
    return board


@pytest.mark.parametrize(("alone_seconds", "without"), [(3_600.0, [["a"]]), (0.0, [["a"], ["a", "b"]])])
def test_a_deadline_goes_with_a_service_level_or_alone_in_time(
    alone_seconds: float, without: list[list[str]], board: RoutingBoard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agents.signals.publisher._ALONE_SECONDS", alone_seconds)

    async def run() -> None:
        async with publishing(board) as (publisher, shelf):
            owe(board, "b")
            publisher.wake()
            await others()
            assert shelf.tickets() == without
            say(board, NOW + 1)
            publisher.wake()
            await others()
            assert shelf.tickets() == [*without, ["a", "b"]]

    asyncio.run(run())
