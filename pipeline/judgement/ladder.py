"""Five service levels: which level each measure of a segment reaches, and what is missing to the next.

A level is reached when the configured share of contacts stays within its limit and within those of every level below it. A
segment is as good as the worst of its measures. Waiting customers who are past a limit count as outside it, so a queue that
answers nobody does not keep the level of those whom it answered. The table itself is data: `defaults/service-levels.toml`.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import accumulate
from typing import NamedTuple

from pipeline.config import Domain
from pipeline.duration import rounded, show
from pipeline.judgement.slack import STRICT, Slack
from pipeline.measures import HISTOGRAM, INDEX, SUM, Measure
from pipeline.standards import GroupModel, RatingStep
from pipeline.standings import LevelMeasure, LevelStanding, LevelUnit, MeasureLevel
from pipeline.windows.histogram import index_of, rank_of, representative

PPM = 1_000_000
_LONGEST_MS = 7 * 86_400_000
_ABANDONED, _REPLIED = INDEX[Measure.ABANDONED], INDEX[Measure.FIRST_REPLY]

Parts = Mapping[int, Mapping[int, int]]
"""Index of the measure -> offset of the code -> amount, as rolling windows keep them."""
_ANSWERS, _SCORE = INDEX[Measure.CSAT_ANSWERS], INDEX[Measure.CSAT_SCORE]
_STARS = {3: INDEX[Measure.CSAT_MIDDLING], 4: INDEX[Measure.CSAT_SATISFIED], 5: INDEX[Measure.CSAT_DELIGHTED]}


class Ratings(NamedTuple):
    """How customers rated."""

    answers: int
    millistars: int
    """Sum."""
    at_least: Mapping[int, int]
    """Stars -> answers with so many or more."""

    def reached(self, step: RatingStep) -> tuple[int, int]:
        """Return what a step of the table asks about, and what it asks for: millistars of the mean, or ppm of the answers."""
        if step.mean is not None:
            return self.millistars // self.answers, round(step.mean * 1_000)
        return self.at_least[step.stars or 5] * PPM // self.answers, round((step.share or 0) * PPM)


class Seen(NamedTuple):
    """What a level is judged by."""

    parts: Parts
    waiting_over: Callable[[int], int]
    """How many customers have awaited their first reply for longer than a duration, ms."""


class Curve:
    """One duration measure's part of a tally: how many observations lie at or below a duration."""

    __slots__ = ("_classes", "_running", "count")

    def __init__(self, part: Mapping[int, int]) -> None:
        """Sort the classes once; every question is a bisection."""
        classes = sorted(part)
        if classes and classes[0] == SUM:
            del classes[0]
        self._classes = classes
        self._running = list(accumulate(map(part.__getitem__, classes)))
        self.count = self._running[-1] if self._running else 0

    def within(self, limit_ms: int) -> int:
        """Return how many lie at or below a limit, ms, its own class counted in."""
        place = bisect_right(self._classes, HISTOGRAM + index_of(limit_ms))
        return self._running[place - 1] if place else 0

    def at(self, rank: int) -> int:
        """Return the duration, ms, of a rank, from 1; there are that many."""
        return representative(self._classes[bisect_left(self._running, rank)] - HISTOGRAM)


_EMPTY = Curve({})
_NONE: Mapping[int, int] = {}


