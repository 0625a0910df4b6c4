"""Whether what comes in is recent enough to judge anybody by.

While a source lags, replies lie unread and waiting customers seem to wait on: every rule would be wrong in the same
direction. So nothing is judged then, and the lag itself is said.
"""

from __future__ import annotations

from typing import NamedTuple

from pipeline.alertrules import LagModel
from pipeline.judgement.judge import Scene, Terms, Told
from pipeline.judgement.words import duration

NAME = "pipeline_lag"
_ACTION = "See the workers: whether they run, and whether they fall behind. Alerts on customers go on by themselves afterwards."


def lag_terms(model: LagModel) -> Terms:
    """Return the terms of the rule."""
    return Terms(NAME, model.severity, model.raise_after, model.clear_after)


class Lag(NamedTuple):
    """What the rule says of all of a tenant's numbers."""

    holds: bool
    behind_ms: int
    sources: int
    """How many sources are behind."""

    @property
    def clears(self) -> bool:
        """Return whether every source is recent."""
        return not self.holds

    @property
    def peak(self) -> int:
        """Return how far behind, ms."""
        return self.behind_ms

    @property
    def size(self) -> tuple[int, ...]:
        """Return how far behind, in units of five minutes, and how many sources are."""
        return self.behind_ms // 300_000, self.sources

    def tell(self, scene: Scene) -> Told:
        """Write the page."""
        return Told(
            summary=(
                f"the numbers are {duration(self.behind_ms)} old, since {scene.clock(scene.onset_at)}: "
                "alerts on customers rest until they are recent again"
            ),
            action=_ACTION,
            numbers={"behind_ms": self.behind_ms, "sources": self.sources},
        )


class Sources:
    """How far every source partition has come, live. Not kept over a restart: a new owner waits until it has heard of each."""

    __slots__ = ("_count", "_heard", "_limit_ms", "_since")

    def __init__(self, count: int, limit_ms: int | None) -> None:
        """Expect `count` sources; `None`: whatever is heard of them is recent enough."""
        self._count = count
        self._limit_ms = limit_ms
        self._heard: dict[int, int] = {}
        self._since = 0

    def heard(self, source: int, at_ms: int) -> None:
        """Note a source's own time, ms."""
        if self._limit_ms is not None and at_ms > self._heard.get(source, 0):
            self._heard[source] = at_ms

    def recent(self, now_ms: int) -> bool:
        """Return whether every source has been heard of, and none of them is behind."""
        if self._limit_ms is None:
            return True
        return len(self._heard) >= self._count and now_ms - min(self._heard.values(), default=0) <= self._limit_ms

    def lag(self, now_ms: int) -> Lag:
        """Judge at a time, ms. A source not heard of counts from the first time that was asked."""
        self._since = self._since or now_ms
        limit_ms = self._limit_ms or 0
        heard = [*self._heard.values(), *([self._since] * (self._count - len(self._heard)))]
        behind = [now_ms - at for at in heard if now_ms - at > limit_ms]
        return Lag(bool(behind), max(behind, default=0), len(behind))
