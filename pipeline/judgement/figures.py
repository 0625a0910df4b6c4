"""The figures of a segment's standing that `/metrics` shows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from pipeline.metrics import Metric
from pipeline.signals import ServiceLevel
from pipeline.standings import GoalState, LevelMeasure, StaffingStanding


class Figure(NamedTuple):
    """One value; `None`: there is none now."""

    metric: Metric
    labels: tuple[str, ...]
    """What follows tenant and segment."""
    value: int | None


_OVERALL = "overall"
_MEASURES = tuple(LevelMeasure)


def figures(level: ServiceLevel) -> Iterator[Figure]:
    """Yield what is shown of a segment."""
    standing = level.level
    found = {} if standing is None else {measure.measure: measure for measure in standing.measures}
    yield Figure(Metric.SERVICE_LEVEL, (_OVERALL,), None if standing is None else standing.level)
    for name in _MEASURES:
        measure = found.get(name)
        yield Figure(Metric.SERVICE_LEVEL, (name.value,), None if measure is None else measure.level)
        yield Figure(Metric.SERVICE_LEVEL_MISSING, (name.value,), None if measure is None else measure.missing_ppm)
    for goal in level.goals:
        for state in GoalState:
            yield Figure(Metric.GOAL_STATE, (goal.name, state.value), int(goal.state is state))
        yield Figure(Metric.GOAL_SHARE, (goal.name,), goal.share_ppm)
        yield Figure(Metric.GOAL_PROJECTED, (goal.name,), None if goal.projection is None else goal.projection.share_ppm)
    yield from _staffing(level.staffing)
    wait = level.expected_wait
    if wait is not None:
        yield Figure(Metric.EXPECTED_WAIT, ("p50",), wait.p50_ms)
        yield Figure(Metric.EXPECTED_WAIT, ("p90",), wait.p90_ms)
        yield Figure(Metric.EXPECTED_WAIT_KEPT, ("p50",), wait.within_p50_ppm)
        yield Figure(Metric.EXPECTED_WAIT_KEPT, ("p90",), wait.within_p90_ppm)


def _staffing(staffing: StaffingStanding | None) -> Iterator[Figure]:
    """Yield who is needed, there and missing: what nobody can tell shows nothing, never 0."""
    if staffing is None:
        return
    yield Figure(Metric.RESPONDERS_NEEDED, (), staffing.needed)
    yield Figure(Metric.RESPONDERS_THERE, (), staffing.there)
    yield Figure(Metric.RESPONDERS_PLANNED, (), staffing.planned)
    yield Figure(Metric.RESPONDERS_MISSING, (), staffing.missing)
    yield Figure(Metric.RESPONDERS_TOLD, (), int(staffing.missing is not None))
