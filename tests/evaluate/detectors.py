"""Who is evaluated."""

from __future__ import annotations

from collections.abc import Callable

from tests.evaluate import contenders, ours
from tests.evaluate.grading import Alarm
from tests.evaluate.queues import Queue

OURS = "frt_jump_statistical (ours)"
DETECTORS: dict[str, Callable[[Queue], list[Alarm]]] = {
    "fixed threshold, mean of 1 h": contenders.fixed_threshold,
    "Prometheus z-score, 1 week": contenders.prometheus_z_score,
    "river ADWIN": contenders.adwin,
    "seasonal CUSUM, answered only": contenders.seasonal_sum,
    "frt_jump (the floor's rule)": ours.floor,
    OURS: ours.statistical,
}
