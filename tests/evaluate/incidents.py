"""Incidents with a known begin and end: a jump overnight, staff gone, an outage, a surge, a slow drift."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from tests.evaluate.channels import DAY, HOUR


class Kind(StrEnum):
    JUMP = "jump"
    STAFF = "staff"
    OUTAGE = "outage"
    SURGE = "surge"
    DRIFT = "drift"


@dataclass
class Incident:
    kind: Kind
    start: float
    end: float
    size: float
    effect_start: float = 0.0
    """The start; of a drift, when it has come to 1.5."""
    impact_end: float = 0.0
    """When 95 % of the tickets that it slowed have been answered."""
    positive: bool = False
    """It slowed enough tickets to be worth a page; others neither count as found nor as false."""


def planned(random: np.random.Generator, rate: float, warm: float, end: float) -> list[Incident]:
    """Return about 1.3 incidents a week, every kind in turn; longer and rarer ones for slow queues."""
    kinds = list(Kind)
    random.shuffle(kinds)  # type: ignore[arg-type]
    gap = 36 * HOUR * (3.0 if rate < 0.5 else 1.6 if rate < 2 else 1.0)
    found: list[Incident] = []
    at = warm + random.uniform(0.3, 2.5) * DAY
    while True:
        kind = kinds[len(found) % 5]
        start, length, size = _drawn(random, kind, at // DAY * DAY, 24.0 if rate < 0.5 else 6.0 if rate < 2 else 1.0)
        if start + length > end - 12 * HOUR:
            return found
        effect = start + (2 / 3) * length * (0.5 / (size - 1)) if kind is Kind.DRIFT else start
        found.append(Incident(kind, start, start + length, size, effect))
        at = start + length + gap + random.exponential(1.2 * DAY)


def _drawn(random: np.random.Generator, kind: Kind, day: float, slow: float) -> tuple[float, float, float]:
    """Draw start, length and size."""
    match kind:
        case Kind.JUMP:
            return day + random.uniform(20, 26) * HOUR, random.uniform(5, 10) * HOUR * max(1, slow / 3), random.uniform(2.5, 4.0)
        case Kind.STAFF:
            return day + random.uniform(7, 18) * HOUR, random.uniform(1.5, 6) * HOUR * slow, random.uniform(0.4, 0.75)
        case Kind.OUTAGE:
            return day + random.uniform(6, 22) * HOUR, random.uniform(40, 150) * slow, 1.0
        case Kind.SURGE:
            return day + random.uniform(7, 18) * HOUR, random.uniform(1, 4) * HOUR * slow, random.uniform(1.8, 4.0)
        case Kind.DRIFT:
            return day + random.uniform(0, 24) * HOUR, random.uniform(18, 48) * HOUR * max(1, slow / 6), random.uniform(2.2, 3.5)
