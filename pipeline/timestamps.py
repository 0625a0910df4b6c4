"""Times as producers write them: RFC 3339 text, Unix seconds or Unix milliseconds; inside, integer milliseconds UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TypeAlias

TimeInput: TypeAlias = str | int | float

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_parse = datetime.fromisoformat
EARLIEST_MS = 946_684_800_000
"""2000-01-01T00:00:00Z, inclusive."""
LATEST_MS = 4_102_444_800_000
"""2100-01-01T00:00:00Z, exclusive."""
_SECONDS_BELOW = 100_000_000_000
"""A number smaller than this is seconds (until the year 5138), otherwise milliseconds (from 1973)."""


def parse_time(given: TimeInput) -> int | None:
    """Return milliseconds since the Unix epoch, finer fractions cut off, or `None` where `given` is no time.

    Text is RFC 3339, or ISO 8601 in another form, and must carry an offset. A leap second is the one after it.
    """
    if not isinstance(given, str):
        return _parse_number(given)
    try:
        since = _parse(given) - _EPOCH
    except ValueError:
        return _parse_unusual(given)
    except TypeError:  # without an offset, nobody knows when
        return None
    return since.days * 86_400_000 + since.seconds * 1000 + since.microseconds // 1000


def _parse_unusual(text: str) -> int | None:
    """Read what RFC 3339 allows and Python does not: lower-case letters, second 60."""
    leap_ms = 1000 if text[16:19] == ":60" else 0
    usual = (f"{text[:17]}59{text[19:]}" if leap_ms else text).upper()
    if usual == text:
        return None
    at_ms = parse_time(usual)
    return None if at_ms is None else at_ms + leap_ms


def _parse_number(number: float) -> int | None:
    size = abs(number)
    if not size < _SECONDS_BELOW**2:  # said this way round, it holds of NaN too
        return None
    if size >= _SECONDS_BELOW:
        return int(number)
    if isinstance(number, int):
        return number * 1000
    return int(Decimal(repr(number)) * 1000)  # what was written, not what binary made of it


def format_time(at_ms: int) -> str:
    """Return RFC 3339 in UTC with milliseconds, such as `2026-03-29T01:00:00.000Z`."""
    moment = _EPOCH + timedelta(milliseconds=at_ms)
    return moment.isoformat(timespec="milliseconds")[:-6] + "Z"