class Ladder:
    """The configured ladder."""

    def __init__(self, domain: Domain, slack: Slack = STRICT) -> None:
        """Take the table from the configuration, and ask for less by `slack`."""
        self._model = model = domain.ladder
        self._slack = slack
        self._share_ppm = round(model.share * PPM)
        lengths = {name: length for name, length in domain.windows.items() if length <= _LONGEST_MS} or domain.windows
        self.window = model.window or (max(lengths, key=lengths.__getitem__) if lengths else "")
        self._groups = {channel.value: name for name, group in model.groups.items() for channel in group.channels}
        self._reply, self._resolution = INDEX[model.first_reply], INDEX[model.resolution]

    def group_of(self, segment: Mapping[str, str]) -> str | None:
        """Return the column of the table that a segment belongs to; `None`: it has no level."""
        if "channel" in segment:
            return self._groups.get(segment["channel"])
        return self._model.otherwise or None

    def judge(self, group: str, seen: Seen) -> LevelStanding | None:
        """Judge a segment; `None` where nothing has happened that could be judged."""
        model = self._model.groups[group]
        replies, resolutions = _curve(seen.parts, self._reply), _curve(seen.parts, self._resolution)
        answered = replies if self._reply == _REPLIED else _curve(seen.parts, _REPLIED)
        measures = [
            self._duration(LevelMeasure.FIRST_REPLY, model.first_reply, replies, seen.waiting_over),
            self._duration(LevelMeasure.RESOLUTION, model.resolution, resolutions, _nobody),
            self._abandoned(model.abandoned, seen.parts, answered.count),
            self._rated(seen.parts),
        ]
        return self._standing(group, model, [measure for measure in measures if measure is not None], answered, seen)

    def _standing(
        self, group: str, model: GroupModel, measures: list[MeasureLevel], answered: Curve, seen: Seen
    ) -> LevelStanding | None:
        if not measures:
            return None
        known = [measure.level for measure in measures if measure.level is not None]
        level = min(known, default=None)
        expectation = model.expectation
        return LevelStanding(
            level=level,
            levels=len(self._model.names),
            name="" if level is None else self._model.names[level - 1],
            group=group,
            window=self.window,
            measures=tuple(measures),
            words=self._words(level, measures),
            expectation_ms=expectation,
            expectation_ppm=None if expectation is None else _met_ppm(expectation, answered, seen),
        )

    def _words(self, level: int | None, measures: list[MeasureLevel]) -> str:
        names = self._model.names
        if level is None:
            return "cannot tell: " + "; ".join(measure.words for measure in measures)
        holding = [measure.words for measure in measures if measure.level == level]
        if level == len(names):
            return f"level {level} of {len(names)}, {names[-1]}: nothing is missing"
        return f"level {level} of {len(names)}, {names[level - 1]}; to level {level + 1}, {names[level]}: " + "; ".join(holding)

    def _duration(
        self, measure: LevelMeasure, limits: Sequence[int], curve: Curve, over: Callable[[int], int]
    ) -> MeasureLevel | None:
        """Judge a duration by the share of contacts within each limit; classes of the histogram are within 1 %."""
        if not limits:
            return None
        ended = curve.count
        level = _climb(((curve.within(limit), ended + over(limit)) for limit in limits), self._asked)
        limit = limits[min(level, len(limits)) - 1]
        waiting = over(limit)
        count, within = ended + waiting, curve.within(limit)
        if count <= 0:
            return None
        if count < self._model.minimum:
            return self._too_few(measure, LevelUnit.MS, count, waiting)
        rank = rank_of(self._share_ppm, count)
        value = curve.at(rank) if rank <= ended else None
        top = level > len(limits)
        missing = None if top or value is None else max(0, value - limit)
        return MeasureLevel(
            measure=measure,
            level=level,
            count=count,
            waiting=waiting,
            unit=LevelUnit.MS,
            value=value,
            wanted=limit,
            missing=missing,
            share_ppm=within * PPM // count,
            missing_ppm=None if top else max(0, self._share_ppm - within * PPM // count),
            words=self._duration_words(measure, limit, value, within * PPM // count, waiting, missing=missing, top=top),
        )

    def _duration_words(
        self, measure: LevelMeasure, limit: int, value: int | None, share: int, waiting: int, *, missing: int | None, top: bool
    ) -> str:
        what = "first replies" if measure is LevelMeasure.FIRST_REPLY else "resolutions"
        asked = f"{percent(self._share_ppm)} of {what} within {show(limit)}"
        if top:
            return f"{asked}: {percent(share)} are"
        lacking = "" if missing is None or value is None else f", {rounded(missing)} less than the {rounded(value)} of now"
        late = "" if not waiting else f"; {waiting} still wait{'s' if waiting == 1 else ''} for longer"
        return f"{asked}{lacking}: {percent(share)} are{late}"

    def _abandoned(self, limits: Sequence[float], parts: Parts, answered: int) -> MeasureLevel | None:
        """Judge the share of conversations that customers gave up, of those given up or answered."""
        given_up = _counted(parts, _ABANDONED)
        count = given_up + answered
        if not limits or count <= 0 or given_up < 0:
            return None
        if count < self._model.minimum:
            return self._too_few(LevelMeasure.ABANDONED, LevelUnit.PPM, count, 0)
        value = given_up * PPM // count
        wanted = [round(limit * PPM) for limit in limits]
        level = 1 + _run(value <= limit + self._slack.of_share(limit, count) for limit in wanted)
        top = level > len(limits)
        limit = wanted[min(level, len(limits)) - 1]
        missing = None if top else max(0, value - limit)
        return MeasureLevel(
            measure=LevelMeasure.ABANDONED,
            level=level,
            count=count,
            unit=LevelUnit.PPM,
            value=value,
            wanted=limit,
            missing=missing,
            share_ppm=PPM - value,
            missing_ppm=missing,
            words=f"no more than {percent(limit)} given up: {percent(value)} are",
        )

    def _rated(self, parts: Parts) -> MeasureLevel | None:
        """Judge ratings by the steps of the table."""
        steps, count = self._model.csat, _counted(parts, _ANSWERS)
        if not steps or count <= 0:
            return None
        ratings = Ratings(count, _counted(parts, _SCORE), {stars: _counted(parts, index) for stars, index in _STARS.items()})
        if count < self._model.minimum:
            return self._too_few(LevelMeasure.CSAT, LevelUnit.MILLISTARS, count, 0)
        reached = 1 + _run(self._rates(ratings, step) for step in steps)
        top = reached > len(steps)
        step = steps[min(reached, len(steps)) - 1]
        value, wanted = ratings.reached(step)
        unit = LevelUnit.PPM if step.mean is None else LevelUnit.MILLISTARS
        if step.mean is not None:
            words = f"a mean rating of {step.mean:g}: it is {value / 1_000:.2f}"
        else:
            words = f"{percent(wanted)} of ratings at {step.stars} stars or more: {percent(value)} are"
        missing = None if top else max(0, wanted - value)
        return MeasureLevel(
            measure=LevelMeasure.CSAT,
            level=reached,
            count=count,
            unit=unit,
            value=value,
            wanted=wanted,
            missing=missing,
            share_ppm=value if unit is LevelUnit.PPM else None,
            missing_ppm=missing if unit is LevelUnit.PPM else None,
            words=words,
        )

    def _asked(self, count: int) -> int:
        """Return the share of so many contacts that a limit has to hold."""
        return self._share_ppm - self._slack.of_share(self._share_ppm, count)

    def _rates(self, ratings: Ratings, step: RatingStep) -> bool:
        value, wanted = ratings.reached(step)
        slack = self._slack.of_share(wanted, ratings.answers) if step.mean is None else self._slack.of_stars(ratings.answers)
        return value >= wanted - slack

    def _too_few(self, measure: LevelMeasure, unit: LevelUnit, count: int, waiting: int) -> MeasureLevel:
        needed = self._model.minimum
        words = f"{measure.value.replace('_', ' ')}: {count} in {self.window}, {needed} are needed"
        return MeasureLevel(measure=measure, level=None, count=count, waiting=waiting, unit=unit, words=words)


def percent(ppm: int) -> str:
    """Write parts per million as a percentage, to the tenth, rounded down: 899,999 is not yet 90 %."""
    tenths = ppm // 1_000
    return f"{tenths // 10}.{tenths % 10} %" if tenths % 10 else f"{tenths // 10} %"


def _nobody(_limit_ms: int) -> int:
    return 0


def _counted(parts: Parts, index: int) -> int:
    return parts.get(index, _NONE).get(0, 0)


def _curve(parts: Parts, index: int) -> Curve:
    part = parts.get(index)
    return Curve(part) if part else _EMPTY


def _met_ppm(expectation_ms: int, answered: Curve, seen: Seen) -> int | None:
    """Return the share of customers who got what they expect."""
    count = answered.count + seen.waiting_over(expectation_ms)
    return answered.within(expectation_ms) * PPM // count if count > 0 else None


def _climb(reached: Iterable[tuple[int, int]], asked_ppm: Callable[[int], int]) -> int:
    """Return the level, from 1, given (within, decided) for every limit in turn."""
    return 1 + _run(decided > 0 and within * PPM >= asked_ppm(decided) * decided for within, decided in reached)


def _run(met: Iterable[bool]) -> int:
    """Return how many hold before the first that does not."""
    steps = 0
    for one in met:
        if not one:
            break
        steps += 1
    return steps
