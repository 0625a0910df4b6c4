"""The fold against numbers worked out by hand: the same table that the oracle is held to."""

from __future__ import annotations

from collections import Counter

import pytest

from agents.verification.oracle.numbers import COUNTERS, sla_code
from pipeline.config import SlaMeasure
from pipeline.measures import BLOCK, EDGES, HISTOGRAM, SUM, Measure, Work, base
from tests.support.scenarios import SCENARIOS, Scenario
from tests.support.story import utc
from tests.support.sums import Sums, fold_all, records_of

_MEASURES = tuple(Measure)


def observed(sums: Sums, measure: Measure) -> tuple[int, int]:
    """Return how many observations of a measure stand, and their sum."""
    count = total = 0
    for cell in sums.plain_codes().values():
        for code, amount in cell.items():
            if _MEASURES[code // BLOCK] is measure:
                if measure in COUNTERS or measure.value.startswith("sla_"):
                    count, total = count + amount, total + amount
                elif code % BLOCK == SUM:
                    total += amount
                elif code % BLOCK >= EDGES:
                    count += amount
                else:
                    assert code % BLOCK < HISTOGRAM
    return count, total


def minutes_of(sums: Sums, measure: Measure) -> list[int]:
    """Return the minute of every count of a counter."""
    cells = sums.plain_codes().items()
    return sorted(minute for (_, _, minute), cell in cells for _ in range(cell.get(base(measure), 0)))


def agree(scenario: Scenario) -> None:
    """Hold the fold to what a scenario says must come of it."""
    sums, _ = fold_all(scenario.domain, records_of(scenario.events), scenario.until_ms, batch=1)
    assert sums.dead == []
    for measure, values in scenario.values.items():
        assert observed(sums, measure) == (len(values), sum(values)), measure
    for sla in SlaMeasure:
        for met in (True, False):
            minutes = sorted(
                utc(at) // 60_000 for kind, _, word, at in scenario.verdicts if kind is sla and (word == "met") is met
            )
            assert minutes_of(sums, sla_code(sla, met=met)) == minutes, (sla, met)
    if scenario.work is not None:
        found: dict[Work, Counter[int]] = {}
        for (_, _, work), starts in sums.plain_work().items():
            found.setdefault(work, Counter()).update(starts)
        assert found == {work: Counter(map(utc, starts)) for work, starts in scenario.work.items() if starts}


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.rule)
def test_the_fold_reads_the_page_as_worked_out_by_hand(scenario: Scenario) -> None:
    agree(scenario)
