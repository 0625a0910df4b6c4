"""Whether a batch may be applied: the position rules. Pure.

Offsets alone cannot show a hole: transaction markers, aborted records and retention leave gaps that are the log's own. So every
batch says from where on the fetcher found nothing to read before it (`follows`). A batch that begins past the position is in
order exactly when that is at or before the position; anything else means that records were dropped on their way here, and the
partition asks for them again.
"""

from __future__ import annotations

from enum import StrEnum


class Verdict(StrEnum):
    """What to do with a batch."""

    FRESH = "fresh"
    """Apply all of it."""
    PARTLY_REPLAYED = "partly_replayed"
    """Apply the records at or above the position."""
    REPLAYED = "replayed"
    """Skip it: all of it has been applied."""
    HOLE = "hole"
    """Skip it and send the fetcher back to the position."""
    STALE = "stale"
    """Skip it: fetched before the fetcher was sent back; what is missing is on its way."""


def judge(position: int, first: int, last: int, follows: int, *, seeks: int = 0, awaited_seek: int = 0) -> Verdict:
    """Return what to do with a batch of the offsets `first` to `last`.

    `position` is the next offset to apply, `follows` from where on there was nothing to read before the batch, `seeks` how often
    the fetcher had been sent back when it drained the batch, and `awaited_seek` the number of the last time that this partition
    sent it back (0: never).
    """
    if last < position:
        return Verdict.REPLAYED
    if first < position:
        return Verdict.PARTLY_REPLAYED
    if follows <= position:
        return Verdict.FRESH
    return Verdict.STALE if seeks < awaited_seek else Verdict.HOLE
