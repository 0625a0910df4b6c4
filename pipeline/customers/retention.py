"""Customer retention, as mission row A10 defines it."""

from __future__ import annotations

_PPM = 1_000_000


def retention_ppm(at_end: int, won: int, at_start: int) -> int | None:
    """Return (customers at the end - customers won) / customers at the start, parts per million; `None` without a start.

    The source's own example: (300 - 76) / 350 = 224 / 350 = 64 %.
    """
    return (at_end - won) * _PPM // at_start if at_start > 0 else None


def of_window(at_end: int, won: int, lost: int) -> int | None:
    """Return the retention of a window that ends now: what was there at its start follows from what came and went."""
    return retention_ppm(at_end, won, at_end - won + lost)
