"""The state of the segments, as their changelog keeps it, against the log: totals and open work of every leaf."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from agents.verification.findings import Check, Checked
from agents.verification.oracle import OracleResult
from agents.verification.oracle.customers import COUNTED
from agents.verification.oracle.facts import Leaf
from pipeline.measures import BLOCK, EDGES, SUM, Measure, Work
from pipeline.windows.rows import Cell, RowType, read_owner_key, read_work_key, unpack

_MEASURES, _WORKS = tuple(Measure), tuple(Work)
Place = tuple[str, Leaf]
"""Tenant, leaf."""


class SegmentRows:
    """What of the changelog's rows is compared."""

    def __init__(self, rows: Mapping[bytes, bytes]) -> None:
        """Read rows: their newest values by key."""
        self.totals: dict[Place, dict[int, int]] = {}
        self.work: dict[tuple[str, Leaf, Work], dict[int, int]] = {}
        for key, value in rows.items():
            if key[:1] == RowType.TOTAL.value:
                tenant, *leaf = read_owner_key(key)
                up, down = unpack(value, tuple[Cell, Cell])
                net = Counter(up)
                net.subtract(down)
                self.totals[tenant, tuple(leaf)] = {code: amount for code, amount in net.items() if amount}
            elif key[:1] == RowType.WORK.value:
                index, _, (tenant, *leaf) = read_work_key(key)
                starts = self.work.setdefault((tenant, tuple(leaf), _WORKS[index]), {})
                starts.update({start: amount for start, amount in unpack(value, Cell).items() if amount})


def tick_of(rows: Mapping[bytes, bytes]) -> int:
    """Return the last tick that the segments completed, ms; 0 before the first."""
    return max((unpack(value, int) for key, value in rows.items() if key[:1] == RowType.TICK.value), default=0)


def compare_state(truth: OracleResult, rows: SegmentRows, *, with_customers: bool) -> Checked:
    """Compare the totals since the beginning and the open work of every leaf."""
    checked = Checked(check=Check.STATE)
    _compare_totals(checked, truth, rows, with_customers=with_customers)
    expected = truth.work_starts()
    for place in sorted(expected.keys() | rows.work.keys()):
        tenant, leaf, kind = place
        if kind is Work.CUSTOMERS and not with_customers:
            continue
        right, found = expected.get(place, {}), rows.work.get(place, {})
        at = min((start for start in right.keys() | found.keys() if right.get(start, 0) != found.get(start, 0)), default=None)
        segment = dict(zip(map(str, truth.domain.dimensions), leaf, strict=True))
        what = "pieces of open work" if at is None else "pieces of open work that began then"
        counts = (sum(right.values()), sum(found.values())) if at is None else (right.get(at, 0), found.get(at, 0))
        checked.same(*counts, what, tenant, segment=segment, measure=kind.value, at=at)
    return checked


def _compare_totals(checked: Checked, truth: OracleResult, rows: SegmentRows, *, with_customers: bool) -> None:
    expected: dict[Place, Counter[int]] = {}
    for (tenant, leaf, _), cell in truth.codes().items():
        expected.setdefault((tenant, leaf), Counter()).update(cell)
    for tenant, leaf in sorted(expected.keys() | rows.totals.keys()):
        right, found = expected.get((tenant, leaf), Counter()), rows.totals.get((tenant, leaf), {})
        for code in sorted(right.keys() | found.keys()):
            measure, offset = _MEASURES[code // BLOCK], code % BLOCK
            if not with_customers and measure in COUNTED:
                continue
            what = f"observations in class {offset - EDGES}" if offset >= EDGES else "total" if offset == SUM else "code"
            segment = dict(zip(map(str, truth.domain.dimensions), leaf, strict=True))
            checked.same(right.get(code, 0), found.get(code, 0), what, tenant, segment=segment, measure=measure.value)
