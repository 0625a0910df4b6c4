"""Figures of a cell: every measure and rate of the catalogue that has something to say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pipeline.catalogue import DEFINITIONS, MERGED, RATES, Unit
from pipeline.measures import INDEX, Kind, Measure
from pipeline.reporting.form import Figure
from pipeline.signals import DurationStats
from pipeline.windows.levels import EMPTY, count_and_sum, stats_of
from pipeline.windows.panes import merge
from pipeline.windows.ratios import RATIOS
from pipeline.windows.rolling import Parts, split
from pipeline.windows.rows import Cell

_OUTCOMES = ("_met", "_breached")


class Numbers:
    """The numbers of one cell, by code of the catalogue."""

    def __init__(self, cell: Cell | None) -> None:
        """Take a cell; `None` where nothing is known."""
        self.known = cell is not None
        self._parts: Parts = split(cell or {})
        self._merged = {merged.value: self._whole(measures) for merged, measures in MERGED.items()}

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
        part = self._merged.get(code)
        if part is None:
            part = self._parts.get(INDEX[_MEASURES[code]], {})
        return stats_of(part) if part else EMPTY

    def ratio(self, code: str) -> tuple[int | None, int]:
        """Return a rate in millionths, and its denominator."""
        ratio = _RATES[code]
        above, below = ratio.over(self._observed)
        return ratio.share(above, below), below

    def has(self, code: str) -> bool:
        """Return whether there is anything to say of a code."""
        if code in _RATES:
            return self.ratio(code)[1] > 0
        if DEFINITIONS[code].kind is Kind.DURATION:
            return self.stats(code).count > 0
        return bool(self._number(INDEX[_MEASURES[code]]))

    def _whole(self, measures: Iterable[Measure]) -> Cell:
        whole: Cell = {}
        for measure in measures:
            merge(whole, self._parts.get(INDEX[measure], {}))
        return whole

    def _number(self, index: int) -> int:
        return self._parts.get(index, {}).get(0, 0)

    def _observed(self, index: int) -> int:
        """Return what a rate counts: a counter's total, or how often a duration was observed."""
        part = self._parts.get(index, {})
        return count_and_sum(part)[0] if index in _DURATIONS else part.get(0, 0)


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
_DURATIONS = {INDEX[_MEASURES[code]] for code, one in DEFINITIONS.items() if one.kind is Kind.DURATION and code in _MEASURES}


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
