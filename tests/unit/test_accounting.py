"""Accounts of tickets add up to the numbers that the engine keeps, and tell every clock as worked out by hand."""

from __future__ import annotations

from collections import Counter

import pytest

from pipeline.accounting.account import Account, account
from pipeline.accounting.clocks import Phase
from pipeline.accounting.journal import Journal
from pipeline.identity import ticket_key
from pipeline.measures import BLOCK, EDGES, Measure
from pipeline.tickets.rules import Rules
from tests.support.scenarios import SCENARIOS, Scenario
from tests.support.sums import fold_all, records_of

_MEASURES = tuple(Measure)


def accounts_of(scenario: Scenario) -> list[Account]:
    journal, rules = Journal(), Rules(scenario.domain)
    for record in records_of(scenario.events):
        assert record.value is not None
        journal.take(record.value, record.timestamp)
    told = []
    for key in sorted(journal.entries):
        tenant, _, ticket_id = key.decode().partition(":")
        told.append(account(journal.life(key), rules, tenant, ticket_id, scenario.until_ms))
    return told


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.rule)
def test_accounts_add_up_to_the_numbers_of_the_engine(scenario: Scenario) -> None:
    sums, _ = fold_all(scenario.domain, records_of(scenario.events), scenario.until_ms, batch=1)
    expected: Counter[tuple[object, ...]] = Counter()
    for (tenant, leaf, minute), cell in sums.codes.items():
        for code, amount in cell.items():
            index, offset = divmod(code, BLOCK)
            if offset < EDGES:
                expected[tenant, leaf, minute, _MEASURES[index], offset > 0] += amount
    found: Counter[tuple[object, ...]] = Counter()
    for told in accounts_of(scenario):
        for _, one in told.contributions:
            found[told.tenant, one.leaf, one.minute, one.measure, False] += one.amount
            found[told.tenant, one.leaf, one.minute, one.measure, True] += one.observations
    assert {place: n for place, n in found.items() if n} == {place: n for place, n in expected.items() if n}


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.rule)
def test_every_clock_ends_as_worked_out_by_hand_and_its_segments_are_whole(scenario: Scenario) -> None:
    outcomes = []
    for told in accounts_of(scenario):
        for clock in told.clocks:
            if clock.outcome in {"met", "breached"}:
                outcomes.append((clock.measure, clock.instance, clock.outcome))
            assert clock.segments[0].since == clock.started_at
            for one, following in zip(clock.segments, clock.segments[1:], strict=False):
                assert one.until == following.since
                assert one.phase is not following.phase
            assert clock.segments[-1].until == clock.ended_at
            assert (clock.outcome == "breached") == any(one.phase is Phase.BREACHED for one in clock.segments)
    assert sorted(outcomes) == sorted((kind, number, word) for kind, number, word, _ in scenario.verdicts)


def test_a_journal_counts_what_it_leaves_out() -> None:
    scenario = SCENARIOS[0]
    journal = Journal()
    for record in [*records_of(scenario.events)] * 2:
        assert record.value is not None
        journal.take(record.value, record.timestamp)
    journal.take(b"{", 1)
    assert journal.counts["duplicate"] == journal.counts["applied"]
    assert journal.counts["invalid"] == 1
    key = next(iter(journal.entries))
    tenant, _, ticket = key.decode().partition(":")
    assert key == ticket_key(tenant, ticket)
    only = Journal(tenant="nobody")
    for record in records_of(scenario.events):
        assert record.value is not None
        only.take(record.value, record.timestamp)
    assert not only.entries
