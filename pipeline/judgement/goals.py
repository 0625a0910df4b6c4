"""SMART goals: one measure, a share of contacts within a limit, by a date - on track, behind, met or missed.

A goal reads its segment's panes by day, so a new goal sees the past too. The share counts observations up to the limit's class
of the histogram, so the limit is exact to 1 %. Projection: a weighted least-squares line through the daily shares of the last
four weeks, carried to the days that the deadline judges; its interval is the prediction interval under quasi-binomial
dispersion (McCullagh & Nelder 1989, section 4.5), so uneven days widen it. With fewer than a week of days the share of now is
carried on with its Wilson interval (Wilson 1927). Sums are exact integers; what is left is rounded alike on every machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from math import fsum, sqrt
from typing import NamedTuple

from pipeline.config import Domain
from pipeline.duration import show
from pipeline.judgement.ladder import PPM, percent
from pipeline.measures import EDGES, HISTOGRAM, Measure, base
from pipeline.standards import GoalModel
from pipeline.standings import GoalCheckpoint, GoalProjection, GoalStanding, GoalState
from pipeline.windows.histogram import index_of
from pipeline.windows.rows import Cell
from pipeline.windows.slots import MINUTE_MS, Slots

Z = 1.645
"""Of a 90 % interval, two-sided."""
TREND_DAYS = 28
_FEWEST_DAYS = 7
_NOTHING = (0, 0)


class Goal:
    """One configured goal, compiled."""

    __slots__ = ("_first", "_hits", "_last", "_over", "_slots", "deadline", "model", "starts")

    def __init__(self, model: GoalModel, slots: Slots) -> None:
        """Find its codes and its days."""
        self.model = model
        self._slots = slots
        block = base(model.measure)
        self._first, self._last = block + HISTOGRAM, block + EDGES
        self._hits = self._first + index_of(model.within) + 1
        self._over = max(1, model.over // 86_400_000)
        self.starts = self.minute(model.starts)
        self.deadline = self.minute(model.deadline + timedelta(days=1))

    @property
    def counts_waiting(self) -> bool:
        """Return whether customers who wait for a first reply can already have missed it."""
        return self.model.measure is Measure.FIRST_REPLY

    def minute(self, day: date) -> int:
        """Return the first minute of a day on the zone's wall clock."""
        return int(datetime(day.year, day.month, day.day, tzinfo=self._slots.zone).timestamp()) // 60

    def read(self, cell: Cell) -> tuple[int, int]:
        """Return how many observations a cell holds within the limit, and in all."""
        hits = count = 0
        for code, amount in cell.items():
            if self._first <= code < self._last:
                count += amount
                if code < self._hits:
                    hits += amount
        return hits, count

    def back(self, until: int, days: int) -> int:
        """Return the first minute of the day that is `days` days before the one that ends at or holds `until`."""
        last = self._slots.local((until - 1) * MINUTE_MS).date()
        return self.minute(last - timedelta(days=days - 1))

    @property
    def over(self) -> int:
        """Return over how many days the share is taken."""
        return self._over


