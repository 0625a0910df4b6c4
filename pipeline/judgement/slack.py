"""How much less than a service level asks for is still taken for it, when a level is not to be called lost by chance."""

from __future__ import annotations

from math import isqrt
from typing import NamedTuple

_PPM = 1_000_000
_Z_MILLI = 1_645
"""Of a 95 % bound, one-sided, in thousandths."""
_STAR = 1_000
"""The standard deviation of one rating, taken to be a star; in thousandths of one."""
_STARS_ABOVE_ONE = 4


class Slack(NamedTuple):
    """What is taken off: a margin of the contacts, and more where so few decide that chance explains more."""

    margin_ppm: int
    chance: bool = True

    def of_share(self, asked_ppm: int, count: int) -> int:
        """Return what is taken off a share of `count` contacts, parts per million."""
        if not self.chance or count <= 0:
            return self.margin_ppm
        error_ppm = isqrt(asked_ppm * (_PPM - asked_ppm) // count)
        return max(self.margin_ppm, _Z_MILLI * error_ppm // 1_000)

    def of_stars(self, count: int) -> int:
        """Return what is taken off the mean of `count` ratings, thousandths of a star."""
        margin = self.margin_ppm * _STARS_ABOVE_ONE * _STAR // _PPM
        if not self.chance:
            return margin
        return max(margin, _Z_MILLI * isqrt(_STAR * _STAR // max(1, count)) // 1_000)


STRICT = Slack(0, chance=False)
"""Nothing is taken off."""
