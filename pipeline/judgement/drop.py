"""The rule `level_dropped`: the service level of a segment has fallen below the one that it held.

Which level each measure of a segment holds is remembered: the one that it has kept for a while, at first for as long as the
window lasts, since the first contacts of a new queue say little. It is lost when it is missed by a margin, and by more than
chance explains, and regained when it is reached as the table has it. Between the two nothing is said, so a segment on the
edge of a level does not come and go. The segment holds the lowest level of its measures that hold one: what can be told for
the first time, such as ratings, is no drop.
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
    """Which level a measure holds, and since when it sees another one, as the segment's row keeps it. Append with a default."""

    level: int = 0
    """From 1; 0: none yet."""
    better: int = 0
    """The lowest level of a run above the one held; 0: no run."""
    better_since: int = 0
    """ms."""
    lost_since: int | None = None
    """Since when the level held is lost, ms."""

    def note(self, exact: int | None, lenient: int | None, at_ms: int, model: LevelAlertsModel, window_ms: int) -> None:
        """Take what is seen at a time, ms, over a window, ms.

        Args:
            exact: the level as the table has it; `None`: cannot tell.
            lenient: the level with the margin taken off.
            at_ms: when.
            model: how long levels take.
            window_ms: what the level is made of.

        """
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
            self._rise(exact, at_ms, model.settle_after if self.level else max(model.settle_after, window_ms))
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
    window: str
    held: int
    """The level held: the lowest of the measures that hold one; 0: none does."""
    level: int | None
    """The level of now, of the same measures; `None`: cannot tell."""
    names: tuple[str, ...]
    lacking: tuple[MeasureLevel, ...]
    """The measures that have lost it, as they are now."""

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
        found = {"level": self.level, "level_held": self.held or None}
        if self.lacking:
            worst = min(self.lacking, key=lambda one: one.level or 0)
            found |= {"share_ppm": worst.share_ppm, "missing_ppm": worst.missing_ppm, "contacts": worst.count}
        return Told(
            summary=f"{scene.where}: {self._words(scene)}; {scene.who_waits}",
            action=_ACTION,
            numbers={name: value for name, value in found.items() if value is not None},
        )

    def _words(self, scene: Scene) -> str:
        what = f"the service level of {self.window}"
        if not self.held:
            return f"{what} cannot be told any more"
        if self.clears:
            return f"{what} holds {self._named(self.held)}"
        now = "a level that cannot be told" if self.level is None else self._named(self.level)
        missing = "; ".join(one.words for one in self.lacking)
        lacks = f"; what is missing: {missing}" if missing else ""
        return f"{what} fell from {self._named(self.held)}, to {now}{lacks}; since {scene.clock(scene.onset_at)}"

    def _named(self, level: int) -> str:
        return f"{level} ({self.names[level - 1]})"


class LevelJudge:
    """The rule on one segment."""

    __slots__ = ("_lenient", "_model", "_names", "_window", "_window_ms", "changed", "held", "terms")

    def __init__(self, model: LevelAlertsModel, table: LadderModel, lenient: Ladder, window_ms: int) -> None:
        """Judge also by `lenient`, the ladder of `table` with the margin taken off; its window lasts `window_ms`."""
        self.terms = Terms(NAME, model.severity, model.raise_after, model.clear_after)
        self.held: dict[str, Held] = {}
        """By measure: one that could not be told before is no drop when it can."""
        self.changed = False
        """Whether what is held has changed since it was last written."""
        self._model = model
        self._lenient = lenient
        self._names = table.names
        self._window = lenient.window
        self._window_ms = window_ms

    def judge(self, at_ms: int, standing: SegmentStanding, parts: Parts) -> Drop:
        """Judge at a time, ms."""
        return self.read(standing.level(at_ms, parts), standing.level(at_ms, parts, self._lenient), at_ms)

    def read(self, exact: LevelStanding | None, lenient: LevelStanding | None, at_ms: int) -> Drop:
        """Judge the level as it stands at a time, ms, and the one with the margin taken off."""
        now, reached = _told(exact), {name: one.level for name, one in _told(lenient).items()}
        for name in sorted(self.held.keys() | now.keys()):
            held = self.held.setdefault(name, Held())
            before = msgspec.structs.astuple(held)
            held.note(now[name].level if name in now else None, reached.get(name), at_ms, self._model, self._window_ms)
            self.changed |= before != msgspec.structs.astuple(held)
        counted = {name: one for name, one in self.held.items() if one.level and (name in now or one.lost_since is not None)}
        level = min((one.level for one in counted.values()), default=0)
        lost = [name for name, one in counted.items() if one.lost_since is not None]
        known = [now[name].level or 0 for name in counted if name in now]
        return Drop(
            holds=any((reached.get(name) or level) < level for name in lost),
            clears=not any(name not in now or (now[name].level or 0) < level for name in lost),
            window=self._window,
            held=level,
            level=min(known, default=None),
            names=self._names,
            lacking=tuple(now[name] for name in lost if name in now and (now[name].level or 0) < level),
        )


def _told(standing: LevelStanding | None) -> dict[str, MeasureLevel]:
    """Return the measures whose level can be told."""
    return {} if standing is None else {one.measure.value: one for one in standing.measures if one.level is not None}
