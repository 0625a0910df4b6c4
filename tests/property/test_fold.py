"""The ticket fold against the oracle, over any life, any domain, any order of arrival, any cut into batches."""

from __future__ import annotations

from collections import Counter
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.verification.oracle.numbers import COUNTERS
from pipeline.config import Domain
from pipeline.engine import Effects, LogRecord, Row, TimeMode, Topic
from pipeline.events import Event
from pipeline.measures import BLOCK, HISTOGRAM, INDEX
from pipeline.offline import clock_record
from pipeline.tickets.engine import TicketsEngine
from pipeline.windows.histogram import index_of
from tests.oracle import Oracle, OracleResult
from tests.support.effort import examples
from tests.support.lives import DAY_MS, UNTIL_MS
from tests.support.strategies import domains, logs
from tests.support.sums import Sums, fold_all, records_of

END_MS = UNTIL_MS + 2 * DAY_MS + 7
thorough = settings(max_examples=examples(20), deadline=None, suppress_health_check=list(HealthCheck))


def agree(sums: Sums, truth: OracleResult) -> None:
    assert sums.plain_codes() == truth.codes()
    assert sums.plain_work() == truth.work_starts()
    breaches = {(b.tenant, b.ticket_id, b.measure.value, b.instance, b.at_ms): 1 for b in truth.breaches()}
    assert sums.standing() == breaches


@thorough
@given(domains(), logs(), st.integers(1, 20))
def test_numbers_open_work_and_breaches_are_the_oracles(domain: Domain, log: list[Event], batch: int) -> None:
    sums, _ = fold_all(domain, records_of(log), END_MS, batch)
    agree(sums, Oracle(domain).run(log, END_MS))
    assert sums.dead == []


@thorough
@given(domains(), logs(), st.randoms(use_true_random=False))
def test_any_order_of_arrival_and_any_duplicates_give_the_same_numbers(domain: Domain, log: list[Event], random: Random) -> None:
    arrived = [*log, *random.choices(log, k=len(log) // 3)]
    random.shuffle(arrived)
    domain = domain.model_copy(update={"reopen_horizon": 100 * DAY_MS})  # nothing arrives too late for its ticket
    sums, engine = fold_all(domain, records_of(arrived, arrive_ms=UNTIL_MS), END_MS, 7)
    agree(sums, Oracle(domain).run(log, END_MS))
    assert engine._counts["duplicate"] == len(arrived) - len(log)


@thorough
@given(domains(), logs())
def test_histogram_classes_hold_every_duration(domain: Domain, log: list[Event]) -> None:
    sums, _ = fold_all(domain, records_of(log), END_MS)
    expected: dict[tuple[str, tuple[str, ...], int], Counter[int]] = {}
    for (tenant, leaf, minute, measure), values in Oracle(domain).run(log, END_MS).cells().items():
        if measure not in COUNTERS and not measure.value.startswith("sla_"):
            cell = expected.setdefault((tenant, leaf, minute), Counter())
            cell.update(INDEX[measure] * BLOCK + HISTOGRAM + index_of(value) for value in values)
    assert sums.histogram_counts() == {key: dict(cell) for key, cell in expected.items()}


def outputs(effects: list[Effects]) -> tuple[Counter[tuple[bytes | None, bytes | None]], dict[bytes | None, bytes | None]]:
    emits = [emit for effect in effects for emit in effect.emits]
    said = Counter((emit.key, emit.value) for emit in emits if emit.topic is Topic.SLA_EVENTS)
    return said, {emit.key: emit.value for emit in emits if emit.topic is Topic.CLOCKS}


@thorough
@given(domains(), logs(), st.lists(st.integers(1, 9), min_size=1, max_size=30))
def test_batch_cuts_and_restarts_change_nothing_that_is_said(domain: Domain, log: list[Event], cuts: list[int]) -> None:
    records = records_of(log)
    records.append(LogRecord("ticket-events", 0, len(records), END_MS, None, clock_record(END_MS)))
    whole = [TicketsEngine(domain, time=TimeMode.EVENT).apply(records)]
    pieces: list[Effects] = []
    rows: dict[bytes, bytes] = {}
    rest = records
    while rest:
        size = cuts[len(pieces) % len(cuts)]
        engine = TicketsEngine(domain, time=TimeMode.EVENT)  # a restart before every batch
        engine.restore([Row(*item) for item in rows.items()])
        effects = engine.apply(rest[:size])
        rest = rest[size:]
        pieces.append(effects)
        for key, value in effects.rows.items():
            if value is None:
                rows.pop(key, None)
            else:
                rows[key] = value
    assert outputs(pieces) == outputs(whole)
    one, many = Sums(), Sums()
    for effects in whole:
        one.take(effects)
    for effects in pieces:
        many.take(effects)
    assert one.plain_codes() == many.plain_codes()
    assert one.plain_work() == many.plain_work()
    assert many.sequences == {0: list(range(1, len(many.sequences[0]) + 1))}


@thorough
@given(domains(), logs(), st.integers(1, 6))
def test_live_time_ends_in_the_same_numbers(domain: Domain, log: list[Event], batch: int) -> None:
    engine, sums = TicketsEngine(domain, time=TimeMode.LIVE), Sums()
    records = records_of(log)
    for begin in range(0, len(records), batch):
        part = records[begin : begin + batch]
        sums.take(engine.apply(part))
        sums.take(engine.tick(part[-1].timestamp))
    while (effects := engine.tick(END_MS)).more:
        sums.take(effects)
    sums.take(effects)
    agree(sums, Oracle(domain).run(log, END_MS))
