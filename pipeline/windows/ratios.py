"""Rates of a window: what the catalogue puts over what, as whole millionths."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

from pipeline.catalogue import DEFINITIONS, RATES, Rate, Term
from pipeline.measures import INDEX, Kind
from pipeline.signals import RateWindow

Then: TypeAlias = dict[int, tuple[int, int]]
"""Index of a measure -> sum and number of observations, or a counter's amount as the sum."""
_Terms: TypeAlias = tuple[tuple[int, int, int], ...]
"""Index of a measure, sign, and which of sum and number counts: a counter's amount, a duration's observations."""


class Ratio(NamedTuple):
    """A rate, compiled."""

    name: str
    numerator: _Terms
    denominator: _Terms
    scale: int

    def share(self, above: int, below: int) -> int | None:
        """Return the rate in millionths, rounded towards minus infinity; `None` where the denominator is not above zero."""
        return above * self.scale // below if below > 0 else None

    def of(self, sums: Then) -> int | None:
        """Return the rate of a position."""
        return self.share(total(self.numerator, sums), total(self.denominator, sums))


def total(terms: _Terms, sums: Then) -> int:
    """Add up what a position holds of some measures."""
    found = 0
    for index, sign, which in terms:
        there = sums.get(index)
        if there is not None:
            found += sign * there[which]
    return found


def _compiled(terms: Iterable[Term]) -> _Terms:
    kinds = ((term, DEFINITIONS[term.measure.value].kind) for term in terms)
    return tuple((INDEX[term.measure], term.sign, int(kind is Kind.DURATION)) for term, kind in kinds)


RATIOS: dict[Rate, Ratio] = {
    rate: Ratio(rate.value, _compiled(given.numerator), _compiled(given.denominator), given.scale)
    for rate, given in RATES.items()
}

_ASKED: dict[int, list[Rate]] = {}
for _rate, _ratio in RATIOS.items():
    for _index in {index for index, _, _ in (*_ratio.numerator, *_ratio.denominator)}:
        _ASKED.setdefault(_index, []).append(_rate)


def _asking(indices: Iterable[int]) -> set[Rate]:
    return {rate for index in indices for rate in _ASKED.get(index, ())}


class Rates:
    """The rates of one window; only those are computed whose numbers changed."""

    __slots__ = ("_found",)

    def __init__(self) -> None:
        """Start without any."""
        self._found: dict[Rate, RateWindow] = {}

    def compute(
        self, changed: Iterable[int], changed_then: Iterable[int], now: Then, previous: Then, last_week: Then, month: Then
    ) -> dict[str, RateWindow]:
        """Return the rates that have a denominator in one of the positions, in the order of the catalogue.

        `changed` are the measures that changed anywhere, `changed_then` those that did in the earlier positions.
        """
        found = self._found
        moved = _asking(changed_then)
        for rate in _asking(changed):
            ratio = RATIOS[rate]
            above, below = total(ratio.numerator, now), total(ratio.denominator, now)
            last = found.get(rate)
            if last is not None and below and rate not in moved:
                then = last.previous_ppm, last.last_week_ppm, last.month_before_ppm
            elif below or total(ratio.denominator, previous) or total(ratio.denominator, last_week):
                then = ratio.of(previous), ratio.of(last_week), ratio.of(month)
            else:
                found.pop(rate, None)
                continue
            found[rate] = RateWindow(
                numerator=above,
                denominator=below,
                ppm=ratio.share(above, below),
                previous_ppm=then[0],
                last_week_ppm=then[1],
                month_before_ppm=then[2],
            )
        return {ratio.name: found[rate] for rate, ratio in RATIOS.items() if rate in found}
