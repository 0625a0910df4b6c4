"""The rule `level_dropped`: the service level of a segment has fallen below the one that it held.

Which level a segment holds is remembered: the one that it has kept for a while. It is lost when it is missed by a margin, and by
more than chance explains, and regained when it is reached as the table has it. Between the two nothing is said, so a segment on
the edge of a level does not come and go.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from pipeline.alertrules import LevelAlertsModel
from pipeline.judgement.judge import Scene, Terms, Told
from pipeline.judgement.ladder import Ladder, Parts
from pipeline.judgement.standing import SegmentStanding
from pipeline.standards import LadderModel
from pipeline.standings import LevelStanding, MeasureLevel

NAME = "level_dropped"
_ACTION = "See what holds the level back, and in which hours; change the rota or the routing there, or promise less."


class Held(msgspec.Struct, array_like=True):
    """Which level a segment holds, and since when it sees another one, as its row keeps it. Append with a default."""

    level: int = 0
    """From 1; 0: none yet."""
    better: int = 0
    """The lowest level of a run above the one held; 0: no run."""
    better_since: int = 0
    """ms."""
    lost_since: int | None = None
    """Since when the level held is lost, ms."""

    def note(self, exact: int | None, lenient: int | None, at_ms: int, model: LevelAlertsModel) -> None:
        """Take what is seen at a time, ms: the level as the table has it, and with the margin taken off; `None`: cannot tell."""
        if exact is None or lenient is None:
            if self._lost_for(at_ms) >= model.new_normal_after:
                self._hold(0)
            return
        if self.level and lenient < self.level:
            self.better = 0
            self.lost_since = at_ms if self.lost_since is None else self.lost_since
        elif exact >= self.level:
            self.lost_since = None
        if self._lost_for(at_ms) >= model.new_normal_after:
            self._hold(exact)
        if exact > self.level:
            self._rise(exact, at_ms, model.settle_after)
        else:
            self.better = 0

    def _lost_for(self, at_ms: int) -> int:
        return 0 if self.lost_since is None else at_ms - self.lost_since

    def _rise(self, exact: int, at_ms: int, settle_ms: int) -> None:
        if not self.better:
            self.better_since = at_ms
        self.better = min(self.better or exact, exact)
        if at_ms - self.better_since >= settle_ms:
            self._hold(self.better)

    def _hold(self, level: int) -> None:
        self.level, self.better, self.lost_since = level, 0, None


class Drop(NamedTuple):
    """What the rule says."""

    holds: bool
    clears: bool
    held: int
    """The level held; 0: none any more."""
    held_name: str
    standing: LevelStanding | None
    """`None`: nothing has happened that could be judged."""

    @property
    def level(self) -> int | None:
        """Return the level of now; `None`: cannot tell."""
        return None if self.standing is None else self.standing.level

    @property
    def peak(self) -> int:
        """Return by how many levels it is lower."""
        return 0 if self.level is None else max(0, self.held - self.level)

    @property
    def size(self) -> tuple[int, ...]:
        """Return the level of now, 0 where it cannot be told, and the one held."""
        return self.level or 0, self.held

    def tell(self, scene: Scene) -> Told:
        """Write the warning."""
        lowest = self._lowest()
        found = {"level": self.level, "level_held": self.held or None}
        if lowest is not None:
            found |= {"share_ppm": lowest.share_ppm, "missing_ppm": lowest.missing_ppm, "contacts": lowest.count}
        return Told(
            summary=f"{scene.where}: {self._words(scene)}; {scene.who_waits}",
            action=_ACTION,
            numbers={name: value for name, value in found.items() if value is not None},
        )

    def _words(self, scene: Scene) -> str:
        now = "no contacts" if self.standing is None else self.standing.words
        what = "the service level" if self.standing is None else f"the service level of {self.standing.window}"
        if not self.held:
            return f"{what} cannot be told any more; {now}"
        held = f"{self.held}, {self.held_name}"
        since = scene.clock(scene.onset_at)
        return f"{what} holds {held}; {now}" if self.clears else f"{what} fell from {held}; {now}; since {since}"

    def _lowest(self) -> MeasureLevel | None:
        """Return the measure that holds the level back."""
        measures = () if self.standing is None else self.standing.measures
        return min((one for one in measures if one.level is not None), key=lambda one: one.level or 0, default=None)


class LevelJudge:
    """The rule on one segment."""

    __slots__ = ("_lenient", "_model", "_names", "changed", "held", "terms")

    def __init__(self, model: LevelAlertsModel, table: LadderModel, lenient: Ladder) -> None:
        """Judge also by `lenient`, the ladder of `table` with the margin taken off."""
        self.terms = Terms(NAME, model.severity, model.raise_after, model.clear_after)
        self.held = Held()
        self.changed = False
        """Whether what is held has changed since it was last written."""
        self._model = model
        self._lenient = lenient
        self._names = table.names

    def judge(self, at_ms: int, standing: SegmentStanding, parts: Parts) -> Drop:
        """Judge at a time, ms."""
        exact = standing.level(at_ms, parts)
        lenient = standing.level(at_ms, parts, self._lenient)
        return self.read(exact, None if lenient is None else lenient.level, at_ms)

    def read(self, exact: LevelStanding | None, lenient: int | None, at_ms: int) -> Drop:
        """Judge the level as it stands at a time, ms, and the one with the margin taken off."""
        held, before = self.held, msgspec.structs.astuple(self.held)
        held.note(None if exact is None else exact.level, lenient, at_ms, self._model)
        self.changed |= before != msgspec.structs.astuple(held)
        lost = held.lost_since is not None and lenient is not None and lenient < held.level
        name = self._names[held.level - 1] if held.level else ""
        return Drop(lost, held.lost_since is None, held.level, name, exact)
