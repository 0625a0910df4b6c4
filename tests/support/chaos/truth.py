"""What the numbers must be: the oracle's reading of everything that the ledger says is in the log, block by block."""

from __future__ import annotations

import multiprocessing
import os
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from typing import TypeAlias

from pipeline.additions import Leaf
from pipeline.config import Domain
from pipeline.measures import Work
from tests.oracle import Oracle
from tests.support.chaos.plan import Plan

Codes: TypeAlias = dict[tuple[str, Leaf, int], Counter[int]]
BreachKey: TypeAlias = tuple[str, str, str, int, int]
_BLOCKS_AT_ONCE = 20
_PROCESSES = 2
_NICE = 10
"""What the pipeline still has to do comes first."""


@dataclass
class Truth:
    """Sums over all tickets."""

    codes: Codes = field(default_factory=dict)
    """(tenant, leaf, minute) -> code -> amount, histogram classes left out."""
    work: dict[tuple[str, Leaf, Work], Counter[int]] = field(default_factory=dict)
    breaches: set[BreachKey] = field(default_factory=set)
    tickets: set[bytes] = field(default_factory=set)
    """Keys of all tickets."""
    events: int = 0
    duplicates: int = 0

    def add(self, other: Truth) -> None:
        """Add the truth about other tickets."""
        for place, cell in other.codes.items():
            self.codes.setdefault(place, Counter()).update(cell)
        for kind, starts in other.work.items():
            self.work.setdefault(kind, Counter()).update(starts)
        self.breaches |= other.breaches
        self.tickets |= other.tickets
        self.events += other.events
        self.duplicates += other.duplicates


class Telling:
    """The oracle at work in processes of its own, while the pipeline finishes."""

    def __init__(self, domain: Domain, plan: Plan, slots: int, until_ms: int) -> None:
        """Tell what the first `slots` slots of a plan come to at `until_ms`."""
        self._pool = ProcessPoolExecutor(_PROCESSES, multiprocessing.get_context("spawn"), os.nice, (_NICE,))
        blocks = [range(first, min(first + _BLOCKS_AT_ONCE, slots)) for first in range(0, slots, _BLOCKS_AT_ONCE)]
        self._parts: list[Future[Truth]] = [self._pool.submit(tell, domain, plan, part, slots, until_ms) for part in blocks]

    def result(self) -> Truth:
        """Wait for the oracle."""
        whole = Truth()
        for part in self._parts:
            whole.add(part.result())
        self._pool.shutdown()
        return whole


def tell(domain: Domain, plan: Plan, blocks: Iterable[int], slots: int, until_ms: int) -> Truth:
    """Return the truth about the tickets of some blocks."""
    whole = Truth()
    for block in blocks:
        events = list(plan.block(block, slots))
        result = Oracle(domain).run(events, until_ms)
        breaches = {(b.tenant, b.ticket_id, b.measure.value, b.instance, b.at_ms) for b in result.breaches()}
        whole.add(
            Truth(
                codes={place: Counter(cell) for place, cell in result.codes().items()},
                work={kind: Counter(starts) for kind, starts in result.work_starts().items()},
                breaches=breaches,
                tickets={f"{tenant}:{ticket}".encode() for tenant, ticket in result.tickets},
                events=len(events),
                duplicates=result.duplicates,
            )
        )
    return whole
