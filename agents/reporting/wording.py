"""How the numbers of a report are written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from agents.screen import glance
from pipeline.catalogue import Direction, Unit
from pipeline.reporting.form import Figure, Form, Report
from pipeline.windows.slots import MINUTE_MS, MONTH, WEEK

NOTHING = "-"
TITLES = {Form.PERIOD: "Support report", Form.HANDOVER: "Shift handover", Form.WEEKLY: "Weekly digest"}
_EARLIER = {"previous": "the period before", "last_week": "last week", "month_before": "the month before"}
_PPM = 1_000_000
_WRITERS: dict[Unit, Callable[[float], str]] = {
    Unit.MILLISECONDS: lambda value: glance(round(value)),
    Unit.SHARE: lambda value: f"{value * 100:.1f} %",
    Unit.NET_SHARE: lambda value: f"{value * 100:.0f}",
    Unit.MILLIPOINTS: lambda value: f"{value / 1_000:.2f}",
    Unit.MINOR_UNITS: lambda value: f"{value / 100:,.2f}",
    Unit.POINTS: lambda value: f"{value:,.2f}".removesuffix(".00"),
}


def _count(value: float) -> str:
    return f"{value:,.0f}"


def amount(value: int | None, figure: Figure) -> str:
    """Write a value in the unit of a figure; rates are millionths of theirs."""
    if value is None:
        return NOTHING
    number = value / _PPM if figure.is_rate else value
    return _WRITERS.get(figure.unit, _count)(number)


def difference(figure: Figure, then: int | None) -> tuple[str, str]:
    """Return how a figure differs from an earlier one, and whether that is `better`, `worse` or neither (``)."""
    if figure.value is None or then is None:
        return NOTHING, ""
    change = figure.value - then
    if change == 0:
        return "=", ""
    size = amount(abs(change), figure)
    if figure.unit is Unit.SHARE:
        size = f"{size.removesuffix(' %')} points"
    written = f"{'+' if change > 0 else '-'}{size}"
    if figure.direction is Direction.NEITHER:
        return written, ""
    better = (change > 0) is (figure.direction is Direction.HIGHER)
    return written, "better" if better else "worse"


def moment(at_ms: int, zone: str) -> str:
    """Write a time in a zone, to the minute."""
    return datetime.fromtimestamp(at_ms / 1_000, ZoneInfo(zone)).strftime("%a %Y-%m-%d %H:%M")


def earlier(report: Report) -> list[tuple[str, str]]:
    """Return the earlier periods that the log reaches, each once, by field of `Figure`, with what they are called."""
    is_before = {"last_week": WEEK, "month_before": MONTH}
    return [
        (code, heading)
        for code, heading in _EARLIER.items()
        if any(getattr(one, code) is not None for one in report.figures)
        and report.until - report.since != is_before.get(code, 0) * MINUTE_MS
    ]