class GoalTracker:
    """One goal on one segment: its observations by day."""

    __slots__ = ("_days", "goal")

    def __init__(self, goal: Goal) -> None:
        """Start without observations."""
        self.goal = goal
        self._days: dict[int, tuple[int, int]] = {}
        """First minute of a day -> observations within the limit, and in all."""

    def add(self, day: int, cell: Cell) -> None:
        """Add a cell to a day, named by its first minute."""
        hits, count = self.goal.read(cell)
        if hits or count:
            there = self._days.get(day, _NOTHING)
            self._days[day] = (there[0] + hits, there[1] + count)

    def between(self, since: int, until: int) -> tuple[int, int]:
        """Return hits and observations of the days that begin in `[since, until)`."""
        days = [numbers for day, numbers in self._days.items() if since <= day < until]
        return sum(hits for hits, _ in days), sum(count for _, count in days)

    def judge(self, at_ms: int, waiting_over: int) -> GoalStanding:
        """Judge at a time, ms; `waiting_over` customers have waited for longer than the limit."""
        goal, model = self.goal, self.goal.model
        minute = at_ms // MINUTE_MS
        over = minute >= goal.deadline
        until = goal.deadline if over else minute + 1
        hits, count = self.between(goal.back(until, goal.over), until)
        if not over and goal.counts_waiting:
            count += max(0, waiting_over)
        share = hits * PPM // count if count > 0 else None
        wanted = round(model.share * PPM)
        required = self._required(minute, wanted)
        running = goal.starts <= minute < goal.deadline and count >= model.minimum
        projection = self._projection(until, hits, count) if running else None
        state, certain = self._state(minute, hits, count, required, wanted, projection)
        return GoalStanding(
            name=model.name,
            state=state,
            certain=certain,
            measure=model.measure.value,
            within_ms=model.within,
            wanted_ppm=wanted,
            starts_at=goal.starts * MINUTE_MS,
            deadline_at=goal.deadline * MINUTE_MS,
            count=count,
            share_ppm=share,
            required_ppm=required,
            projection=projection,
            checkpoints=self._checkpoints(minute),
            words=self._words(state, share, count, required, projection, certain=certain),
        )

    def _checkpoints(self, minute: int) -> tuple[GoalCheckpoint, ...]:
        goal, found = self.goal, []
        for checkpoint in goal.model.checkpoints:
            end = goal.minute(checkpoint.by + timedelta(days=1))
            hits, count = self.between(goal.back(end, goal.over), end) if end <= minute else _NOTHING
            share = hits * PPM // count if count > 0 else None
            found.append(GoalCheckpoint(at=end * MINUTE_MS, wanted_ppm=round(checkpoint.share * PPM), share_ppm=share))
        return tuple(found)

    def _required(self, minute: int, wanted: int) -> int | None:
        """Return what is asked for by now: the newest checkpoint that has passed, or the path of monthly improvement."""
        goal, model = self.goal, self.goal.model
        if minute >= goal.deadline:
            return wanted
        asked = [
            round(checkpoint.share * PPM)
            for checkpoint in model.checkpoints
            if goal.minute(checkpoint.by + timedelta(days=1)) <= minute
        ][-1:]
        if model.improve:
            path = self._path(minute)
            asked += [] if path is None else [min(wanted, path)]
        return max(asked, default=None)

    def _path(self, minute: int) -> int | None:
        """Return the baseline grown by whole months since the start."""
        goal, model = self.goal, self.goal.model
        if model.baseline is None:
            hits, count = self.between(goal.back(goal.starts, goal.over), goal.starts)
            if count < model.minimum:
                return None
            required = hits * PPM // count
        else:
            required = round(model.baseline * PPM)
        growth = PPM + round(model.improve * PPM)
        for _ in range(_months(model.starts, minute, goal)):
            required = required * growth // PPM
        return required

    def _state(
        self, minute: int, hits: int, count: int, required: int | None, wanted: int, projection: GoalProjection | None
    ) -> tuple[GoalState, bool]:
        if minute < self.goal.starts:
            return GoalState.NOT_STARTED, False
        if count < self.goal.model.minimum or (projection is None and minute < self.goal.deadline):
            return GoalState.CANNOT_TELL, False
        if projection is None:
            return (GoalState.MET if hits * PPM >= wanted * count else GoalState.MISSED), True
        low, high = wilson(hits, count)
        short = required is not None and hits * PPM < required * count
        if short or projection.share_ppm < wanted:
            # Behind for certain: what is already asked for lies above what chance can explain, or so does the goal.
            sure = (short and required is not None and high < required) or projection.high_ppm < wanted
            return GoalState.BEHIND, sure
        return GoalState.ON_TRACK, projection.low_ppm >= wanted and (required is None or low >= required)

    def _projection(self, until: int, hits: int, count: int) -> GoalProjection:
        """Return the share of the days that the deadline will judge, if things go on like this."""
        since = max(self.goal.back(until, TREND_DAYS), self.goal.starts)
        days = sorted((day, numbers) for day, numbers in self._days.items() if since <= day < until and numbers[1] > 0)
        if len(days) < _FEWEST_DAYS:
            low, high = wilson(hits, count)
            return GoalProjection(share_ppm=hits * PPM // count, low_ppm=low, high_ppm=high, days=0)
        middle = self.goal.deadline - self.goal.over * 720
        target = max(middle, days[-1][0])
        fitted, error = _line([(day, h, n) for day, (h, n) in days], target, self.goal.over)
        share, low, high = (int(max(0.0, min(1.0, one)) * PPM) for one in (fitted, fitted - Z * error, fitted + Z * error))
        return GoalProjection(share_ppm=share, low_ppm=low, high_ppm=high, days=len(days))

    def _words(
        self,
        state: GoalState,
        share: int | None,
        count: int,
        required: int | None,
        ahead: GoalProjection | None,
        *,
        certain: bool,
    ) -> str:
        model = self.goal.model
        asked = f"{percent(round(model.share * PPM))} within {show(model.within)} by {model.deadline}"
        now = "no contacts yet" if share is None else f"{percent(share)} of {count}"
        match state:
            case GoalState.NOT_STARTED:
                return f"{asked}: begins on {model.starts}"
            case GoalState.CANNOT_TELL:
                return f"{asked}: cannot tell, {now}, {model.minimum} contacts are needed"
            case GoalState.MET | GoalState.MISSED:
                return f"{asked}: {state.value} with {now}"
            case _:
                steps = "" if required is None else f", {percent(required)} are due by now"
                outlook = "" if ahead is None else _outlook(ahead)
                doubt = "" if certain else "; too close to call"
                return f"{asked}: {state.value.replace('_', ' ')}, {now} now{steps}{outlook}{doubt}"


class Goals:
    """The goals of a domain."""

    def __init__(self, domain: Domain, slots: Slots) -> None:
        """Compile them."""
        self._goals = [Goal(model, slots) for model in domain.goals]

    def of(self, tenant: str, segment: Mapping[str, str]) -> list[GoalTracker]:
        """Return trackers for the goals of one segment."""
        return [
            GoalTracker(goal)
            for goal in self._goals
            if goal.model.segment == segment and (not goal.model.tenants or tenant in goal.model.tenants)
        ]


class _Sums(NamedTuple):
    """Exact sums of a weighted regression: weights, weight x time, weight x time squared, hits, hits x time."""

    n: int
    nt: int
    ntt: int
    h: int
    ht: int


def wilson(hits: int, count: int) -> tuple[int, int]:
    """Return the 90 % score interval of a share, parts per million (Wilson 1927)."""
    share, z2 = hits / count, Z * Z
    middle = (share + z2 / (2 * count)) / (1 + z2 / count)
    half = Z * sqrt(share * (1 - share) / count + z2 / (4 * count * count)) / (1 + z2 / count)
    return int(max(0.0, middle - half) * PPM), int(min(1.0, middle + half) * PPM)


def _line(days: Iterable[tuple[int, int, int]], target: int, over: int) -> tuple[float, float]:
    """Return the fitted share at a minute and the standard error of the share observed over `over` days there."""
    points = [(day // 60, hits, count) for day, hits, count in days]
    origin = points[0][0]
    points = [(hour - origin, hits, count) for hour, hits, count in points]
    sums = _Sums(*(sum(column) for column in zip(*((n, n * t, n * t * t, h, h * t) for t, h, n in points), strict=True)))
    spread = sums.n * sums.ntt - sums.nt * sums.nt
    slope = (sums.n * sums.ht - sums.nt * sums.h) / spread
    mean_t, mean = sums.nt / sums.n, sums.h / sums.n
    # Add two and two (Agresti & Coull 1998), or days without a single miss would leave no uncertainty.
    cautious = (sums.h + 2) / (sums.n + 4)
    variance = cautious * (1 - cautious)
    pearson = fsum(count * (hits / count - mean - slope * (t - mean_t)) ** 2 for t, hits, count in points) / variance
    dispersion = max(1.0, pearson / (len(points) - 2))
    ahead = target // 60 - origin - mean_t
    observed = over * sums.n / len(points)
    error = sqrt(dispersion * variance * (1 / sums.n + ahead * ahead * sums.n / spread + 1 / observed))
    return mean + slope * ahead, error


def _months(starts: date, minute: int, goal: Goal) -> int:
    """Return how many whole months have passed since the start."""
    months = 0
    while goal.minute(_after(starts, months + 1)) <= minute:
        months += 1
    return months


def _after(day: date, months: int) -> date:
    """Return the same day some months later, or the last one of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    first_of_next = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    return min(date(year, month + 1, 1) + timedelta(days=day.day - 1), first_of_next - timedelta(days=1))


def _outlook(ahead: GoalProjection) -> str:
    return f", {percent(ahead.share_ppm)} to be expected at the deadline ({percent(ahead.low_ppm)} to {percent(ahead.high_ppm)})"
