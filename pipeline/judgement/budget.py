"""Error-budget burn: how fast the promises that may be broken are being used up, over several windows at once.

The budget of an objective is the share that may be missed; burn is the share missed over the budget. A pair of windows
holds when both its long and its short one burn faster than its factor: the long one shows that it matters, the short one that
it goes on (The Site Reliability Workbook, ch. 5). A miss counts at its deadline, not when the late reply comes.
"""

from __future__ import annotations

from typing import NamedTuple

from pipeline.alertrules import BudgetModel
from pipeline.judgement.judge import Scene, Terms, Told
from pipeline.judgement.minutesums import MinuteSums
from pipeline.judgement.words import duration, percent
from pipeline.measures import Measure, base
from pipeline.policy import SlaMeasure
from pipeline.windows.rows import Cell
from pipeline.windows.slots import DAY, HOUR, MINUTE_MS

FAST, SLOW = "budget_burn_fast", "budget_burn_slow"
_PPM, _MILLI = 1_000_000, 1_000
_NEVER = -(1 << 40)
_ACTION = "See which tickets wait past their promise and who is on the queue; the SLA of the next ones can still be kept."
_WHAT = {
    SlaMeasure.FIRST_REPLY: "first replies",
    SlaMeasure.NEXT_REPLY: "further replies",
    SlaMeasure.FIRST_RESOLUTION: "first resolutions",
    SlaMeasure.REQUESTER_WAIT: "resolutions (customer's wait)",
    SlaMeasure.RESPONDER_WORK: "resolutions (our work)",
}


class Pair(NamedTuple):
    """Two windows, minutes, and the burn that both must exceed, thousandths."""

    long: int
    short: int
    factor: int


class Windows(NamedTuple):
    """Outcomes and misses in the two windows of a pair."""

    long: tuple[int, int]
    short: tuple[int, int]


