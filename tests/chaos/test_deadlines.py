"""A breach is said at its deadline with no event coming, once, whatever happens to the worker; a timely reply prevents it."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from pipeline.events import Event, Priority
from pipeline.signals import SlaEvent
from tests.chaos.conftest import FULL
from tests.support.broker import KafkaBroker
from tests.support.chaos import world as chaos_world
from tests.support.chaos.figures import Figures
from tests.support.chaos.outputs import Outputs, read
from tests.support.chaos.sending import send
from tests.support.chaos.worker import WorkerProcess
from tests.support.chaos.world import World
from tests.support.story import Story

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(400)]

CONFIG = Path(chaos_world.__file__).with_name("promise.toml")
LIMITS_MS = {Priority.URGENT: 3_000, Priority.NORMAL: 12_000}
TICKETS = 100 if FULL else 40
LATEST_MS = 10_000
"""Ten times what is promised: this machine is shared."""


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def asked(name: str, priority: Priority) -> list[Event]:
    """Return the events of some tickets that customers open now."""
    at = now_ms()
    return [e for n in range(TICKETS) for e in Story(f"{name}-{n}").created(at - n, priority=priority).events]


def deadlines(events: list[Event]) -> dict[str, int]:
    return {e.ticket_id: e.occurred_at + LIMITS_MS[e.priority or Priority.NORMAL] for e in events}


def outputs_of(world: World) -> Outputs:
    return asyncio.run(read(world.settings))


def breaches(outputs: Outputs, wanted: dict[str, int]) -> list[SlaEvent]:
    return [said for said in outputs.detections if said.ticket_id in wanted]


def ready(world: World, worker: WorkerProcess) -> int:
    """Wait until a worker owns everything and has nothing left to read; return when."""

    def all_read() -> bool:
        lags = worker.lag()
        return lags.keys() == world.txns.keys() and not any(lags.values())

    world.until(all_read, "the worker owns everything and has read it", 60, 0.02)
    return now_ms()


def until_breached(world: World, wanted: dict[str, int]) -> Outputs:
    """Wait until as many breaches have been said."""
    found: list[Outputs] = []

    def said() -> bool:
        found.append(outputs_of(world))
        return len(breaches(found[-1], wanted)) >= len(wanted)

    world.until(said, "breaches are said", 40)
    return found[-1]


def on_time(outputs: Outputs, wanted: dict[str, int]) -> list[SlaEvent]:
    """Return the breaches of these tickets: one each, standing exactly at the deadline."""
    said = breaches(outputs, wanted)
    assert sorted((s.ticket_id, s.occurred_at, s.due_at) for s in said) == sorted((t, at, at) for t, at in wanted.items())
    return said


def test_a_deadline_needs_no_event_and_no_worker(hurt_kafka: KafkaBroker, figures: Figures) -> None:
    world = World(hurt_kafka, "promise", CONFIG)
    try:
        worker = world.start()
        ready(world, worker)

        watched = asked("watched", Priority.URGENT)
        send(world, watched)
        said = on_time(until_breached(world, deadlines(watched)), deadlines(watched))
        alive_ms = max(s.detected_at - s.due_at for s in said)

        unanswered, answered = asked("unanswered", Priority.NORMAL), asked("answered", Priority.NORMAL)
        send(world, unanswered + answered)
        ready(world, worker)
        worker.kill()
        world.take_off(worker)
        reply_at = now_ms()
        send(world, [Story(e.ticket_id).reply(reply_at, id=f"{e.ticket_id}:reply").events[0] for e in answered])
        last = max((deadlines(unanswered) | deadlines(answered)).values())
        assert reply_at < min(deadlines(answered).values()), "inconclusive: the replies came too late to be timely"
        assert not breaches(outputs_of(world), deadlines(unanswered)), "inconclusive: the kill came after the deadline"
        world.until(lambda: now_ms() > last + 1_000, "the deadlines have passed", 30)

        worker = world.start()
        ready_at = ready(world, worker)
        until_breached(world, deadlines(unanswered))
        ready(world, worker)
        assert worker.stop()[0] == 0, worker.printed
        outputs = outputs_of(world)
    finally:
        world.close()
    on_time(outputs, deadlines(watched))
    said = on_time(outputs, deadlines(unanswered))
    restored_ms = max(0, max(s.detected_at for s in said) - ready_at)
    assert breaches(outputs, deadlines(answered)) == []
    assert len(outputs.sums.standing()) == 2 * TICKETS
    figures.told(f"breaches of {TICKETS} tickets with no event coming: said {alive_ms} ms after the deadline at most")
    figures.told(f"worker killed across the deadline: said {restored_ms} ms after everything was restored and read, at most")
    assert 0 < alive_ms < LATEST_MS
    assert restored_ms < LATEST_MS
