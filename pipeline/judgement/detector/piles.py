"""Who waits together on a queue that closes, and how little each of them says: a pile that is worked off is one witness.

Who wrote while the queue was closed waits for the opening with all who did; who comes while that is worked off waits
behind it. They are late or in time together, by how much is left, and while they wait they are all old at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress
from typing import Final, NamedTuple

from pipeline.judgement.detector.logs import MILLI, exp_ms
from pipeline.windows.slots import HOUR, MINUTE_MS

Piles = Sequence[int | None]
"""By hour of the week, the hour that the queue opens in next where it is closed; of a queue that never closes nothing."""
_IN_COMMON: Final = 250
"""The variance, thousandths of the squared spread, that the waits of one pile have in common."""
_APART: Final = 2 * MILLI


class Learnt(NamedTuple):
    """What is known of the hours of a week."""

    means: Sequence[int]
    """Usual log wait."""
    weights: Sequence[int]
    """0: nobody who came then was answered yet."""
    arrivals: Sequence[int]
    """Customers, thousandths, in so many weeks."""
    weeks: int
    """Thousandths."""


def shares(piles: Piles, learnt: Learnt) -> list[int]:
    """Return by how much to divide what a customer says, thousandths, by the hour in which they came."""
    if not piles:
        return []
    return [MILLI + _IN_COMMON * together // MILLI for together in _together(piles, learnt)]


def is_apart(share: int) -> bool:
    """Return whether the waits of an hour tell of a pile rather than of the replies, by what is said in it is divided by."""
    return share >= _APART


def _together(piles: Piles, learnt: Learnt) -> list[int]:
    """Return how many customers, thousandths, wait together, by the hour in which one of them came.

    In open hours, those who usually come while one waits longer than in the middle one of all open hours: the rest of
    the wait is nobody's but one's own.
    """
    sizes = [0] * len(piles)
    for arrivals, opening in zip(learnt.arrivals, piles, strict=True):
        if opening is not None:
            sizes[opening] += arrivals
    own_ms = _own_ms(piles, learnt)
    found: list[int] = []
    for arrivals, mean, opening in zip(learnt.arrivals, learnt.means, piles, strict=True):
        if opening is not None:
            found.append(sizes[opening] * MILLI // learnt.weeks)
        else:
            behind_ms = max(0, exp_ms(mean) - own_ms)
            found.append(arrivals * MILLI // learnt.weeks * behind_ms // (HOUR * MINUTE_MS))
    return found


def _own_ms(piles: Piles, learnt: Learnt) -> int:
    """Return the usual wait in the middle one of the open hours in which anybody was answered, ms."""
    answered = (opening is None and weight > 0 for opening, weight in zip(piles, learnt.weights, strict=True))
    waits = sorted(compress(learnt.means, answered))
    return exp_ms(waits[len(waits) // 2]) if waits else exp_ms(max(learnt.means))
