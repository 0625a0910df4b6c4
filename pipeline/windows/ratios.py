"""Rates of a window: what the catalogue puts over what, as whole millionths."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeAlias

from pipeline.catalogue import RATES, Rate, Term
from pipeline.measures import INDEX
from pipeline.signals import RateWindow

Number: TypeAlias = Callable[[int], int]
"""Index of a measure -> its number in a window: a counter's total, or how often a duration was observed."""


class Ratio(NamedTuple):
    """A rate, compiled."""

    name: str
    numerator: tuple[tuple[int, int], ...]
    """Index of a measure, sign."""
    denominator: tuple[tuple[int, int], ...]
    scale: int

    def over(self, number: Number) -> tuple[int, int]:
        """Return numerator and denominator."""
        above, below = (sum(sign * number(index) for index, sign in terms) for terms in (self.numerator, self.denominator))
        return above, below

    def share(self, above: int, below: int) -> int | None:
        """Return the rate in millionths, rounded towards minus infinity; `None` where the denominator is not above zero."""
        return above * self.scale // below if below > 0 else None


def _compiled(terms: Iterable[Term]) -> tuple[tuple[int, int], ...]:
    return tuple((INDEX[term.measure], term.sign) for term in terms)


RATIOS: dict[Rate, Ratio] = {
    rate: Ratio(rate.value, _compiled(given.numerator), _compiled(given.denominator), given.scale)
    for rate, given in RATES.items()
}

_ASKED: dict[int, list[Rate]] = {}
for _rate, _ratio in RATIOS.items():
    for _index in {index for index, _ in (*_ratio.numerator, *_ratio.denominator)}:
        _ASKED.setdefault(_index, []).append(_rate)


class Rates:
    """The rates of one window; only those are computed whose numbers changed."""

    __slots__ = ("_found",)

    def __init__(self) -> None:
        """Start without any."""
        self._found: dict[Rate, RateWindow] = {}

    def compute(
        self, changed: Iterable[int], now: Number, previous: Number, last_week: Number, month_before: Number
    ) -> dict[str, RateWindow]:
        """Return the rates that have a denominator in one of the positions, in the order of the catalogue."""
        found = self._found
        for rate in {rate for index in changed for rate in _ASKED.get(index, ())}:
            ratio = RATIOS[rate]
            (above, below), *then = (ratio.over(number) for number in (now, previous, last_week))
            if below or any(denominator for _, denominator in then):
                shares = [ratio.share(*each) for each in then]
                found[rate] = RateWindow(
                    numerator=above,
                    denominator=below,
                    ppm=ratio.share(above, below),
                    previous_ppm=shares[0],
                    last_week_ppm=shares[1],
                    month_before_ppm=ratio.share(*ratio.over(month_before)),
                )
            else:
                found.pop(rate, None)
        return {ratio.name: found[rate] for rate, ratio in RATIOS.items() if rate in found}
