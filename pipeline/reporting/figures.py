"""Figures of a cell: every measure and rate of the catalogue that has something to say."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.catalogue import DEFINITIONS, MERGED, RATES, Unit
from pipeline.measures import INDEX, Kind
from pipeline.reporting.form import Figure
from pipeline.signals import DurationStats
from pipeline.windows.distribution import stats_of, together
from pipeline.windows.ratios import RATIOS, total
from pipeline.windows.rolling import Sums, split
from pipeline.windows.rows import Cell

_OUTCOMES = ("_met", "_breached")


class Numbers:
    """The numbers of one cell, by code of the catalogue."""

    def __init__(self, cell: Cell | None) -> None:
        """Take a cell; `None` where nothing is known."""
        self.known = cell is not None
        self._parts = split(cell or {})
        sums = Sums()
        sums.add(self._parts)
        self._sums = sums.parts

    def value(self, code: str) -> int | None:
        """Return the number of a code: a mean in ms, a count, or a rate in millionths; `None` where there is nothing."""
        if not self.known:
            return None
        if code in _RATES:
            return self.ratio(code)[0]
        if DEFINITIONS[code].kind is Kind.DURATION:
            return self.stats(code).mean_ms
        return self._number(INDEX[_MEASURES[code]])

    def stats(self, code: str) -> DurationStats:
        """Return the figures of a duration."""
        parts = [self._parts[INDEX[measure]] for measure in _OBSERVED[code] if INDEX[measure] in self._parts]
        return stats_of(together(parts))

    def ratio(self, code: str) -> tuple[int | None, int]:
        """Return a rate in millionths, and its denominator."""
        ratio = _RATES[code]
        below = total(ratio.denominator, self._sums)
        return ratio.share(total(ratio.numerator, self._sums), below), below

    def has(self, code: str) -> bool:
        """Return whether there is anything to say of a code."""
        if code in _RATES:
            return self.ratio(code)[1] > 0
        if DEFINITIONS[code].kind is Kind.DURATION:
            return self.stats(code).count > 0
        return bool(self._number(INDEX[_MEASURES[code]]))

    def _number(self, index: int) -> int:
        return self._parts.get(index, {}).get(0, 0)


_RATES = {ratio.name: ratio for ratio in RATIOS.values()}
_MEASURES = {measure.value: measure for measure in INDEX}
_OF_TIME = {
    rate.value
    for rate, one in RATES.items()
    if all(
        DEFINITIONS[term.measure].unit is Unit.MILLISECONDS and DEFINITIONS[term.measure].kind is Kind.AMOUNT
        for term in one.denominator
    )
}
_OBSERVED = {code: (measure,) for code, measure in _MEASURES.items()} | {merged.value: both for merged, both in MERGED.items()}
"""Code of a duration -> the measures whose observations it holds."""


def figure(code: str, now: Numbers, then: Mapping[str, Numbers]) -> Figure:
    """Return one figure with its differences; `then` names the earlier periods."""
    definition = DEFINITIONS[code]
    stats = now.stats(code) if definition.kind is Kind.DURATION and code not in _RATES else None
    return Figure(
        code=code,
        title=definition.title,
        unit=definition.unit,
        direction=definition.direction,
        is_rate=code in _RATES,
        value=now.value(code),
        count=stats.count if stats else now.ratio(code)[1] if code in _RATES else None,
        counts_time=code in _OF_TIME,
        p50=stats.p50_ms if stats else None,
        p90=stats.p90_ms if stats else None,
        p95=stats.p95_ms if stats else None,
        **{name: numbers.value(code) for name, numbers in then.items()},
    )


def figures(now: Numbers, then: Mapping[str, Numbers]) -> tuple[Figure, ...]:
    """Return every figure that has something to say now or had before; SLA outcomes have a table of their own."""
    return tuple(
        figure(code, now, then)
        for code in DEFINITIONS
        if not code.endswith(_OUTCOMES) and (now.has(code) or any(one.known and one.has(code) for one in then.values()))
    )
