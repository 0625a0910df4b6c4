"""Promises of many tickets at once: clocks about to break, and clocks that broke of late and are still open.

Both count open work, so that what has been answered, or taken back, leaves by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from pipeline.alertrules import SlaAlertsModel
from pipeline.judgement.judge import Scene, Terms, Told
from pipeline.judgement.words import count, duration
from pipeline.measures import WORK_INDEX, Work
from pipeline.windows.openwork import StartTimes
from pipeline.windows.rows import Cell
from pipeline.windows.slots import MINUTE_MS

AT_RISK, BREACHED = "sla_at_risk", "sla_breached"
_ACTIONS = {
    AT_RISK: "Answer these before their deadline: the topic clocks has them in the order in which they are due.",
    BREACHED: "Answer the longest overdue first, and see why the queue fell behind.",
}


class Promises(NamedTuple):
    """What either rule says."""

    holds: bool
    rule: str
    counted: int
    """Clocks that the rule counts."""
    open: int
    """Of its kind, whenever they came."""
    oldest_at: int | None
    """When the oldest of them was at risk, or was broken, ms, to the minute."""
    window_ms: int

    @property
    def clears(self) -> bool:
        """Return whether there are too few."""
        return not self.holds

    @property
    def peak(self) -> int:
        """Return how many."""
        return self.counted

    @property
    def size(self) -> tuple[int, ...]:
        """Return how many."""
        return (self.counted,)

    def tell(self, scene: Scene) -> Told:
        """Write the page."""
        if self.rule == AT_RISK:
            what = f"{count(self.counted, 'promise')} about to be broken"
        else:
            what = f"{count(self.counted, 'promise')} broken within {duration(self.window_ms)} and still open, {self.open} in all"
        oldest = "" if self.oldest_at is None else f", the oldest since {scene.clock(self.oldest_at)}"
        return Told(
            summary=f"{scene.where}: {what}{oldest}; {scene.who_waits}",
            action=_ACTIONS[self.rule],
            numbers={"clocks": self.counted, "clocks_open": self.open},
        )


class _Judge:
    """What both rules share: only additions can make them begin to hold."""

    __slots__ = ("_model", "_times", "reach", "terms", "wake_ms")

    def __init__(self, model: SlaAlertsModel, times: StartTimes, terms: Terms) -> None:
        self.terms = terms
        self.wake_ms: int | None = 0
        self.reach = 0
        self._model = model
        self._times = times

    def add(self, minute: int, cell: Cell) -> None:
        """Take no notice: the rule reads open work."""

    def _oldest_at(self) -> int | None:
        minute = self._times.oldest_minute()
        return None if minute is None else minute * MINUTE_MS


class AtRiskJudge(_Judge):
    """Too many clocks past their first at-risk step."""

    __slots__ = ()

    @property
    def restless(self) -> bool:
        """Whether there are enough."""
        return self._times.count >= self._model.at_risk

    def judge(self, at_ms: int) -> Promises:
        """Judge now."""
        del at_ms
        self.wake_ms = None
        found = self._times.count
        return Promises(found >= self._model.at_risk, AT_RISK, found, found, self._oldest_at(), self._model.window)


class BreachedJudge(_Judge):
    """Too many clocks broken of late."""

    __slots__ = ()

    @property
    def restless(self) -> bool:
        """Whether there are enough."""
        return self._times.count >= self._model.breached

    def judge(self, at_ms: int) -> Promises:
        """Judge at a time, ms."""
        self.wake_ms = None
        since = at_ms // MINUTE_MS + 1 - self._model.window // MINUTE_MS
        found = self._times.count
        lately = found - self._times.before(since)
        return Promises(lately >= self._model.breached, BREACHED, lately, found, self._oldest_at(), self._model.window)


def promise_judges(model: SlaAlertsModel, work: Sequence[StartTimes]) -> tuple[AtRiskJudge, BreachedJudge]:
    """Return both rules for a segment's open work."""
    patience = model.raise_after, model.clear_after
    return (
        AtRiskJudge(model, work[WORK_INDEX[Work.AT_RISK]], Terms(AT_RISK, model.at_risk_severity, *patience)),
        BreachedJudge(model, work[WORK_INDEX[Work.BREACHED]], Terms(BREACHED, model.breached_severity, *patience)),
    )
