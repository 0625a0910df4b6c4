"""When a zone's distance from UTC is what: the spans of constant offset, found by asking `zoneinfo`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

CHUNK_MS = 365 * 86_400_000
"""Calendars are computed in chunks of this length, counted from the Unix epoch."""
_STEP_MS = 6 * 3_600_000
"""No zone has changed its offset twice within six hours since 1970."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Span(NamedTuple):
    """From `since` to before `until` (UTC, ms) the wall clock reads UTC plus `offset_ms`."""

    since: int
    until: int
    offset_ms: int


@lru_cache(maxsize=4096)
def spans(zone: str, chunk: int) -> tuple[Span, ...]:
    """Return the spans that make up one chunk, in order."""
    info = ZoneInfo(zone)
    begin, end = chunk * CHUNK_MS, (chunk + 1) * CHUNK_MS
    found: list[Span] = []
    since, offset = begin, _offset(info, begin)
    for step in range(begin, end, _STEP_MS):
        until = step + _STEP_MS
        if (after := _offset(info, until)) != offset:
            change = _change(info, step, until, offset)
            found.append(Span(since, change, offset))
            since, offset = change, after
    return (*found, Span(since, end, offset)) if since < end else tuple(found)


def _change(info: ZoneInfo, low: int, high: int, before: int) -> int:
    """Return the first millisecond, after `low` and up to `high`, whose offset is not `before`."""
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(info, middle) == before:
            low = middle
        else:
            high = middle
    return high


def _offset(info: ZoneInfo, at_ms: int) -> int:
    offset = (_EPOCH + timedelta(milliseconds=at_ms)).astimezone(info).utcoffset()
    return 0 if offset is None else offset // timedelta(milliseconds=1)
