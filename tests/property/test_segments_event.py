"""Event time: what leaves depends on the log alone - not on batches, interleaving, bounds, restarts or idle looks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.alertrules import BudgetModel, SilenceModel, SlaAlertsModel, UnderstaffedModel
from pipeline.config import Domain, JumpModel
from pipeline.engine import LogRecord, TimeMode
from pipeline.events import Channel
from pipeline.measures import Measure, Work
from pipeline.responders.model import RespondersModel
from pipeline.staffing.model import StaffingModel
from pipeline.windows import engine as engine_module
from pipeline.windows.engine import SegmentsEngine
from tests.support.effort import examples
from tests.support.feed import EDGES_MS, Feed, Reader

M, WEEK = 60_000, 7 * 86_400_000
START = 1_767_225_600_000
LEAVES = [("billing", "chat", "normal"), ("billing", "email", "high"), ("sales", "chat", "normal")]
DOMAIN = Domain(
    edges=EDGES_MS,
    windows={"5m": 5 * M, "1h": 60 * M, "2d": 2 * 86_400_000},
    jump=JumpModel(
        segments=((), ("queue",))[1:], window=10 * M, floor=M, minimum_count=2, raise_after=2 * M, clear_after=3 * M,
        baseline_weeks=2, baseline_minimum=2, cold_usual=2 * M,
    ),
    # Each rule on segments of its own: one that looks too seldom must not be saved by another that looks.
    silence=SilenceModel(segments=(("channel",),), waiting=2, quiet=7 * M, clear_after=2 * M),
    sla_alerts=SlaAlertsModel(
        segments=(("queue", "channel"),), at_risk=2, breached=2, window=10 * M, raise_after=M, clear_after=2 * M
    ),
    budgets=(BudgetModel(segments=((),), minimum_count=3, objective=0.8, clear_after=2 * M),),
    # Tells how many people each queue takes; who is there is not told in event time.
    responders=RespondersModel(enabled=True),
    staffing=StaffingModel(handling={Channel.CHAT: 6 * M, Channel.EMAIL: 10 * M}),
    understaffed=UnderstaffedModel(),
)  # fmt: skip


class Step(NamedTuple):
    source: int
    wait: int
    leaf: int
    reply: bool
    minutes: int
    amount: int
    weeks: int


step = st.builds(
    Step,
    source=st.integers(0, 1),
    wait=st.sampled_from([0, 0, 1, 1, 2, 7, 45, 130]),
    leaf=st.integers(0, 2),
    reply=st.booleans(),
    minutes=st.sampled_from([0, 1, 3, 9, 30, 3_000]),
    amount=st.integers(1, 4),
    weeks=st.sampled_from([0, 0, 0, 1, 2]),
)


def logs(steps: list[Step]) -> list[list[LogRecord]]:
    """Two sources' records: waits that begin, replies some minutes later (taken from open waits or not), corrections."""
    feeds, records, now = [Feed(0), Feed(1)], [[], []], START
    for one in steps:
        now += one.wait * M
        feed, leaf = feeds[one.source], LEAVES[one.leaf]
        for number in range(one.amount):
            start = now - one.minutes * M - number * 7_001
            if one.reply:
                feed.lasted(leaf, now - 1_000 - one.weeks * WEEK, Measure.FIRST_REPLY, now - 1_000 - start)
                feed.waits(leaf, start, amount=-1 if one.minutes == 3 else 0)
                feed.counted(leaf, now - 1_000 - one.weeks * WEEK, Measure.REPLIES)
                feed.counted(leaf, now - 1_000, Measure.SLA_FIRST_REPLY_MET)
            else:
                feed.counted(leaf, start, Measure.CREATED)
                feed.waits(leaf, start)
                feed.waits(leaf, start, Work.OPEN)
                feed.waits(leaf, now - one.minutes * 1_000, Work.AT_RISK)
                if one.minutes > 1:
                    feed.waits(leaf, start + M, Work.BREACHED)
                    feed.counted(leaf, start + M, Measure.SLA_FIRST_REPLY_BREACHED)
        records[one.source].append(feed.record(now, passed=now - M))
    for source, feed in enumerate(feeds):
        records[source].append(feed.record(now, passed=now + 20 * M))
        records[source].append(feed.record(now, passed=now + 90 * M))
    return records


