"""Service levels against the facts of the log: every figure of every window of every segment."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from agents.verification.findings import Check, Checked, Value
from agents.verification.oracle.customers import COUNTED
from agents.verification.oracle.numbers import COUNTERS, WEEK_MS, Bounds, quantile
from agents.verification.oracle.rates import FORMULAS
from agents.verification.oracle.windows import TOGETHER, SegmentAt, Windows, month_before, open_work
from pipeline.config import SlaMeasure
from pipeline.measures import Work
from pipeline.signals import Change, CounterWindow, MeasureWindow, RateWindow, ServiceLevel, WindowLevels

MOST_MOMENTS = 200
"""How many facts of the window's last minute may be in or out of a service level that was said within it."""
_PER_MILLE = {"p50_ms": 500, "p90_ms": 900, "p95_ms": 950}
_NO_CHANGE = Change(count=0, mean_ms=None, difference_ms=None)
_NO_COUNT = CounterWindow(now=0, previous=0, last_week=0)
_NO_RATE = RateWindow(numerator=0, denominator=0, ppm=None, previous_ppm=None, last_week_ppm=None)


class Place(NamedTuple):
    """A window of a segment, and the windows that it is compared with."""

    level: ServiceLevel
    name: str
    now: Bounds
    previous: Bounds
    last_week: Bounds
    month: Bounds | None


class Figure(NamedTuple):
    """One number of a window."""

    measure: str
    what: str
    expected: Value
    found: Value


def compare_levels(levels: list[ServiceLevel], windows: Windows, *, with_customers: bool = True) -> Checked:
    """Compare service levels as each segment last said them."""
    checked = Checked(check=Check.SUMS)
    for level in levels:
        for name, window in level.windows.items():
            place = _place(windows, level, name, window)
            for figure in _closest(windows, place, window):
                if with_customers or not _is_of_customers(figure.measure):
                    _note(checked, place, figure)
        _compare_work(checked, level, windows, with_customers=with_customers)
    return checked


def _compare_work(checked: Checked, level: ServiceLevel, windows: Windows, *, with_customers: bool) -> None:
    for kind in Work:
        said = level.work.get(kind.value)
        if said is None or (kind is Work.CUSTOMERS and not with_customers):
            continue
        count, oldest, _ = open_work(windows.result, level.tenant, level.segment, kind.value, level.as_of)
        where = {"segment": level.segment, "measure": kind.value, "at": level.as_of}
        checked.same(count, said.count, "how many are open", level.tenant, **where)  # type: ignore[arg-type]  # a literal's types
        checked.same(oldest, said.oldest_at, "since when the oldest is open", level.tenant, **where)  # type: ignore[arg-type]  # the same


def _place(windows: Windows, level: ServiceLevel, name: str, window: WindowLevels) -> Place:
    now = Bounds(window.since, window.until)
    length_ms = window.until - window.since
    month = month_before(windows.result, length_ms, level.as_of)
    return Place(level, name, now, now.earlier(length_ms), now.earlier(WEEK_MS), month)


def _closest(windows: Windows, place: Place, window: WindowLevels) -> list[Figure]:
    """Return the figures with the truth that they fit best: what stands after `as_of` in the last minute may be known already."""
    level = place.level
    moments = windows.moments(level.tenant, level.segment, level.as_of, place.now.until_ms)[:MOST_MOMENTS]
    best: list[Figure] = []
    fewest: int | None = None
    for known_ms in (level.as_of, *(at + 1 for at in moments)):
        figures = list(_figures(windows.at(level.tenant, level.segment, known_ms), place, window))
        differ = sum(figure.expected != figure.found for figure in figures)
        if fewest is None or differ < fewest:
            best, fewest = figures, differ
        if not differ:
            break
    return best


