"""The tickets behind one number: who added what to a measure of a segment in a window."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from pipeline.accounting.account import Account
from pipeline.additions import Leaf
from pipeline.measures import Measure

MINUTE_MS = 60_000


class Trace(NamedTuple):
    """One amount of one ticket."""

    tenant: str
    ticket_id: str
    at: int
    """Event time of what caused it, ms."""
    minute: int
    """Where it stands: ms // 60,000."""
    what: str
    amount: int
    """Milliseconds of a duration, or how many a counter counted; a correction takes away."""
    observations: int


def within(leaf: Leaf, segment: Mapping[str, str], dimensions: Sequence[str]) -> bool:
    """Return whether a leaf belongs to a segment, `dimension -> value`; a segment without dimensions is everything."""
    return all(leaf[dimensions.index(name)] == value for name, value in segment.items())


def behind(
    accounts: Iterable[Account],
    measure: Measure,
    segment: Mapping[str, str],
    dimensions: Sequence[str],
    since_ms: int,
    until_ms: int,
) -> list[Trace]:
    """Return what stands behind a measure of a segment in the minutes of `[since, until)`, in the order of time.

    The amounts add up to the window's sum, the observations to its count.
    """
    since, until = since_ms // MINUTE_MS, -(-until_ms // MINUTE_MS)
    found = [
        Trace(told.tenant, told.ticket_id, step.at, one.minute, step.what, one.amount, one.observations)
        for told in accounts
        for step, one in told.contributions
        if one.measure is measure and since <= one.minute < until and within(one.leaf, segment, dimensions)
    ]
    return sorted(found, key=lambda trace: (trace.minute, trace.at, trace.tenant, trace.ticket_id))