def interleaved(records: list[list[LogRecord]], choices: list[int]) -> list[LogRecord]:
    queues, merged, turn = [list(reversed(log)) for log in records], [], 0
    while any(queues):
        source = choices[turn % len(choices)] if choices else 0
        turn += 1
        queue = queues[source] or queues[1 - source]
        merged.append(queue.pop())
    return merged


@contextmanager
def bound(rows: int, ticks: int) -> Iterator[None]:
    before = engine_module.BOUND, engine_module._TICKS
    engine_module.BOUND, engine_module._TICKS = rows, ticks
    try:
        yield
    finally:
        engine_module.BOUND, engine_module._TICKS = before


def run(log: list[LogRecord], cuts: list[int], restarts: frozenset[int] = frozenset(), *, watchful: bool = False) -> Reader:
    """Drive an engine over a log cut into batches; a new engine takes over after every effect whose number is in `restarts`."""
    reader, number = Reader(), 0

    def fresh() -> SegmentsEngine:
        made = SegmentsEngine(DOMAIN, 0, 2, TimeMode.EVENT)
        if watchful:
            made._wake = lambda _state: 0  # type: ignore[method-assign]
        made.restore(reader.changelog())
        return made

    engine, position, turn = fresh(), 0, 0
    while position < len(log):
        size = cuts[turn % len(cuts)] if cuts else 1
        turn += 1
        effects = reader.take(engine.apply(log[position : position + size]))
        position += size
        while True:
            if number in restarts:
                engine = fresh()
            number += 1
            if engine.next_due() is None:
                assert not effects.more
                break
            effects = reader.take(engine.tick(0))
    assert reader.dead == 0
    return reader


steps = st.lists(step, min_size=1, max_size=10)
cuts = st.lists(st.integers(1, 5), max_size=4)
choices = st.lists(st.integers(0, 1), max_size=8)


@settings(max_examples=examples(6), deadline=None)
@given(steps, cuts, choices, choices)
def test_neither_batches_nor_interleaving_show(steps: list[Step], sizes: list[int], one: list[int], other: list[int]) -> None:
    records = logs(steps)
    assert run(interleaved(records, one), [1_000]).emits == run(interleaved(records, other), sizes).emits


WAIT = Step(source=0, wait=0, leaf=0, reply=False, minutes=0, amount=1, weeks=0)
COME_AGAIN_AND_AGAIN = [WAIT._replace(wait=2, amount=4)] * 6
"""Contacts of half an hour, which a new owner must know of to say how many people they take."""


@settings(max_examples=examples(6), deadline=None)
@given(steps, cuts, choices, st.frozensets(st.integers(0, 40)), st.integers(2, 9))
@example(COME_AGAIN_AND_AGAIN, [1], [], frozenset(range(40)), 9)
def test_neither_bounds_nor_restarts_show(
    steps: list[Step], sizes: list[int], order: list[int], restarts: frozenset[int], rows: int
) -> None:
    log = interleaved(logs(steps), order)
    whole = run(log, [1_000])
    with bound(rows, 50):
        assert run(log, sizes, restarts).emits == whole.emits


ENDS_BEFORE_BEGINNINGS = [
    *[WAIT] * 6,
    *(WAIT._replace(leaf=2, amount=amount) for amount in (2, 4)),
    WAIT._replace(leaf=2, reply=True, minutes=3, amount=3, weeks=1),
]
"""Ends of waits that nobody has begun count down, until the window has moved past them."""


@settings(max_examples=examples(6), deadline=None)
@given(steps, choices)
@example(ENDS_BEFORE_BEGINNINGS, [])
def test_looking_only_when_something_can_change_finds_the_same_alerts(steps: list[Step], order: list[int]) -> None:
    log = interleaved(logs(steps), order)
    assert run(log, [7]).emits == run(log, [7], watchful=True).emits
