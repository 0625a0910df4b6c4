"""How much neighbouring replies share: a bad afternoon slows them all, so a hundred of them are not a hundred witnesses."""

from __future__ import annotations

import msgspec

from pipeline.judgement.detector.logs import MILLI, clip, root

MICRO = MILLI * MILLI
_BLOCK = 240
"""Minutes whose replies share a deviation."""
_LEAST = 4
_CLIP = 2_500
_HISTORY = 300
_ODD = 450
"""A block off by this much, in thousandths of a log, is an incident, not noise."""
_FADE = 985


class Dispersion(msgspec.Struct, array_like=True):
    """Variance, in standard deviations squared, that the replies of a block have in common."""

    began: int = 0
    count: int = 0
    total: int = 0
    """Sum of the standardised residuals, thousandths."""
    above: int = 500 * MILLI
    """Decayed sum of the blocks' excess variances, millionths."""
    below: int = 10 * MILLI
    """Decayed number of blocks, thousandths."""

    @property
    def shared(self) -> int:
        """Return the shared variance, millionths."""
        return max(0, self.above * MILLI // self.below)

    def add(self, standard_milli: int, amount: int) -> None:
        """Add replies with a residual in thousandths of a standard deviation."""
        self.total += amount * clip(standard_milli, _CLIP)
        self.count += amount

    def close(self, minute: int, spread: int, history: int) -> None:
        """Close a block that is long enough and holds enough."""
        if minute - self.began < _BLOCK or self.count < _LEAST:
            return
        mean = self.total // self.count
        if history > _HISTORY and mean * spread < _ODD * MILLI:
            own = MICRO // self.count
            self.above = self.above * _FADE // MILLI + min(mean * mean, 6 * (self.shared + own)) - own
            self.below = self.below * _FADE // MILLI + MILLI
        self.began, self.count, self.total = minute, 0, 0

    def factor(self, arrivals_milli: int, since_onset: int | None = None) -> int:
        """Return by how much the evidence is divided when so many customers came in the last hour, thousandths.

        Of a slow-down that has just begun, no more than the likelihood ratio of `since_onset` witnesses with one deviation in
        common says: the few who have spoken share less than the hour they belong to.
        """
        shared = self.shared
        whole = max(MILLI, root(MICRO + 4 * shared * arrivals_milli // MILLI))
        return whole if since_onset is None else min(whole, MILLI + shared * since_onset // MILLI)
