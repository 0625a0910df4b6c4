"""The plots of a report, as SVG that stands inside the page: no script, no file beside it. Drawn by Matplotlib."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

import matplotlib as mpl
import matplotlib.dates as mdates
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from pipeline.duration import parse
from pipeline.reporting.form import Report

INK, SOFT, BLUE, ORANGE, LIGHT, GREY = "#1f2933", "#56616d", "#2563a8", "#c2570c", "#b4c0cc", "#d5dbe1"
"""Told apart by colour-blind eyes, and by their lightness in print."""
_Locator: Any = mdates.AutoDateLocator
_Formatter: Any = mdates.ConciseDateFormatter
_NoTicks: Any = NullLocator
"""Matplotlib types its arrays, but neither its dates nor what it draws of times: `Any` ends in this file."""
_STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "firstreply",
    "font.family": "sans-serif",
    "font.size": 10,
    "text.color": INK,
    "axes.labelcolor": SOFT,
    "axes.edgecolor": GREY,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "grid.color": GREY,
    "grid.linewidth": 0.6,
    "legend.frameon": False,
}
_MINUTE_MS = 60_000
_LEAST_MS = _MINUTE_MS
"""Replies in no time would have no place on a logarithmic axis; nobody waits for a shorter one."""
_MOST_TICKS = 7
_UNITS = {"days": 86_400_000, "hours": 3_600_000}
_TICKS = ("10s", "1m", "5m", "15m", "1h", "4h", "1d", "3d", "7d", "30d", "90d", "365d")
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def first_replies(report: Report) -> str:
    """Draw median and 90th percentile of the first reply over the period."""

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        times = _times(report)
        size = _durations(
            axes, [one.first_reply_p50_ms for one in report.course], [one.first_reply_p90_ms for one in report.course]
        )
        for name, label, colour, style in (("p90", "90th percentile", ORANGE, "--"), ("p50", "median", BLUE, "-")):
            values = [getattr(one, f"first_reply_{name}_ms") for one in report.course]
            least = _LEAST_MS if size == 1 else 0
            heights = [float("nan") if value is None else max(value, least) / size for value in values]
            axes.plot(times, heights, style, color=colour, label=label, linewidth=1.8, marker="o", markersize=2.5)
        dates(axes, report.zone)
        axes.legend(loc="lower left", bbox_to_anchor=(0, 0.99), ncols=2, borderaxespad=0)

    return svg(draw, 8.6, 2.8, "Median and 90th percentile of the first reply time over the period")


def volume(report: Report) -> str:
    """Draw tickets that came and were solved."""

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        width = report.step_ms / 86_400_000 * 0.8
        axes.bar(_times(report), [one.created for one in report.course], width=width, color=LIGHT, label="came", align="edge")
        solved = [one.solved for one in report.course]
        ends = [*_times(report), _time(report.course[-1].since + report.step_ms, report)]
        axes.step(ends, [*solved, *solved[-1:]], where="post", color=BLUE, label="solved", linewidth=1.6)
        axes.set_ylabel("tickets")
        dates(axes, report.zone)
        axes.legend(loc="lower left", bbox_to_anchor=(0, 0.99), ncols=2, borderaxespad=0)

    return svg(draw, 8.6, 2.4, "Tickets that came and tickets that were solved over the period")


def week(report: Report) -> str:
    """Draw tickets created by weekday and hour."""

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        most = max(map(max, report.volume)) or 1
        axes.imshow(report.volume, aspect="auto", cmap="Blues", vmin=0, vmax=most)
        axes.grid(visible=False)
        axes.set_yticks(range(7), _WEEKDAYS)
        axes.set_xticks(range(0, 24, 2), [f"{hour:02d}" for hour in range(0, 24, 2)])
        for day, counts in enumerate(report.volume):
            for hour, count in enumerate(counts):
                if count:
                    axes.text(
                        hour, day, str(count), ha="center", va="center", fontsize=6.5, color="w" if count > most * 0.6 else INK
                    )

    return svg(draw, 8.6, 2.6, "Tickets created by weekday and hour")


def _times(report: Report) -> Any:
    return [_time(one.since, report) for one in report.course]


def _time(at_ms: int, report: Report) -> datetime:
    return datetime.fromtimestamp(at_ms / 1_000, ZoneInfo(report.zone))


def _durations(axes: Any, medians: Sequence[int | None], highest: Sequence[int | None]) -> int:
    """Set up an axis of durations and return its unit, ms. Where they differ a hundredfold it is logarithmic."""
    most, least = max((one or 0 for one in highest), default=0), min((one for one in medians if one), default=0)
    unit, size = next(((unit, size) for unit, size in _UNITS.items() if most >= 3 * size), ("minutes", _MINUTE_MS))
    if least and most > 100 * least:
        axes.set_yscale("log")
        shown = [text for text in _TICKS if max(least, _LEAST_MS) / 4 <= _ms(text) <= most * 2]
        shown = shown[:: -(-len(shown) // _MOST_TICKS)]
        axes.set_yticks([_ms(text) for text in shown], shown)
        axes.yaxis.set_minor_locator(_NoTicks())
        axes.set_ylabel("first reply")
        return 1
    axes.set_ylabel(f"first reply, {unit}")
    axes.set_ylim(bottom=0)
    return size


def _ms(text: str) -> int:
    ms = parse(text)
    assert isinstance(ms, int)  # noqa: S101 - a tick is a duration
    return ms


def dates(axes: Any, zone: str) -> None:
    """Write the times of a horizontal axis by the wall clock of a zone."""
    locator = _Locator(tz=ZoneInfo(zone), maxticks=12)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(_Formatter(locator, tz=ZoneInfo(zone)))


def svg(draw: Callable[[Figure], None], width: float, height: float, title: str) -> str:
    """Return what a function draws, inches wide and high, as SVG that stands inside a page; the title is read aloud."""
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(width, height), layout="constrained")
        draw(figure)
        out = StringIO()
        figure.savefig(out, format="svg", transparent=True, metadata={"Date": None, "Title": title})
    text = out.getvalue()
    return text[text.index("<svg") :].replace("<svg ", f'<svg role="img" aria-label="{title}" ', 1)
