"""What a lead should know first, in plain words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipeline.catalogue import Direction
from pipeline.reporting.form import Figure, Promise, Wait
from pipeline.signals import Alert

_HOUR_MS = 3_600_000
_MINUTE_MS = 60_000
_NOTABLE_PPM = 100_000
"""A change of a tenth is worth a word."""


def lasting(duration_ms: int) -> str:
    """Write a duration in words for a sentence."""
    minutes = round(duration_ms / _MINUTE_MS)
    if minutes < 1:
        return f"{round(duration_ms / 1_000)} s"
    if minutes < 120:
        return f"{minutes} min"
    hours = round(duration_ms / _HOUR_MS)
    return f"{hours} h" if hours < 72 else f"{round(hours / 24)} days"


def headline(
    figures: Sequence[Figure],
    promises: Sequence[Promise],
    waits: Sequence[Wait],
    work: Mapping[str, int],
    alerts: Sequence[Alert],
) -> tuple[str, ...]:
    """Return a few sentences: the volume, the first reply and its change, promises kept, who waits, alerts."""
    by_code = {figure.code: figure for figure in figures}
    lines = []
    created, solved = (by_code.get(code) for code in ("created", "solved"))
    if created is not None and created.value is not None:
        lines.append(f"{created.value:,} tickets came{_changed(created)}, {(solved and solved.value) or 0:,} were solved.")
    first = by_code.get("first_reply")
    if first is not None and first.value is not None and first.p90 is not None:
        share = f"nine of ten within {lasting(first.p90)}"
        lines.append(f"The first reply took {lasting(first.value)} on average{_changed(first)}; {share}.")
    whole = [one for one in promises if not one.segment]
    if whole:
        met, breached = sum(one.met for one in whole), sum(one.breached for one in whole)
        lines.append(
            f"{_percent(met * 1_000_000 // (met + breached))} of {met + breached:,} promises were kept, {breached:,} were not."
        )
        worst = min(
            (one for one in promises if len(one.segment) == 1), key=lambda one: (-one.breached, one.kept_ppm), default=None
        )
        if worst is not None and worst.breached:
            name = next(iter(worst.segment.values())) or "nobody's queue"
            lines.append(f"Most were broken in {name}: {worst.breached:,} ({worst.promise.replace('_', ' ')}).")
    waiting = work.get("awaiting_first_reply", 0)
    if waiting:
        longest = max((one.waited_ms for one in waits if one.ended_at is None), default=None)
        oldest = "" if longest is None else f", the longest for {lasting(longest)}"
        lines.append(f"{waiting:,} customers are still waiting for a first reply{oldest}.")
    if alerts:
        lines.append(f"{len(alerts)} alert{'s' if len(alerts) > 1 else ''} fired.")
    return tuple(lines)


def _percent(ppm: int) -> str:
    return f"{ppm / 10_000:.1f} %"


def _changed(figure: Figure) -> str:
    before, now = figure.previous, figure.value
    if not before or now is None:
        return ""
    change = (now - before) * 1_000_000 // abs(before)
    if abs(change) < _NOTABLE_PPM // 10:
        return ", as in the period before"
    word = "more" if change > 0 else "less"
    if figure.direction is Direction.LOWER:
        word = "longer" if change > 0 else "shorter"
    return f" ({abs(change) // 10_000} % {word} than in the period before)"
