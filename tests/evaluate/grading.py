"""Grades the alarms of one queue: found, missed, false, how late.

A positive incident is found by the first alarm that begins between its start and an hour after its impact; further ones
in that time are re-alerts. An alarm that begins outside every window is false. Incidents that are not positive and slow
spells that came by themselves are don't-care windows. A miss counts as infinitely late.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import exp, fsum, inf, lgamma, log
from statistics import NormalDist, median_low

from tests.evaluate.channels import WEEK
from tests.evaluate.queues import END, WARM, Queue

Alarm = tuple[float, float]
"""Begin and end."""
_GRACE = 60.0


@dataclass
class Grade:
    """What one detector did on some queues."""

    found: int = 0
    missed: int = 0
    false: int = 0
    again: int = 0
    delays: list[float] = field(default_factory=list)
    tickets: list[float] = field(default_factory=list)
    weeks: float = 0.0
    """Graded, less the time inside windows."""
    by_kind: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Found and all."""

    def add(self, other: Grade) -> None:
        """Pool with the grade of another queue."""
        self.found += other.found
        self.missed += other.missed
        self.false += other.false
        self.again += other.again
        self.weeks += other.weeks
        self.delays += other.delays
        self.tickets += other.tickets
        for kind, (found, total) in other.by_kind.items():
            mine = self.by_kind.get(kind, (0, 0))
            self.by_kind[kind] = (mine[0] + found, mine[1] + total)

    @property
    def recall(self) -> float:
        return self.found / max(1, self.found + self.missed)

    @property
    def recall_interval(self) -> tuple[float, float]:
        """Return Wilson's 95 % interval."""
        total, z = max(1, self.found + self.missed), NormalDist().inv_cdf(0.975)
        centre = (self.recall + z * z / (2 * total)) / (1 + z * z / total)
        half = z / (1 + z * z / total) * (self.recall * (1 - self.recall) / total + z * z / (4 * total * total)) ** 0.5
        return max(0.0, centre - half), min(1.0, centre + half)

    @property
    def false_weekly(self) -> float:
        return self.false / max(self.weeks, 1e-9)

    @property
    def false_interval(self) -> tuple[float, float]:
        """Return the exact 95 % interval of a Poisson rate, by bisection of its distribution."""
        weeks = max(self.weeks, 1e-9)
        low = 0.0 if not self.false else _bisect(lambda mean: 1 - _poisson(self.false - 1, mean), 0.025, self.false)
        return low / weeks, _bisect(lambda mean: 1 - _poisson(self.false, mean), 0.975, self.false) / weeks

    @property
    def delay(self) -> float:
        """Return the median, misses counted as never."""
        return _median(self.delays, self.missed)

    @property
    def delay_interval(self) -> tuple[float, float]:
        """Return the order statistics that hold the median with 95 %."""
        ordered = sorted([*self.delays, *[inf] * self.missed])
        if not ordered:
            return inf, inf
        half = 0.98 * len(ordered) ** 0.5
        low, high = int(len(ordered) / 2 - half), int(len(ordered) / 2 + half) + 1
        return ordered[max(0, low)], ordered[min(len(ordered) - 1, high)]

    @property
    def delay_tickets(self) -> float:
        return _median(self.tickets, self.missed)


def grade(queue: Queue, alarms: list[Alarm]) -> Grade:
    """Grade the alarms of one queue."""
    result = Grade()
    windows = [(one.start, one.impact_end + _GRACE, place) for place, one in enumerate(queue.incidents)]
    spells = [(since, until + _GRACE) for since, until in queue.spells]
    first: dict[int, float] = {}
    for begin, _ in alarms:
        hits = [place for since, until, place in windows if since <= begin <= until]
        positive = [place for place in hits if queue.incidents[place].positive]
        if positive:
            result.again += positive[-1] in first
            first.setdefault(positive[-1], begin)
        elif begin >= WARM and not hits and not any(since <= begin <= until for since, until in spells):
            result.false += 1
    arrivals = queue.arrivals
    for place, one in enumerate(queue.incidents):
        if not one.positive:
            continue
        found, total = result.by_kind.get(one.kind, (0, 0))
        result.by_kind[one.kind] = (found + (place in first), total + 1)
        if place not in first:
            result.missed += 1
            continue
        result.found += 1
        effect = min(one.effect_start, first[place])
        result.delays.append(max(0.0, first[place] - one.effect_start))
        result.tickets.append(float(arrivals.searchsorted(first[place]) - arrivals.searchsorted(effect)))
    inside = sum(min(until, END) - max(since, WARM) for since, until, *_ in [*windows, *spells] if until > WARM)
    result.weeks = (END - WARM - inside) / WEEK
    return result


def _median(values: list[float], missed: int) -> float:
    return median_low([*values, *[inf] * missed]) if values or missed else inf


def _poisson(count: int, mean: float) -> float:
    """Return the probability of at most `count`; terms from logarithms, since `exp(-mean)` is 0 from 745 on."""
    if mean <= 0:
        return 1.0
    return fsum(exp(index * log(mean) - mean - lgamma(index + 1)) for index in range(count + 1))


def _bisect(rising: object, target: float, count: int) -> float:
    low, high = 0.0, 10.0 + 3 * count + log(1 + count)
    for _ in range(60):
        middle = (low + high) / 2
        if rising(middle) < target:  # type: ignore[operator]
            low = middle
        else:
            high = middle
    return (low + high) / 2
