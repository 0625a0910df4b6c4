"""No measure of the catalogue goes uncounted by the oracle: each stands in the seeded month that the pipeline is held to."""

from __future__ import annotations

import pytest

from agents.verification.oracle.numbers import Bounds
from agents.verification.oracle.rates import FORMULAS
from agents.verification.oracle.windows import TOGETHER, Windows
from pipeline.catalogue import DEFINITIONS, MERGED, RATES
from pipeline.measures import Measure, Work
from tests.support import month
from tests.support.lives import SINCE_MS, TENANTS

NOT_COUNTED: dict[str, str] = {}
"""Measures that no test against the oracle covers, and why."""


@pytest.fixture(scope="module")
def windows() -> Windows:
    return Windows(month.truth())


def test_the_oracle_knows_every_rate_and_merged_duration_as_the_page_writes_them() -> None:
    assert FORMULAS.keys() == {rate.value for rate in RATES}
    for rate, given in RATES.items():
        above, below = (
            tuple(f"{'-' if term.sign < 0 else ''}{term.measure.value}" for term in terms)
            for terms in (given.numerator, given.denominator)
        )
        assert FORMULAS[rate.value] == (above, below, given.scale)
    assert {merged.value: measures for merged, measures in MERGED.items()} == {
        name: measures for name, measures in TOGETHER.items() if len(measures) > 1
    }


def test_every_measure_stands_in_the_month_that_the_pipeline_is_held_to(windows: Windows) -> None:
    whole = Bounds(SINCE_MS, month.END_MS)
    held = [windows.at(tenant, {}, month.END_MS) for tenant in TENANTS]
    counted = {measure.value for measure in Measure if any(one.total(measure, whole)[0] for one in held)}
    counted |= {name for name in TOGETHER if any(one.lasted(name, whole)[0] for one in held)}
    counted |= {name for name in FORMULAS if any(one.rate(name, whole).above for one in held)}
    assert DEFINITIONS.keys() - counted == NOT_COUNTED.keys()
    assert {piece.work for _, piece in month.truth().owned_pieces()} == set(Work)
