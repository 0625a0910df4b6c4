"""Every measure and rate has one definition, and nothing else has one."""

from __future__ import annotations

from agents.verification.oracle.numbers import COUNTERS, DURATIONS
from pipeline.catalogue import DEFINITIONS, MERGED, RATES, Rate
from pipeline.measures import Clock, Kind, Measure


def test_every_measure_merged_duration_and_rate_is_defined_once() -> None:
    assert DEFINITIONS.keys() == {*map(str, Measure), *map(str, MERGED), *map(str, Rate)}


def test_kinds_are_those_that_the_oracle_reads_on_the_page() -> None:
    assert {m for m in Measure if DEFINITIONS[m].kind is Kind.DURATION} == DURATIONS
    assert {m for m in Measure if DEFINITIONS[m].kind is not Kind.DURATION and not m.value.startswith("sla_")} == COUNTERS


def test_every_duration_and_time_stands_in_both_hours() -> None:
    for code, definition in DEFINITIONS.items():
        if definition.kind is Kind.DURATION or code.endswith("_ms"):
            stem = code.removesuffix("_ms").removesuffix("_business")
            pair = {DEFINITIONS[f"{stem}{word}{'_ms' if code.endswith('_ms') else ''}"].clock for word in ("", "_business")}
            assert pair == set(Clock), code


def test_a_definition_says_what_where_from_and_over_what() -> None:
    for definition in DEFINITIONS.values():
        assert definition.text.endswith("."), definition.code
        assert definition.title, definition.code
        assert definition.source, definition.code
    for rate in RATES.values():
        assert " / " in rate.definition.formula
        assert rate.scale in (1_000, 1_000_000)
