"""How the outcome of a backtest is written, on a terminal and on the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from agents.reporting.wording import moment
from agents.screen import glance, name_of
from pipeline.backtest.form import Backtest, Episode, Outcomes, Span, Verdict

NOTHING = "-"
VERDICTS = {Verdict.INCIDENT: "incident", Verdict.FALSE_ALARM: "false alarm", Verdict.UNLABELLED: ""}
_HOUR_MS = 3_600_000


class Line(NamedTuple):
    """One line of the comparison."""

    name: str
    present: str
    proposed: str
    change: str
    word: str = ""
    """`better`, `worse` or neither."""


def hours(duration_ms: int) -> str:
    """Write a sum of times in hours."""
    return f"{duration_ms / _HOUR_MS:,.1f} h"


def period(told: Backtest) -> str:
    """Write the period."""
    return f"{moment(told.since, told.zone)} to {moment(told.until, told.zone)}, {told.zone}"


def lines(told: Backtest) -> list[Line]:
    """Return the comparison, line by line."""
    old, new = told.whole.present, told.whole.proposed
    found = [
        _counted("alerts", old.alerts, new.alerts),
        _counted("of these, pages", told.pages.present.alerts, told.pages.proposed.alerts),
        _timed("on, added up", old.on_ms, new.on_ms),
        _timed("at least one on", *told.any_on_ms),
    ]
    if told.labelled:
        found.append(_counted("labelled false", old.false_alarms, new.false_alarms, less_is_better=True))
    if told.findings:
        reached = [sum(at is not None for at in side) for side in _reached(told)]
        found.append(_counted(f"incidents found, of {len(told.findings)}", *reached, less_is_better=False))
    if told.catches is not None:
        catches = told.catches
        name = f"late first replies caught, of {catches.tickets}"
        found.append(_counted(name, catches.present, catches.proposed, less_is_better=False))
        leads = _lead(catches.present_lead_ms), _lead(catches.proposed_lead_ms)
        found.append(Line("caught before the deadline by, median", *leads, ""))
    return found


def kept(outcomes: Outcomes) -> str:
    """Write a share kept."""
    ppm = outcomes.kept_ppm
    return NOTHING if ppm is None else f"{ppm / 10_000:.1f} %"


def place(tenant: str, segment: Mapping[str, str], *, several: bool) -> str:
    """Write a segment, with its tenant where there are several."""
    return f"{tenant}: {name_of(dict(segment))}" if several else name_of(dict(segment))


def span(one: Span | None, zone: str) -> str:
    """Write when an alert was on."""
    if one is None:
        return NOTHING
    lasted = "still on" if one.resolved_at is None else f"for {glance(one.resolved_at - one.raised_at)}"
    return f"{moment(one.raised_at, zone)}, {lasted}"


def shift(episode: Episode) -> tuple[str, str]:
    """Say how the sides differ in an episode, and in which class of change that falls."""
    if episode.present is None:
        return "new", "new"
    if episode.proposed is None:
        return "no longer", "gone"
    if not episode.earlier_ms:
        return "same time", ""
    return f"{glance(abs(episode.earlier_ms))} {'earlier' if episode.earlier_ms > 0 else 'later'}", ""


def tenants(told: Backtest) -> bool:
    """Return whether the log has several tenants."""
    return len({one.tenant for one in told.episodes} | {one.tenant for one in told.promises}) > 1


def _reached(told: Backtest) -> tuple[list[int | None], list[int | None]]:
    return [one.present_at for one in told.findings], [one.proposed_at for one in told.findings]


def _lead(duration_ms: int | None) -> str:
    return NOTHING if duration_ms is None else glance(duration_ms)


def _counted(name: str, old: int, new: int, *, less_is_better: bool | None = None) -> Line:
    return Line(name, f"{old:,}", f"{new:,}", f"{new - old:+,}" if new != old else "=", _class(new - old, less_is_better))


def _timed(name: str, old_ms: int, new_ms: int) -> Line:
    change = new_ms - old_ms
    return Line(name, hours(old_ms), hours(new_ms), f"{'+' if change > 0 else '-'}{hours(abs(change))}" if change else "=")


def _class(change: int, less_is_better: bool | None) -> str:
    if not change or less_is_better is None:
        return ""
    return "better" if (change < 0) is less_is_better else "worse"
