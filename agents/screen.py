"""What a person sees on a terminal: service levels and alerts as tables."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import UTC, datetime

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from pipeline.measures import Measure, Work
from pipeline.signals import Alert, AlertState, ServiceLevel

_PPM_PER_PERCENT = 10_000
_GLANCE_MS = 120_000
_DAY_MS = 86_400_000
_DAYS_MS = 100 * _DAY_MS
_HEADINGS = ("open", "waiting", "longest", "replies", "first reply", "p90", "with waiting", "usual", "breached", "kept")
_SPARED = frozenset({"open", "replies", "p90", "breached"})


def span(duration_ms: int | None) -> str:
    """Write a duration for a glance: two units at most."""
    if duration_ms is None:
        return "-"
    seconds = abs(duration_ms) // 1_000
    sign = "-" if duration_ms < 0 else ""
    for unit, size, lesser, part in (("d", 86_400, "h", 3_600), ("h", 3_600, "m", 60), ("m", 60, "s", 1)):
        if seconds >= size:
            rest = seconds % size // part
            return f"{sign}{seconds // size}{unit}" + (f" {rest}{lesser}" if rest else "")
    return f"{sign}{seconds}s"


def glance(duration_ms: int | None) -> str:
    """Write a duration for a table: minutes from two minutes on, seconds below; whole days from a hundred days on."""
    if duration_ms is None or abs(duration_ms) < _GLANCE_MS:
        return span(duration_ms)
    if abs(duration_ms) >= _DAYS_MS:
        return f"{round(duration_ms / _DAY_MS):,}d"
    return span(round(duration_ms / 60_000) * 60_000)


def moment(at_ms: int) -> str:
    """Write a time, UTC, to the minute."""
    return datetime.fromtimestamp(at_ms / 1_000, UTC).strftime("%Y-%m-%d %H:%M")


def name_of(segment: dict[str, str]) -> str:
    """Write a segment's name for people."""
    return " / ".join(value or "(none)" for value in segment.values()) or "everything"


def _difference(now_ms: int | None, change_ms: int | None) -> Text:
    text = Text(glance(now_ms))
    if change_ms:
        text.append(f" {'+' if change_ms > 0 else ''}{glance(change_ms)}", "red" if change_ms > 0 else "green")
    return text


def _share(level: ServiceLevel, window: str, promise: str) -> str:
    found = level.windows[window].promises.get(promise)
    if found is None or found.within_ppm is None:
        return "-"
    return f"{found.within_ppm // _PPM_PER_PERCENT} %"


def levels_table(
    levels: Iterable[ServiceLevel],
    window: str,
    title: str = "",
    alarmed: Collection[dict[str, str]] = (),
    *,
    brief: bool = False,
) -> Table:
    """Build a row per segment: waiting, first reply against last week, promises kept.

    Segments in `alarmed` stand out; a `brief` table does without the columns that do not fit into 80 characters.
    """
    table = Table(title=title or f"last {window}", expand=True, box=SIMPLE_HEAD)
    table.add_column("segment", no_wrap=True)
    for heading in _HEADINGS:
        if not (brief and heading in _SPARED):
            table.add_column(heading, justify="right", no_wrap=True)
    for level in levels:
        found = level.windows[window]
        first = found.durations.get(Measure.FIRST_REPLY)
        waiting = level.work.get(Work.AWAITING_FIRST_REPLY)
        oldest_ms = None if waiting is None or waiting.oldest_at is None else level.as_of - waiting.oldest_at
        opened = level.work.get(Work.OPEN)
        promise = found.promises.get("first_reply")
        cells: dict[str, Text | str] = {
            "open": str(opened.count if opened else 0),
            "waiting": str(waiting.count if waiting else 0),
            "longest": glance(oldest_ms),
            "replies": str(first.now.count if first else 0),
            "first reply": _difference(first.now.mean_ms, first.last_week.difference_ms) if first else "-",
            "p90": glance(first.now.p90_ms if first else None),
            "with waiting": glance(level.first_reply_now_ms),
            "usual": glance(level.first_reply_usual_ms),
            "breached": Text(str(promise.breached), "red" if promise.breached else "") if promise else "-",
            "kept": _share(level, window, "first_reply"),
        }
        name = Text(name_of(level.segment), "bold red" if level.segment in alarmed else "")
        table.add_row(name, *(cell for heading, cell in cells.items() if not (brief and heading in _SPARED)))
    return table


def alert_panel(alert: Alert) -> Panel:
    """Build the panel of one alert: firing in red, resolved in green."""
    firing = alert.state is AlertState.FIRING
    title = f"{'FIRING' if firing else 'resolved'}: {alert.rule} ({alert.severity}) - {name_of(alert.segment)}"
    return Panel(alert.summary, title=title, border_style="bold red" if firing else "green", title_align="left")


def board(levels: Iterable[ServiceLevel], alerts: Iterable[Alert], window: str, title: str = "") -> RenderableType:
    """Build the whole picture: levels, then alerts, newest first."""
    ordered = sorted(alerts, key=lambda alert: -alert.raised_at)
    return Group(levels_table(levels, window, title), *(alert_panel(alert) for alert in ordered[:4]))
