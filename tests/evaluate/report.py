"""Writes the grades as tables."""

from __future__ import annotations

from math import inf, isfinite

from tests.evaluate.channels import VOLUMES
from tests.evaluate.detectors import OURS
from tests.evaluate.grading import Grade

Results = dict[tuple[str, float, bool], Grade]
"""Detector, volume, whether the queue closes overnight."""
RECALL_GOALS = {0.2: 0.75, 1: 0.80, 5: 0.92, 20: 0.98, 60: 0.99, 200: 1.0}
DELAY_GOALS = {5: 60.0, 60: 15.0}
FALSE_GOAL, FALSE_GOAL_CLOSING = 0.10, 0.30


def tables(results: Results, seeds: str) -> str:
    """Return the whole report as Markdown."""
    parts = [
        f"Seeds: {seeds}. Columns: tickets an hour. 95 % intervals in brackets. Delays in minutes; `-`: more than half missed."
    ]
    parts += ["", "### All day and night", "", *overview(results, closing=False), "", *_intervals(results, closing=False)]
    parts += ["", *_ours(results, closing=False)]
    if any(closing for _, _, closing in results):
        parts += ["", "### Queues that close overnight and at weekends", "", *overview(results, closing=True)]
        parts += ["", *_intervals(results, closing=True), "", *_ours(results, closing=True)]
    return "\n".join([*parts, "", "### Goals", "", *_goals(results)]) + "\n"


def _volumes(results: Results, *, closing: bool) -> list[float]:
    there = {volume for _, volume, closes in results if closes == closing}
    return [volume for volume in VOLUMES if volume in there]


def overview(results: Results, *, closing: bool) -> list[str]:
    """Return a table with a row for each detector, on queues that close or on those that never do."""
    volumes = _volumes(results, closing=closing)
    columns = " / ".join(f"{volume:g}" for volume in volumes)
    lines = [f"| detector | recall at {columns} | false alarms a queue-week | their mean | median delay |"]
    lines.append("|---|---|---|---|---|")
    for name in _names(results, closing=closing):
        grades = [results[name, volume, closing] for volume in volumes]
        mean = sum(grade.false_weekly for grade in grades) / len(grades)
        recall, false = (" ".join(f"{x:.2f}" for x in values) for values in _both(grades))
        delays = " ".join(_minutes(grade.delay) for grade in grades)
        lines.append(f"| {name} | {recall} | {false} | {mean:.2f} | {delays} |")
    return lines


def _intervals(results: Results, *, closing: bool) -> list[str]:
    volumes = _volumes(results, closing=closing)
    columns = " / ".join(f"{volume:g}" for volume in volumes)
    lines = [f"| 95 % intervals | recall at {columns} | false alarms a queue-week |", "|---|---|---|"]
    for name in _names(results, closing=closing):
        grades = [results[name, volume, closing] for volume in volumes]
        recall = " ".join(_interval(grade.recall_interval) for grade in grades)
        false = " ".join(_interval(grade.false_interval) for grade in grades)
        lines.append(f"| {name} | {recall} | {false} |")
    return lines


def _names(results: Results, *, closing: bool) -> list[str]:
    return list(dict.fromkeys(name for name, _, closes in results if closes == closing))


def _both(grades: list[Grade]) -> tuple[list[float], list[float]]:
    return [grade.recall for grade in grades], [grade.false_weekly for grade in grades]


def _ours(results: Results, *, closing: bool) -> list[str]:
    lines = [
        "| ours, tickets an hour | recall | false alarms a queue-week | median delay | in tickets | incidents, weeks | by kind |"
    ]
    lines.append("|---|---|---|---|---|---|---|")
    for volume in _volumes(results, closing=closing):
        grade = results[OURS, volume, closing]
        kinds = ", ".join(f"{kind} {found}/{total}" for kind, (found, total) in sorted(grade.by_kind.items()))
        low, high = grade.delay_interval
        lines.append(
            f"| {volume:g} | {grade.recall:.2f} {_interval(grade.recall_interval)} | {grade.false_weekly:.2f} "
            f"{_interval(grade.false_interval)} | {_minutes(grade.delay)} [{_minutes(low)}, {_minutes(high)}] | "
            f"{_minutes(grade.delay_tickets)} | {grade.found + grade.missed}, {grade.weeks:.0f} | {kinds} |"
        )
    return lines


def _goals(results: Results) -> list[str]:
    lines = ["| goal | reached |", "|---|---|"]
    volumes = _volumes(results, closing=False)
    for volume in volumes:
        grade = results[OURS, volume, False]
        lines.append(
            _goal(f"recall at {volume:g}/h >= {RECALL_GOALS[volume]:.2f}", grade.recall, grade.recall >= RECALL_GOALS[volume])
        )
        if volume in DELAY_GOALS:
            reached = grade.delay <= DELAY_GOALS[volume]
            lines.append(_goal(f"median delay at {volume:g}/h <= {DELAY_GOALS[volume]:.0f} min", grade.delay, reached))
    for closing, goal, title in ((False, FALSE_GOAL, "all day"), (True, FALSE_GOAL_CLOSING, "closing overnight")):
        grades = [results[OURS, volume, closing] for volume in _volumes(results, closing=closing)]
        if grades:
            mean = sum(grade.false_weekly for grade in grades) / len(grades)
            lines.append(_goal(f"false alarms a queue-week, {title}, mean <= {goal:.2f}", mean, mean <= goal))
    return lines


def _goal(title: str, value: float, reached: bool) -> str:
    return (
        f"| {title} | {'yes' if reached else 'no'}, {value if isfinite(value) else 'never':{'.2f' if isfinite(value) else ''}} |"
    )


def _minutes(value: float) -> str:
    return "-" if value == inf else f"{value:.0f}"


def _interval(bounds: tuple[float, float]) -> str:
    return f"[{bounds[0]:.2f}, {bounds[1]:.2f}]"