def _figures(truth: SegmentAt, place: Place, window: WindowLevels) -> Iterator[Figure]:
    for name in TOGETHER:
        yield from _duration(truth, place, name, window.durations.get(name))
    for measure in COUNTERS:
        yield from _counter(truth, place, measure.value, window.counters.get(measure.value, _NO_COUNT))
    for promise in SlaMeasure:
        met, breached, within = truth.promise(promise, place.now)
        said = window.promises.get(promise.value)
        yield Figure(f"sla_{promise.value}", "promises met", met, said.met if said else 0)
        yield Figure(f"sla_{promise.value}", "promises broken", breached, said.breached if said else 0)
        yield Figure(f"sla_{promise.value}", "share within the promise, ppm", within, said.within_ppm if said else None)
    for name in FORMULAS:
        yield from _rate(truth, place, name, window.rates.get(name, _NO_RATE))
    if place.level.retention_ppm:
        retention = place.level.retention_ppm.get(place.name)
        yield Figure("customer_retention", "retention, ppm", truth.retention_ppm(place.now), retention)


def _duration(truth: SegmentAt, place: Place, name: str, said: MeasureWindow | None) -> Iterator[Figure]:
    count, total = truth.lasted(name, place.now)
    mean = total // count if count else None
    now = None if said is None else said.now
    yield Figure(name, "how many", count, now.count if now else 0)
    yield Figure(name, "sum, ms", total, now.sum_ms if now else 0)
    yield Figure(name, "mean, ms", mean, now.mean_ms if now else None)
    values = truth.values(name, place.now)
    for stat, per_mille in _PER_MILLE.items():
        exact, found = quantile(values, per_mille), None if now is None else getattr(now, stat)
        yield Figure(name, f"{stat} within 1 %", exact, exact if _near(exact, found) else found)
    then = {"in the window before": (place.previous, said.previous if said else _NO_CHANGE)}
    then["last week"] = (place.last_week, said.last_week if said else _NO_CHANGE)
    if place.month is not None and said is not None:
        then["the month before"] = (place.month, said.month_before or _NO_CHANGE)
    for when, (bounds, change) in then.items():
        count, total = truth.lasted(name, bounds)
        earlier = total // count if count else None
        yield Figure(name, f"how many {when}", count, change.count)
        yield Figure(name, f"mean {when}, ms", earlier, change.mean_ms)
        difference = mean - earlier if mean is not None and earlier is not None else None
        yield Figure(name, f"difference to the mean {when}, ms", difference, change.difference_ms)


def _counter(truth: SegmentAt, place: Place, name: str, said: CounterWindow) -> Iterator[Figure]:
    yield Figure(name, "total", truth.number(name, place.now), said.now)
    yield Figure(name, "total in the window before", truth.number(name, place.previous), said.previous)
    yield Figure(name, "total last week", truth.number(name, place.last_week), said.last_week)
    if place.month is not None and said is not _NO_COUNT:
        yield Figure(name, "total the month before", truth.number(name, place.month), said.month_before or 0)


def _rate(truth: SegmentAt, place: Place, name: str, said: RateWindow) -> Iterator[Figure]:
    now = truth.rate(name, place.now)
    if said is not _NO_RATE:  # absent means no denominator, whatever stands above it
        yield Figure(name, "numerator", now.above, said.numerator)
    yield Figure(name, "denominator", now.below, said.denominator)
    yield Figure(name, "rate, millionths", now.ppm, said.ppm)
    yield Figure(name, "rate in the window before, millionths", truth.rate(name, place.previous).ppm, said.previous_ppm)
    yield Figure(name, "rate last week, millionths", truth.rate(name, place.last_week).ppm, said.last_week_ppm)
    if place.month is not None and said is not _NO_RATE:
        yield Figure(name, "rate the month before, millionths", truth.rate(name, place.month).ppm, said.month_before_ppm)


def _near(exact: int | None, found: int | None) -> bool:
    return exact == found or (exact is not None and found is not None and abs(found - exact) * 100 <= exact)


def _note(checked: Checked, place: Place, figure: Figure) -> None:
    level = place.level
    checked.same(
        figure.expected,
        figure.found,
        figure.what,
        level.tenant,
        segment=level.segment,
        measure=figure.measure,
        window=place.name,
        at=level.as_of,
    )


def _is_of_customers(name: str) -> bool:
    counted = {measure.value for measure in COUNTED} | {"customer_retention"}
    formula = FORMULAS.get(name)
    return name in counted or (formula is not None and formula.below[0] in counted)
