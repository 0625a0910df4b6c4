"""Rules on where a segment stands - its goals, its service level - which are matters of days: they are judged on the hour."""

from __future__ import annotations

from typing import Protocol

from pipeline.config import Domain
from pipeline.judgement.drop import LevelJudge
from pipeline.judgement.judge import Judgement, Terms
from pipeline.judgement.ladder import PPM, Ladder, Parts
from pipeline.judgement.shortfall import GoalJudge
from pipeline.judgement.slack import Slack
from pipeline.judgement.standing import SegmentStanding


class HourlyJudge(Protocol):
    """One rule on one segment."""

    @property
    def terms(self) -> Terms:
        """How patient it is, and how loud."""
        ...

    def judge(self, at_ms: int, standing: SegmentStanding, parts: Parts) -> Judgement:
        """Judge at a time, ms, by what the window of the service level holds."""
        ...


class HourlyJudges:
    """Makes these judges, as configured."""

    __slots__ = ("_goals", "_ladder", "_levels", "_table", "_window_ms")

    def __init__(self, domain: Domain) -> None:
        """Read which rules there are."""
        self._goals, self._levels = domain.goal_alerts, domain.level_alerts
        self._table = domain.ladder
        self._ladder = None if self._levels is None else Ladder(domain, Slack(round(self._levels.margin * PPM)))
        self._window_ms = 0 if self._ladder is None else domain.windows.get(self._ladder.window, 0)

    def of(self, shape: tuple[str, ...], standing: SegmentStanding | None) -> tuple[HourlyJudge, ...]:
        """Return the judges of a segment with these dimensions."""
        if standing is None:
            return ()
        judges: list[HourlyJudge] = []
        if self._goals is not None:
            judges += [GoalJudge(self._goals, place, goal.goal.model.name) for place, goal in enumerate(standing.goals)]
        if self._levels is not None and self._ladder is not None and standing.window and shape in self._levels.segments:
            judges.append(LevelJudge(self._levels, self._table, self._ladder, self._window_ms))
        return tuple(judges)
