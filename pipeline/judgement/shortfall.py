"""The rule `goal_behind`: a goal that will not be reached if things go on like this, or was not.

What is to be expected lies within an interval. The rule begins to hold where the whole of it falls short, and ceases where the
middle no longer does: what lies between neither raises nor clears, so a goal that is too close to call does not come and go.
"""

from __future__ import annotations

from typing import NamedTuple

from pipeline.alertrules import GoalAlertsModel
from pipeline.judgement.judge import Scene, Terms, Told
from pipeline.judgement.ladder import PPM, Parts
from pipeline.judgement.standing import SegmentStanding
from pipeline.standings import GoalStanding, GoalState

NAME = "goal_behind"
_ACTION = {
    GoalState.BEHIND: "See at which hours and on which topics contacts miss the limit; change the rota or the routing there, "
    "or say early that the goal will not be reached.",
    GoalState.MISSED: "Say so to those who were promised it; see what held it back before the next goal is set.",
}
_OVER = "Nothing: it is over."


class Shortfall(NamedTuple):
    """What the rule says."""

    holds: bool
    clears: bool
    standing: GoalStanding

    @property
    def peak(self) -> int:
        """Return how much the share lacks, parts per million."""
        return max(0, self.standing.wanted_ppm - (self.standing.share_ppm or 0))

    @property
    def size(self) -> tuple[int, ...]:
        """Return the state, and the shares of now and of the deadline in whole points."""
        standing, ahead = self.standing, self.standing.projection
        shares = (standing.share_ppm, None if ahead is None else ahead.share_ppm)
        return (_STATES.index(standing.state), *(-1 if share is None else share * 100 // PPM for share in shares))

    def tell(self, scene: Scene) -> Told:
        """Write the warning."""
        standing, ahead = self.standing, self.standing.projection
        found = {
            "share_ppm": standing.share_ppm,
            "required_ppm": standing.required_ppm,
            "expected_ppm": None if ahead is None else ahead.share_ppm,
            "expected_at_best_ppm": None if ahead is None else ahead.high_ppm,
        }
        numbers = {"wanted_ppm": standing.wanted_ppm, "contacts": standing.count, "deadline_at": standing.deadline_at}
        return Told(
            summary=f"{scene.where}: goal {standing.name}: {standing.words}; since {scene.clock(scene.onset_at)}",
            action=_ACTION.get(standing.state, _OVER),
            numbers=numbers | {name: value for name, value in found.items() if value is not None},
        )


_STATES = tuple(GoalState)


def _sure(standing: GoalStanding) -> bool:
    """Return whether chance does not explain it, and there is a trend: the first days of a goal are no projection."""
    return standing.certain and standing.projection is not None and standing.projection.days > 0


class GoalJudge:
    """The rule on one goal of one segment."""

    __slots__ = ("_certain", "_missed_for", "_place", "terms")

    def __init__(self, model: GoalAlertsModel, place: int, name: str) -> None:
        """Judge the goal at a place among its segment's."""
        self.terms = Terms(NAME, model.severity, model.raise_after, model.clear_after, goal=name)
        self._certain = model.certain
        self._missed_for = model.missed_for
        self._place = place

    def judge(self, at_ms: int, standing: SegmentStanding, _parts: Parts) -> Shortfall:
        """Judge at a time, ms."""
        return self.read(standing.goal(self._place, at_ms), at_ms)

    def read(self, standing: GoalStanding, at_ms: int) -> Shortfall:
        """Judge what is said of the goal at a time, ms."""
        match standing.state:
            case GoalState.BEHIND:
                return Shortfall(not self._certain or _sure(standing), False, standing)
            case GoalState.MISSED:
                fresh = at_ms < standing.deadline_at + self._missed_for
                return Shortfall(fresh, not fresh, standing)
            case GoalState.CANNOT_TELL:
                # What was known is kept until the deadline: a quiet week makes no goal good.
                return Shortfall(False, at_ms >= standing.deadline_at, standing)
            case _:
                return Shortfall(False, True, standing)
