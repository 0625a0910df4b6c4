"""Numbers of any size as `mantissa * 2 ** exponent`, made with nothing but the four operations.

IEEE 754 asks every machine to round `+ - * /` and the scaling by powers of two in the same way, to the last bit. It does not ask
that of `exp`, whose last digit differs between C libraries: then a share of exactly the target could need one responder more on
one worker than on another. So the exponential is a series here, and what comes of it is the same everywhere.
"""

from __future__ import annotations

from math import frexp, ldexp
from typing import NamedTuple

# ln 2 in two parts: the first has 32 zero bits at its end, so that `k` times it is exact.
_LN2_HIGH = 0.6931471803691238
_LN2_LOW = 1.9082149292705877e-10
_LN2 = 0.6931471805599453
_TERMS = 17
"""For arguments up to ln(2) / 2 the next term is below 1e-23."""
_NOTHING_BELOW = -1e6


class Scaled(NamedTuple):
    """A number that may be far too large or too small for a float."""

    mantissa: float
    exponent: int = 0

    def times(self, factor: float) -> Scaled:
        """Return the product with a float."""
        mantissa, exponent = frexp(self.mantissa * factor)
        return Scaled(mantissa, self.exponent + exponent)

    def by(self, other: Scaled) -> Scaled:
        """Return the product with another one."""
        product = self.times(other.mantissa)
        return Scaled(product.mantissa, product.exponent + other.exponent)

    def shifted(self, exponent: int) -> float:
        """Return this times `2 ** exponent` as a float: 0.0 where it is too small for one."""
        return ldexp(self.mantissa, max(-5_000, self.exponent + exponent))


def exponential(power: float) -> Scaled:
    """Return e to a power, within some units of the last place of a float."""
    if power < _NOTHING_BELOW:
        return Scaled(0.0)
    halvings = round(power / _LN2)
    rest = (power - halvings * _LN2_HIGH) - halvings * _LN2_LOW
    total = 1.0
    for index in range(_TERMS, 0, -1):
        total = 1.0 + rest / index * total
    return Scaled(total, halvings)
