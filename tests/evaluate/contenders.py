"""What else one could do: rules on answered tickets, each with the threshold that keeps to the budget of false alarms.

Levels raise after three minutes at the threshold and clear after half an hour below 60 % of it; sums are clipped at 1.5
thresholds and clear below half. Thresholds were tuned on other seeds to 0.2 false alarms per queue-week over all volumes
(docs/detection.md); ADWIN cannot reach that with any setting.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from itertools import pairwise
from math import log, sqrt

from river.drift import ADWIN

from pipeline.judgement.detector.dispersion import Dispersion
from pipeline.judgement.detector.logs import MILLI, ln_milli
from pipeline.judgement.detector.usual import HISTORY, Heard, Usual
from pipeline.windows.slots import MINUTE_MS
from tests.evaluate.channels import DAY, HOUR, WEEK
from tests.evaluate.grading import Alarm
from tests.evaluate.queues import END, WARM, Queue
from tests.evaluate.timeline import Reply, replies

FIXED, Z_SCORE, ADWIN_DELTA, SUM = 50.0, 15.0, 1e-6, 12.0
_HOLD, _CLEAR = 3.0, 30.0


class LastHour:
    """Mean of the replies of the last hour, of the last five where there are fewer; nothing older than two days."""

    def __init__(self) -> None:
        self._values: deque[tuple[float, float]] = deque()
        self._sum = 0.0

    def add(self, at: float, value: float) -> None:
        self._values.append((at, value))
        self._sum += value

    def mean(self, at: float) -> float | None:
        values = self._values
        while values and ((values[0][0] < at - HOUR and len(values) > 5) or values[0][0] < at - 2 * DAY):
            self._sum -= values.popleft()[1]
        return self._sum / len(values) if len(values) >= 5 else None


class Level:
    """Turns a level over time into alarms."""

    def __init__(self, threshold: float) -> None:
        self._threshold = threshold
        self._above: float | None = None
        self._below: float | None = None
        self._begun: float | None = None
        self.alarms: list[Alarm] = []

    def at(self, now: float, level: float) -> None:
        if self._begun is None:
            self._above = (now if self._above is None else self._above) if level >= self._threshold else None
            if self._above is not None and now - self._above >= _HOLD - 1:
                self._begun, self._below = now, None
        else:
            self._below = (now if self._below is None else self._below) if level < 0.6 * self._threshold else None
            if self._below is not None and now - self._below >= _CLEAR - 1:
                self.alarms.append((self._begun, now))
                self._begun = self._above = None

    def done(self) -> list[Alarm]:
        if self._begun is not None:
            self.alarms.append((self._begun, END))
        return graded(self.alarms)


def graded(alarms: list[Alarm]) -> list[Alarm]:
    """Leave out what was over before the grading began."""
    return [alarm for alarm in alarms if alarm[0] >= WARM]


def _ticked(queue: Queue, hear: Callable[[Reply], None], tick: Callable[[float], None], step: float) -> None:
    now = step
    for reply in replies(queue):
        while now < reply.at:
            tick(now)
            now += step
        hear(reply)
    while now <= END:
        tick(now)
        now += step


def fixed_threshold(queue: Queue) -> list[Alarm]:
    """Alarm while the last hour's mean is above a limit: a multiple of the mean of the first weeks."""
    hour, level = LastHour(), Level(FIXED)
    first = [reply.took for reply in replies(queue) if reply.at < WARM]
    usual = sum(first) / max(1, len(first))

    def tick(now: float) -> None:
        level.at(now, (hour.mean(now) or 0.0) / usual)

    _ticked(queue, lambda reply: hour.add(reply.at, reply.took), tick, 5.0 if queue.rate < 5 else 1.0)
    return level.done()


def prometheus_z_score(queue: Queue) -> list[Alarm]:
    """Alarm while the last hour's mean is far above its own weekly mean, in its own standard deviations (samples of 5 min)."""
    hour, level = LastHour(), Level(Z_SCORE)
    samples: deque[float] = deque()
    total = squares = 0.0

    def tick(now: float) -> None:
        nonlocal total, squares
        mean, score = hour.mean(now), 0.0
        if mean is not None:
            if len(samples) > 200:
                usual = total / len(samples)
                score = (mean - usual) / sqrt(max(squares / len(samples) - usual * usual, 1e-9))
            samples.append(mean)
            total, squares = total + mean, squares + mean * mean
            if len(samples) > 2016:
                oldest = samples.popleft()
                total, squares = total - oldest, squares - oldest * oldest
        level.at(now, score)

    _ticked(queue, lambda reply: hour.add(reply.at, reply.took), tick, 5.0)
    return level.done()


def adwin(queue: Queue) -> list[Alarm]:
    """Alarm when ADWIN sees the logarithms change upwards, until the last hour is half-way back."""
    hour, drift = LastHour(), ADWIN(delta=ADWIN_DELTA)
    week: deque[tuple[float, float]] = deque()
    total, back, begun = 0.0, 0.0, None
    alarms: list[Alarm] = []

    for reply in replies(queue):
        value = log(reply.took)
        hour.add(reply.at, value)
        drift.update(value)
        now = hour.mean(reply.at)
        while week and week[0][0] < reply.at - WEEK:
            total -= week.popleft()[1]
        if begun is not None and (now is None or now < back):
            alarms.append((begun, reply.at))
            begun = None
        usual = total / len(week) if len(week) >= 10 else None
        if drift.drift_detected and begun is None and usual is not None and now is not None and now > usual + 0.2:
            begun, back = reply.at, 0.5 * (usual + now)
        week.append((reply.at, value))
        total += value
    return graded([*alarms, (begun, END)] if begun is not None else alarms)


def seasonal_sum(queue: Queue) -> list[Alarm]:
    """Alarm on a CUSUM of answered tickets against the usual of the hour, tuned to a doubling, scaled by what replies share."""
    usual, shared, heard = Usual(None), Dispersion(), dict[int, Heard]()
    total, hour, begun, below = 0.0, 0, None, None
    alarms: list[Alarm] = []
    arrivals = queue.arrivals
    for before, reply in pairwise([Reply(0, 0, 1), *replies(queue)]):
        if begun is not None and below is not None and reply.at - below >= _CLEAR:
            alarms.append((begun, below + _CLEAR))
            begun, total = None, min(total, 0.3 * SUM)
        if int(reply.at // HOUR) != hour:
            hour = int(reply.at // HOUR)
            usual.forget(int(before.at), int(before.at // WEEK))
            usual.learn(heard, alarmed=begun is not None)
            usual.refresh()
            heard = {}
        place = int(reply.opened // HOUR) % 24 + (24 if int(reply.opened // DAY) % 7 >= 5 else 0)
        value = ln_milli(round(reply.took * MINUTE_MS))
        usual.hear(heard, place, value, 1)
        if usual.cells.total < HISTORY:
            continue
        residual = (value - usual.means[place]) / usual.spread
        shared.add(round(MILLI * residual), 1)
        shared.close(int(reply.at), usual.spread, usual.cells.total)
        rate = arrivals.searchsorted(reply.at) - arrivals.searchsorted(reply.at - HOUR)
        shift = log(2) * MILLI / usual.spread
        total += shift * (max(-3.0, min(3.0, residual)) - shift / 2) * MILLI / shared.factor(int(rate) * MILLI)
        total = min(max(0.0, total), 1.5 * SUM)
        if begun is None:
            begun, below = (reply.at, None) if total >= SUM else (None, None)
        else:
            below = (reply.at if below is None else below) if total < 0.5 * SUM else None
    return graded([*alarms, (begun, END)] if begun is not None else alarms)
