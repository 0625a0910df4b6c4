"""Plain words for pages: segments, durations and times."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.duration import show
from pipeline.windows.slots import Slots

_PHRASES = {
    "queue": "",
    "channel": "on ",
    "priority": "priority ",
    "team": "team ",
    "brand": "brand ",
    "region": "region ",
}
_PPM_PER_TENTH = 1_000


def where(segment: Mapping[str, str]) -> str:
    """Write a segment: "billing on chat"."""
    return " ".join(f"{_PHRASES[dimension]}{value or 'none'}" for dimension, value in segment.items()) or "everything"


def duration(duration_ms: int) -> str:
    """Write a duration to the minute, or to the second below two minutes."""
    unit = 60_000 if duration_ms >= 120_000 else 1_000
    return show(max(0, duration_ms) // unit * unit)


def clock(slots: Slots, then_ms: int, now_ms: int) -> str:
    """Write a time on the wall clock, with its date where that is another day's."""
    then = slots.local(then_ms)
    same_day = then.date() == slots.local(now_ms).date()
    return then.strftime("%H:%M %Z" if same_day else "%Y-%m-%d %H:%M %Z")


def percent(share_ppm: int) -> str:
    """Write a share to the tenth of a percent, rounded down: "92.4 %"."""
    tenths = share_ppm // _PPM_PER_TENTH
    return f"{tenths // 10}.{tenths % 10} %" if tenths % 10 else f"{tenths // 10} %"


def count(number: int, singular: str, plural: str = "") -> str:
    """Write a number with its noun."""
    return f"{number} {singular if number == 1 else plural or singular + 's'}"
