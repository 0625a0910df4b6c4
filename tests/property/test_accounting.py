"""Accounts of any lives, in any order of arrival, add up to the numbers of the engine."""

from __future__ import annotations

from collections import Counter
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.accounting.account import account
from pipeline.accounting.journal import Journal
from pipeline.config import Domain
from pipeline.events import Event
from pipeline.measures import BLOCK, EDGES, Measure
from pipeline.tickets.rules import Rules
from tests.support.effort import examples
from tests.support.lives import DAY_MS, UNTIL_MS
from tests.support.strategies import domains, logs
from tests.support.sums import fold_all, records_of

END_MS = UNTIL_MS + 2 * DAY_MS + 7
_MEASURES = tuple(Measure)


@settings(max_examples=examples(20), suppress_health_check=list(HealthCheck))
@given(domains(), logs(), st.randoms(use_true_random=False))
def test_accounts_add_up_whatever_the_order_of_arrival(domain: Domain, log: list[Event], random: Random) -> None:
    arrived = [*log, *random.choices(log, k=len(log) // 3)]
    random.shuffle(arrived)
    domain = domain.model_copy(update={"reopen_horizon": 100 * DAY_MS})  # nothing arrives too late for its ticket
    sums, _ = fold_all(domain, records_of(arrived, arrive_ms=UNTIL_MS), END_MS, 7)
    expected: Counter[tuple[object, ...]] = Counter()
    for (tenant, leaf, minute), cell in sums.codes.items():
        for code, amount in cell.items():
            index, offset = divmod(code, BLOCK)
            if offset < EDGES:
                expected[tenant, leaf, minute, _MEASURES[index], offset > 0] += amount
    journal, rules = Journal(), Rules(domain)
    for record in records_of(arrived):
        journal.take(record.value or b"", record.timestamp)
    for key in journal.entries:
        tenant, _, ticket_id = key.decode().partition(":")
        for _, one in account(journal.life(key), rules, tenant, ticket_id, END_MS).contributions:
            expected[tenant, one.leaf, one.minute, one.measure, False] -= one.amount
            expected[tenant, one.leaf, one.minute, one.measure, True] -= one.observations
    assert {place: n for place, n in expected.items() if n} == {}
