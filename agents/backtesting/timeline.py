"""The timeline of a backtest: a lane for each place, the present side above the proposed one, labels behind them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from matplotlib.figure import Figure
from matplotlib.patches import Patch

from agents.backtesting.wording import place, tenants
from agents.reporting.charts import BLUE, GREY, ORANGE, SOFT, dates, svg
from pipeline.backtest.form import Backtest, Episode, Finding, Span
from pipeline.backtest.labelling import fits

LANES = 30
"""Places with most alerts; a page is no wall."""
_GREEN = "#bfe3c9"
_HEIGHT = 0.34
_LONGEST_NAME = 24


def draw(told: Backtest) -> str:
    """Return the timeline as SVG."""
    lanes = _lanes(told)

    def drawing(figure: Figure) -> None:
        axes: Any = figure.subplots()
        zone = ZoneInfo(told.zone)
        axes.set_xlim(_time(told.since, zone), _time(told.until, zone))
        axes.set_ylim(len(lanes) - 0.5, -0.5)
        axes.set_yticks(range(len(lanes)), [_short(name) for name, _ in lanes])
        axes.tick_params(axis="y", length=0)
        axes.grid(visible=False, axis="y")
        axes.grid(visible=True, axis="x", color=GREY, linewidth=0.5)
        axes.set_axisbelow(True)
        for number, (_, members) in enumerate(lanes):
            if number:
                axes.axhline(number - 0.5, color=GREY, linewidth=0.6)
            for one in _labels(told.findings, members):
                _bar(axes, (one.since, one.until), number - 0.5, 1.0, zone, color=_GREEN, zorder=1)
            for episode in members:
                _sides(axes, episode, number, told, zone)
        dates(axes, told.zone)
        _legend(axes, labelled=bool(told.findings), warned=any(one.severity != "page" for one in told.episodes))

    words = f"When alerts were on, present and proposed, in {len(lanes)} places"
    return svg(drawing, 8.6, 0.9 + 0.42 * max(2, len(lanes)), words)


def _lanes(told: Backtest) -> list[tuple[str, list[Episode]]]:
    """Return the places with most alerts, in the order of their names, with their episodes."""
    several = tenants(told)
    lanes: dict[str, list[Episode]] = {}
    for one in told.episodes:
        lanes.setdefault(place(one.tenant, one.segment, several=several), []).append(one)
    chosen = sorted(lanes, key=lambda name: (-len(lanes[name]), name))[:LANES]
    return [(name, lanes[name]) for name in sorted(chosen)]


def _labels(findings: Sequence[Finding], members: Sequence[Episode]) -> Iterator[Finding]:
    for one in findings:
        if members and fits(one.where, members[0].tenant, members[0].segment):
            yield one


def _sides(axes: Any, episode: Episode, lane: int, told: Backtest, zone: ZoneInfo) -> None:
    strength = 1.0 if episode.severity == "page" else 0.45
    sides: tuple[tuple[Span | None, str, float], ...] = (
        (episode.present, BLUE, lane - _HEIGHT - 0.04),
        (episode.proposed, ORANGE, lane + 0.04),
    )
    for one, colour, bottom in sides:
        if one is not None:
            end = told.until if one.resolved_at is None else min(one.resolved_at, told.until)
            times = (max(one.raised_at, told.since), end)
            _bar(axes, times, bottom, _HEIGHT, zone, color=colour, alpha=strength, zorder=2, linewidth=1.0)


def _bar(axes: Any, times: tuple[int, int], bottom: float, height: float, zone: ZoneInfo, **style: Any) -> None:
    begin, end = (_time(at, zone) for at in times)
    axes.broken_barh([(begin, end - begin)], (bottom, height), **({"linewidth": 0} | style))


def _legend(axes: Any, *, labelled: bool, warned: bool) -> None:
    handles = [Patch(color=BLUE, label="present"), Patch(color=ORANGE, label="proposed")]
    if warned:
        handles.append(Patch(color=SOFT, alpha=0.45, label="paler: only a warning"))
    if labelled:
        handles.append(Patch(color=_GREEN, label="labelled incident"))
    axes.legend(
        handles=handles, loc="lower left", bbox_to_anchor=(0, 1.0), ncols=len(handles), borderaxespad=0.2, handlelength=1.2
    )


def _time(at_ms: int, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(at_ms / 1_000, zone)


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"
