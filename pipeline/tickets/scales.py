"""Ratings on any scale as one integer: the kind, and how far up its scale the score lies, in parts per million.

`rating_low` is the worst answer and `rating_high` the best one, so a scale on which less is better is written the other way
round (low 7, high 1). Where a scale is not given it is the usual one: CSAT 1 to 5, CES 1 to 7, NPS 0 to 10.
"""

from __future__ import annotations

from pipeline.events import Event

CSAT, CES, NPS = 1, 2, 3
KIND = 10_000_000
"""A rating is kind * KIND + share of the scale, ppm."""
_PPM = 1_000_000

_KINDS = {"csat": (CSAT, 1, 5), "ces": (CES, 1, 7), "nps": (NPS, 0, 10)}


def rating_of(event: Event) -> int:
    """Return what a rating says, or 0 where it has no kind, no scale, or a score outside its scale."""
    known = _KINDS.get(event.rating_kind or "")
    if known is None or event.rating_score is None:
        return 0
    kind, low, high = known
    low = low if event.rating_low is None else event.rating_low
    high = high if event.rating_high is None else event.rating_high
    if not min(low, high) <= event.rating_score <= max(low, high) or low == high:
        return 0
    return kind * KIND + (event.rating_score - low) * _PPM // (high - low)


def points(share_ppm: int, low: int, high: int) -> int:
    """Return a share of a scale as thousandths of a point between two ends, rounded down."""
    return low * 1_000 + share_ppm * (high - low) // 1_000
