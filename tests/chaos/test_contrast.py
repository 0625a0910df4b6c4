"""The same harness on an idiomatic Faust app, for the figures. It passes whatever they are, unless the kills hit nothing."""

from __future__ import annotations

import time

import pytest

from tests.chaos.conftest import FULL
from tests.support.broker import KafkaBroker
from tests.support.chaos.figures import Figures
from tests.support.chaos.naive import NaiveWorker, counted, sent
from tests.support.chaos.world import InconclusiveError, World

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(900)]

RATE = 800
"""Records a second: a share of what one such worker can do on this machine."""
KILLS = 10 if FULL else 2
QUIET_SECONDS = 5.0


def test_what_an_idiomatic_faust_app_loses(hurt_kafka: KafkaBroker, figures: Figures) -> None:
    world = World(hurt_kafka, "naive")
    workers = [NaiveWorker(world), NaiveWorker(world)]
    gone: list[NaiveWorker] = []
    try:
        feeder = world.feed(figures.seed, RATE)
        for kill in range(KILLS):
            victim = workers.pop(kill % 2)
            gone.append(victim)
            seen = victim.handled
            world.until(lambda victim=victim, seen=seen: victim.handled > seen + RATE, "the victim counts", 90)
            victim.kill()
            workers.append(NaiveWorker(world))
            world.until(lambda: workers[-1].handled > 0, "the replacement counts", 90)
        ledger = feeder.stop()
        quiet(world, workers + gone)
        for worker in workers:
            worker.process.terminate()
            worker.process.wait(120)
        wanted, found = sent(feeder.plan, ledger), counted(world)
    finally:
        for worker in (*workers, *gone):
            worker.dispose()
        world.close()
    lost, double = (wanted - found).total(), (found - wanted).total()
    figures.told(
        f"idiomatic Faust, {KILLS} x kill -9, {wanted.total()} records of {len(wanted)} keys: {lost} lost, {double} double"
    )
    if not found:
        raise InconclusiveError("the naive app counted nothing")


def quiet(world: World, workers: list[NaiveWorker]) -> None:
    """Wait until nobody has counted anything for some seconds."""
    last, since = -1, time.monotonic()

    def still() -> bool:
        nonlocal last, since
        handled = sum(worker.handled for worker in workers)
        if handled != last:
            last, since = handled, time.monotonic()
        return time.monotonic() - since > QUIET_SECONDS

    world.until(still, "the naive app has nothing left to do", 300)
