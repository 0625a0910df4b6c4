"""Durations as people write them (`15m`, `1d 12h`) and as the pipeline keeps them: integer milliseconds."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BeforeValidator, Field

_UNITS_MS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_PART = re.compile(r"\s*(\d+)\s*(ms|[smhdw])\s*")


def parse(text: object) -> object:
    """Turn `1h 30m` into milliseconds; pass anything but a string on, for the model to judge.

    Raises:
        ValueError: the text is not a sum of whole numbers with the units ms, s, m, h, d, w.

    """
    if not isinstance(text, str):
        return text
    position, total = 0, 0
    while match := _PART.match(text, position):
        total += int(match[1]) * _UNITS_MS[match[2]]
        position = match.end()
    if position != len(text) or not text.strip():
        msg = f"{text!r} is not a duration; write for example 45s, 15m, 4h, 1d 12h"
        raise ValueError(msg)
    return total


def show(duration_ms: int) -> str:
    """Write milliseconds the shortest exact way that `parse` reads back: `90_000` is `1m 30s`."""
    left, words = abs(duration_ms), []
    for unit in ("d", "h", "m", "s", "ms"):
        count, left = divmod(left, _UNITS_MS[unit])
        if count:
            words.append(f"{count}{unit}")
    return ("-" if duration_ms < 0 else "") + (" ".join(words) or "0s")


def rounded(duration_ms: int) -> str:
    """Write a duration for people: to the minute, or to the second below two minutes."""
    unit = 60_000 if abs(duration_ms) >= 120_000 else 1_000
    return show(duration_ms // unit * unit)


Millis = Annotated[int, BeforeValidator(parse), Field(ge=0)]
"""A configured duration: a string with units; kept as milliseconds."""