def factors(objective_ppm: int) -> tuple[int, int, int, int]:
    """Return the factors of the four pairs, thousandths: 1 h, 6 h, 1 d and 3 d.

    Burn cannot exceed `1 / (1 - objective)`: at 90 % that is 10, so that the textbook's 14.4 and 6 fire never or late. From 95 %
    up these are the textbook's 14.4, 6, 3 and 1; at 90 % 7.2, 3.6, 1.8 and 1; at 80 % 3.6, 2.4, 1.2 and 1; between them a line.
    """
    most = _PPM * _MILLI // (_PPM - objective_ppm)
    hour = min(14_400, most * 72 // 100)
    return hour, min(hour, 6_000, 1_200 + most * 24 // 100), max(1_000, min(3_000, 600 + most * 12 // 100)), 1_000


def pairs_of(objective_ppm: int) -> tuple[tuple[Pair, ...], tuple[Pair, ...]]:
    """Return the pairs of the fast rule and of the slow one."""
    hour, quarter, day, days = factors(objective_ppm)
    fast = (Pair(HOUR, 5, hour), Pair(6 * HOUR, 30, quarter))
    return fast, (Pair(DAY, 2 * HOUR, day), Pair(3 * DAY, 6 * HOUR, days))


class Burn(NamedTuple):
    """What the rule says: the first pair that holds, else the first."""

    holds: bool
    measure: SlaMeasure
    objective_ppm: int
    period_ms: int
    pair: Pair
    outcomes: int
    missed: int

    @property
    def clears(self) -> bool:
        """Return whether no pair holds."""
        return not self.holds

    @property
    def milli(self) -> int:
        """Return the burn of the long window, thousandths."""
        return self.missed * _PPM * _MILLI // (max(1, self.outcomes) * (_PPM - self.objective_ppm))

    @property
    def peak(self) -> int:
        """Return the burn, thousandths."""
        return self.milli

    @property
    def size(self) -> tuple[int, ...]:
        """Return the burn, and tens of misses."""
        return self.milli // _MILLI, self.missed // 10

    def tell(self, scene: Scene) -> Told:
        """Write the page."""
        window = duration(self.pair.long * MINUTE_MS)
        kept = (self.outcomes - self.missed) * _PPM // max(1, self.outcomes)
        lasts = f"; at this pace the budget of {duration(self.period_ms)} lasts {duration(self.period_ms * _MILLI // self.milli)}"
        return Told(
            summary=(
                f"{scene.where}: {self.missed} of {self.outcomes} {_WHAT[self.measure]} missed their promise within {window}: "
                f"{percent(kept)} kept, {percent(self.objective_ppm)} is the objective{lasts if self.milli else ''}; "
                f"since {scene.clock(scene.onset_at)}; {scene.who_waits}"
            ),
            action=_ACTION,
            numbers={
                "outcomes": self.outcomes,
                "missed": self.missed,
                "kept_ppm": kept,
                "objective_ppm": self.objective_ppm,
                "burn_thousandths": self.milli,
                "window_ms": self.pair.long * MINUTE_MS,
            },
        )


class BudgetJudge:
    """One of the two rules on one segment."""

    __slots__ = (
        "_budget",
        "_codes",
        "_judged",
        "_missed_at",
        "_model",
        "_objective",
        "_pairs",
        "_sums",
        "reach",
        "terms",
        "wake_ms",
    )

    def __init__(self, model: BudgetModel, pairs: tuple[Pair, ...], terms: Terms) -> None:
        """Judge by these pairs."""
        self.terms = terms
        self.wake_ms: int | None = 0
        self.reach = max(pair.long for pair in pairs)
        self._model = model
        self._pairs = pairs
        self._objective = objective_of(model)
        self._budget = _PPM - self._objective
        self._codes = tuple(base(Measure(f"sla_{model.measure}_{outcome}")) for outcome in ("met", "breached"))
        self._sums = MinuteSums()
        """Outcomes, and those missed."""
        self._missed_at = _NEVER
        """The newest minute with a miss."""
        self._judged: tuple[int, Burn] | None = None

    @property
    def restless(self) -> bool:
        """Whether there were misses of late: without any in a short window no pair can hold."""
        return self._missed_at != _NEVER

    def add(self, minute: int, cell: Cell) -> None:
        """Note outcomes."""
        met, missed = (cell.get(code, 0) for code in self._codes)
        if met or missed:
            self._sums.add(minute, met + missed, missed)
            self._judged = None
            self.wake_ms = 0
            if missed:
                self._missed_at = max(self._missed_at, minute)

    def judge(self, at_ms: int) -> Burn:
        """Judge at a time, ms."""
        until = at_ms // MINUTE_MS + 1
        if self._judged is None or self._judged[0] != until:
            self._judged = until, self._burn(until)
            self._sums.forget(until - self.reach - HOUR)
        lately = self._missed_at >= until - max(pair.short for pair in self._pairs)
        if not lately:
            self._missed_at = _NEVER
        self.wake_ms = until * MINUTE_MS if lately else None
        return self._judged[1]

    def _burn(self, until: int) -> Burn:
        model, about = self._model, (self._model.measure, self._objective, self._model.period)
        read = [self._read(pair, until) for pair in self._pairs]
        for pair, windows in zip(self._pairs, read, strict=True):
            enough = windows.long[0] >= model.minimum_count
            if enough and self._above(windows.long, pair.factor) and self._above(windows.short, pair.factor):
                return Burn(True, *about, pair, *windows.long)
        return Burn(False, *about, self._pairs[0], *read[0].long)

    def _read(self, pair: Pair, until: int) -> Windows:
        return Windows(self._sums.between(until - pair.long, until), self._sums.between(until - pair.short, until))

    def _above(self, sums: tuple[int, int], factor: int) -> bool:
        outcomes, missed = sums
        return missed * _PPM * _MILLI > factor * self._budget * outcomes


def objective_of(model: BudgetModel) -> int:
    """Return the objective, parts per million."""
    return round(model.objective * _PPM)


def budget_judges(model: BudgetModel) -> tuple[BudgetJudge, BudgetJudge]:
    """Return the fast and the slow rule."""
    fast, slow = pairs_of(objective_of(model))
    clear, measure = model.clear_after, model.measure.value
    return (
        BudgetJudge(model, fast, Terms(FAST, model.fast_severity, 0, clear, measure)),
        BudgetJudge(model, slow, Terms(SLOW, model.slow_severity, 0, clear, measure)),
    )
