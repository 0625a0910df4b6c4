"""What is usual: mean and spread of log first reply times by hour of the day, weekdays and weekends apart.

Learnt hour by hour, with weekly forgetting. An hour under an alert is not learnt, nor a busy one that is clearly slow:
what is anomalous must not become usual. Hours that are merely quiet or suspicious are learnt - leaving them out would
make the usual value too low - and so is a cell whose replies were kept out more often than not: that is how it is.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from pipeline.judgement.detector.logs import MILLI, clip, ln_milli, root
from pipeline.judgement.detector.piles import Learnt, Piles, is_apart, shares

CELLS, CELLS_CLOSING = 48, 168
SHUT = CELLS_CLOSING
"""Added to the cell of who wrote while the queue was closed: the opening pile is learnt even when it is slow."""
HISTORY = 60
"""Replies before which nothing is usual yet."""
_SETTLED = 30
"""Replies after which outliers are clipped."""
_KAPPA = 4 * MILLI
"""Weight of what a cell is drawn towards, in thousandths of a reply."""
_KEEP = 85
"""Per cent of the weight that a week keeps."""
_MEMORY = 2_000 * MILLI
_BUSY = 20
_SLOW = 470
"""ln 1.6 in thousandths."""
_PRIOR = 20 * MILLI
_FIRST_VARIANCE, _FIRST_WEIGHT = 1_440_000, 50 * MILLI
_LEAST_SPREAD = 300
_CLIPPED = 1_086
"""What two standard deviations cut off the variance of a normal variable is made up by this, thousandths."""
_NEAR = (100, 70, 40, 15)
"""Per cent of the weight of an hour that those 0, 1, 2 and 3 hours away are drawn towards; of the other kind of day, half."""
_FRIDAY = 5 * 24
"""Cells of weekdays."""
_PILE_HOURS = 9
"""How far around an hour those who wait for the same opening are alike."""
_DOUBT = 4
"""What is learnt keeps a quarter of its weight when a new normal is accepted, or when an hour of the week contradicts it."""
_PLENTY = 4
"""Replies, at least, that contradict."""


class Heard(msgspec.Struct, array_like=True):
    """The replies of the current hour, of one cell."""

    count: int = 0
    logs: int = 0
    """Sum of the logarithms, clipped."""
    squares: int = 0
    """Sum of the squared residuals, clipped and made up for the clipping, millionths."""
    residuals: int = 0
    """Sum of the residuals as they are."""


class Cells(msgspec.Struct, array_like=True):
    """What has been learnt: the row, written once an hour. Weights are thousandths of a reply."""

    logs: list[int] = msgspec.field(default_factory=lambda: [0] * CELLS)
    """Sum of the logarithms per cell, times weight."""
    weights: list[int] = msgspec.field(default_factory=lambda: [0] * CELLS)
    arrivals: list[int] = msgspec.field(default_factory=lambda: [0] * CELLS)
    """Customers who began to wait, per cell."""
    variance: int = _FIRST_VARIANCE
    variance_weight: int = _FIRST_WEIGHT
    total: int = 0
    """Replies ever learnt."""
    week: int | None = None
    began: int = 0
    """Minute in which the present week of learning began."""
    weeks: int = 0
    """Weeks learnt before it, decayed, thousandths."""


class Prior(NamedTuple):
    """What is taken for usual before there is any history."""

    usual_ms: int


class Usual:
    """The usual first reply time of one segment."""

    __slots__ = ("_changed", "_piles", "_prior", "cells", "means", "shares", "spread")

    def __init__(self, prior: Prior | None, *, closes: bool = False, piles: Piles = ()) -> None:
        """Start cold: from the promise, where there is one.

        A queue that closes has a cell for each hour of the week; `piles` says which hour opens next where it is closed.
        """
        self._prior = prior
        self._piles = piles
        self._changed = False
        size = CELLS_CLOSING if closes else CELLS
        self.cells = Cells([0] * size, [0] * size, [0] * size)
        self.means = [0] * size
        self.spread = 0
        self.shares: list[int] = []
        """Of a queue that closes: by how much what a customer says is divided, thousandths, by cell."""
        self.refresh()

    @property
    def known(self) -> bool:
        """Whether there is something to compare with."""
        return self.cells.total >= HISTORY or self._prior is not None

    def is_apart(self, cell: int) -> bool:
        """Return whether the waits of a cell tell of a pile that is worked off rather than of the replies."""
        return bool(self.shares) and is_apart(self.shares[cell])

    def changed(self) -> Cells | None:
        """Return what has been learnt if it changed since the last call."""
        changed, self._changed = self._changed, False
        return self.cells if changed else None

    def restored(self, cells: Cells) -> None:
        """Go on from what had been learnt."""
        if len(cells.logs) == len(self.means):  # else the calendar has changed its kind: begin anew
            self.cells = cells
        self._changed = False
        self.refresh()

    def doubt(self, residuals: int, count: int) -> None:
        """Take replies that were kept out for what is usual: move there, and keep little of what was learnt."""
        cells = self.cells
        shift = residuals // count if count > 0 else 0
        cells.logs = [(logs + shift * weight) // _DOUBT for logs, weight in zip(cells.logs, cells.weights, strict=True)]
        cells.weights = [weight // _DOUBT for weight in cells.weights]
        self._changed = True
        self.refresh()

    def came(self, cell: int, count: int) -> None:
        """Count customers who began to wait in an hour that is over."""
        self.cells.arrivals[cell] += count * MILLI
        self._changed = True

    def hear(self, heard: dict[int, Heard], cell: int, log_milli: int, amount: int) -> None:
        """Note replies of the current hour."""
        entry = heard.get(cell)
        if entry is None:
            entry = heard[cell] = Heard()
        mean = self.means[cell % SHUT]
        residual = log_milli - mean
        entry.count += amount
        entry.residuals += amount * residual
        if self.cells.total < _SETTLED:
            entry.logs += amount * log_milli
            return
        entry.logs += amount * (mean + clip(residual, 5 * self.spread // 2))
        entry.squares += amount * clip(residual, 2 * self.spread) ** 2 * _CLIPPED // MILLI

    def learn(self, heard: dict[int, Heard], *, alarmed: bool) -> bool:
        """Learn an hour, unless it is quarantined; say whether anything was learnt."""
        cells = self.cells
        count = sum(entry.count for entry in heard.values())
        slow = count >= _BUSY and sum(entry.residuals for entry in heard.values()) > _SLOW * count
        if cells.total >= HISTORY and (alarmed or slow):
            kept_out = [cell for cell in heard if cell < SHUT and 2 * cells.weights[cell] >= cells.arrivals[cell]]
            heard = {cell: entry for cell, entry in heard.items() if cell not in kept_out}
            count = sum(entry.count for entry in heard.values())
        if count <= 0:
            return False
        squares = sum(entry.squares for entry in heard.values())
        if cells.total >= _SETTLED:
            cells.variance_weight += count * MILLI
            weight = max(min(cells.variance_weight, _MEMORY), count * MILLI)
            cells.variance += (squares - count * cells.variance) * MILLI // weight
        for cell, entry in sorted(heard.items()):
            if self._piles and cell < SHUT and entry.count >= _PLENTY and abs(entry.residuals) > _SLOW * entry.count:
                cells.logs[cell] //= _DOUBT
                cells.weights[cell] //= _DOUBT
            cells.logs[cell % SHUT] += entry.logs * MILLI
            cells.weights[cell % SHUT] += entry.count * MILLI
        cells.total += count
        self._changed = True
        return True

    def forget(self, minute: int, week: int) -> None:
        """Let a week's end take its share of the weight."""
        cells = self.cells
        self._changed |= week != cells.week
        if cells.week is None:
            cells.week, cells.began = week, minute
        elif week != cells.week:
            for table in (cells.logs, cells.weights, cells.arrivals):
                table[:] = [value * _KEEP // 100 for value in table]
            cells.variance_weight = cells.variance_weight * _KEEP // 100
            cells.weeks = (cells.weeks + (minute - cells.began) * MILLI // 10_080) * _KEEP // 100
            cells.week, cells.began = week, minute

    def weeks(self, minute: int) -> int:
        """Return how many weeks the weights stand for, thousandths, at least an hour."""
        return max(6, self.cells.weeks + (minute - self.cells.began) * MILLI // 10_080)

    def weekly(self, minute: int) -> int:
        """Return how many customers begin to wait in a week."""
        return sum(self.cells.arrivals) // self.weeks(minute)

    def refresh(self) -> None:
        """Bring means and spread up to date with the cells."""
        cells = self.cells
        weight, total = sum(cells.weights), sum(cells.logs)
        if self._prior is not None and cells.total < HISTORY:
            weight, total = weight + _PRIOR, total + _PRIOR * ln_milli(self._prior.usual_ms)
        mean = total // weight if weight else 0
        parents = self._parents(mean) if len(cells.logs) == CELLS_CLOSING else self._borrowed(mean)
        self.means = [
            (logs + _KAPPA * parent) // (weight + _KAPPA)
            for logs, weight, parent in zip(cells.logs, cells.weights, parents, strict=True)
        ]
        self.spread = max(_LEAST_SPREAD, root(cells.variance))
        self.shares = shares(self._piles, Learnt(self.means, cells.weights, cells.arrivals, max(MILLI, cells.weeks)))

    def _borrowed(self, mean: int) -> list[int]:
        """Return what the hours of a day are drawn towards: the hours around them, those of other days too, and the whole."""
        logs, weights = self.cells.logs, self.cells.weights
        parents: list[int] = []
        for cell in range(CELLS):
            day, hour = cell - cell % 24, cell % 24
            pooled, weight = _KAPPA * mean, _KAPPA
            for away in range(1 - len(_NEAR), len(_NEAR)):
                share, near = _NEAR[abs(away)], (hour + away) % 24
                same, other = day + near, (day + 24) % CELLS + near
                pooled += share * (2 * logs[same] * bool(away) + logs[other]) // 200
                weight += share * (2 * weights[same] * bool(away) + weights[other]) // 200
            parents.append(pooled // weight)
        return parents

    def _parents(self, mean: int) -> list[int]:
        """Return what the hours of a week are drawn towards: the same hour of all weekdays, or of the weekend."""
        logs, weights = self.cells.logs, self.cells.weights
        parents: list[int] = []
        for cell in range(CELLS_CLOSING):
            days = range(5) if cell < _FRIDAY else range(5, 7)
            alike = [day * 24 + cell % 24 for day in days]
            pooled, weight = sum(logs[one] for one in alike), sum(weights[one] for one in alike)
            parents.append((pooled + _KAPPA * mean) // (weight + _KAPPA))
        for cell, opening in enumerate(self._piles):
            if opening is not None:
                parents[cell] = self._of_pile(cell, opening, mean)
        return parents

    def _of_pile(self, cell: int, opening: int, mean: int) -> int:
        """Return what an hour is drawn towards that waits for an opening: the hours around it that wait for the same one."""
        logs, weights = self.cells.logs, self.cells.weights
        pooled, weight = _KAPPA * mean, _KAPPA
        for away in range(-_PILE_HOURS, _PILE_HOURS + 1):
            other = (cell + away) % CELLS_CLOSING
            if self._piles[other] == opening:
                pooled, weight = pooled + logs[other], weight + weights[other]
        return pooled // weight
