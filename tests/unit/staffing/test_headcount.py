"""The number of people that the rule says are needed, against what a simulated queue would really have taken."""

from __future__ import annotations

from statistics import median

import pytest

from tests.evaluate.headcount import Case, cases_of, table
from tests.evaluate.seeds import seeds_of


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    """Return the moments of three queues whose seeds nobody chose."""
    return [one for rate in (20, 60) for seed in seeds_of("headcount", rate, 2) for one in cases_of(rate, seed)]


@pytest.mark.mission("C4")
def test_the_number_needed_is_within_a_fifth_in_incidents(cases: list[Case]) -> None:
    off = [abs(one.needed - one.truth) / one.truth for one in cases if one.incident]
    assert len(off) >= 8
    assert median(off) <= 0.2


def test_the_rule_holds_where_many_are_missing(cases: list[Case]) -> None:
    lacking = [one.holds for one in cases if one.truth >= one.here + 3]
    enough = [one.holds for one in cases if one.truth < one.here]
    assert sum(lacking) >= 0.9 * len(lacking) > 0
    assert sum(enough) <= 0.1 * len(enough)


def test_the_table_tells_incidents_from_ordinary_days(cases: list[Case]) -> None:
    told = table(cases)
    assert told.count("incidents |") == told.count("ordinary |") == 3
    assert "Missing people, where any were in an incident" in told
