"""Whatever is killed, paused, stopped or added under load: nothing is lost, nothing counts twice, all numbers are true."""

from __future__ import annotations

import asyncio
import time
from random import Random

import pytest

from tests.chaos.conftest import FULL
from tests.support.broker import KafkaBroker
from tests.support.chaos.check import Verdict, check
from tests.support.chaos.faults import (
    STAGES,
    AddAndRemoveWorker,
    Fault,
    Hit,
    KillBroker,
    KillWorker,
    PauseWorker,
    StopWorker,
)
from tests.support.chaos.figures import Figures
from tests.support.chaos.outputs import read
from tests.support.chaos.pages import compare
from tests.support.chaos.truth import Telling, Truth
from tests.support.chaos.world import InconclusiveError, World

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(3_000)]

RATE, LEAST_RATE = 4_400, 4_000
"""Records a second, and their mean over the run at least: the first seconds have fewer, and a broker that is away has none."""
MOST_TRIES = 3
SETTLED_MS = 10_000
"""After the last event every deadline that is not days away has passed."""


def faults(random: Random) -> list[Fault]:
    """Return what will go wrong, in which order."""
    counts = (20, 5, 3, 10, 5) if FULL else (2, 1, 1, 1, 1)
    kills, pauses, brokers, stops, scalings = counts
    stages = [STAGES[number % len(STAGES)] for number in range(max(counts))]
    found: list[Fault] = [KillWorker(stage) for stage in stages[:kills]]
    found += [PauseWorker(stage) for stage in stages[:pauses]]
    found += [KillBroker(stage) for stage in stages[:brokers]]
    found += [StopWorker(stage) for stage in stages[:stops]]
    found += [AddAndRemoveWorker() for _ in range(scalings)]
    random.shuffle(found)
    return found


def test_nothing_is_lost_and_nothing_counts_twice(hurt_kafka: KafkaBroker, figures: Figures) -> None:
    random = Random(figures.seed)
    world = World(hurt_kafka, "chaos")
    try:
        world.start()
        world.start()
        feeder = world.feed(figures.seed, RATE)
        hits = [hit for fault in faults(random) for hit in strike(fault, world, random, figures)]
        world.until_all_owned()
        ledger = feeder.stop()
        fed_ms = time.time_ns() // 1_000_000
        telling = Telling(world.settings.domain, feeder.plan, ledger.slots, fed_ms + SETTLED_MS)
        caught_up(world, fed_ms + SETTLED_MS)
        truth = telling.result()
        seconds = pages_are_true(world, truth, len(ledger.malformed))
        figures.told(f"/metrics of {len(world.workers)} workers: equal to the oracle after {seconds:.1f} s of quiet")
        for worker in world.workers:
            assert worker.stop()[0] == 0, worker.printed[-3_000:]
        outputs = asyncio.run(read(world.settings))
        verdict = check(outputs, truth, ledger, world.settings.domain)
    finally:
        world.close()
    seconds = (fed_ms - feeder.plan.start_ms) / 1_000
    figures.table(hits, ledger.records, seconds, verdict)
    assert ledger.records / seconds >= LEAST_RATE
    assert not verdict.wrong, verdict
    hit_both_stages(hits)


def strike(fault: Fault, world: World, random: Random, figures: Figures) -> list[Hit]:
    """Return what a fault did; a kill that missed its transaction, which was committed after all, is done again."""
    hits: list[Hit] = []
    while not hits or (isinstance(fault, KillWorker) and not hits[-1].aborted[fault.stage] and len(hits) < MOST_TRIES):
        hits.append(fault.strike(world, random))
        told = hits[-1]
        figures.told(f"{told.fault}: {told.recovery_seconds:.1f} s, aborted {told.aborted} {told.note}")
    return hits


def caught_up(world: World, settled_ms: int) -> None:
    """Wait until everything has been applied and every near deadline has passed."""

    def all_done() -> bool:
        lags = {place: lag for worker in world.workers for place, lag in worker.lag().items()}
        past = time.time_ns() // 1_000_000 > settled_ms
        return past and lags.keys() == world.txns.keys() and not any(lags.values())

    world.until(all_done, "every partition has caught up", 240)


def pages_are_true(world: World, truth: Truth, malformed: int) -> float:
    """Wait until what was last committed is published, and find it true; return the seconds that it took."""
    found: list[Verdict] = []

    def true() -> bool:
        found.append(compare([worker.scrape() for worker in world.workers], truth, malformed, world.settings.domain))
        return not found[-1].wrong

    try:
        return world.until(true, "/metrics is true", 20, 0.2)
    except AssertionError:
        raise AssertionError(str(found[-1])) from None


def hit_both_stages(hits: list[Hit]) -> None:
    for stage in STAGES:
        if not any(hit.aborted[stage] for hit in hits if hit.fault.startswith("kill")):
            msg = f"no kill fell into an open transaction of the {stage}: {hits}"
            raise InconclusiveError(msg)
