"""The detector as a rule among the others: a judge of one segment that has a memory of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from pipeline.judgement.detector.detector import Detector
from pipeline.judgement.detector.state import Memory
from pipeline.judgement.detector.usual import Cells
from pipeline.judgement.judge import Scene, Terms, Told
from pipeline.judgement.words import duration
from pipeline.measures import EDGES, HISTOGRAM, Measure, base
from pipeline.windows.openwork import StartTimes
from pipeline.windows.rows import Cell
from pipeline.windows.slots import MINUTE_MS

NAME: Final = "frt_jump_statistical"
_CLASS_0 = base(Measure.FIRST_REPLY) + HISTOGRAM
_EDGE_0 = base(Measure.FIRST_REPLY) + EDGES
_ACTION = "See who is on the queue and whether replies go out at all; move people to it, longest wait first."


class Slowdown(NamedTuple):
    """What the detector says; numbers are computed when they are asked for."""

    detector: Detector
    minute: int
    holds: bool
    waiting: int

    @property
    def onset_at(self) -> int:
        """Return the estimated begin, ms: when the evidence last was zero."""
        return self.detector.memory.onset * MINUTE_MS

    @property
    def now_ms(self) -> int:
        """Return the first reply time since the onset, waits counted in."""
        return self.detector.since_onset_ms(self.minute)

    @property
    def usual_ms(self) -> int:
        """Return what is usual at this hour."""
        return self.detector.usual_ms(self.minute)

    @property
    def clears(self) -> bool:
        """Return whether the alarm is over: the detector has its own hysteresis."""
        return not self.holds

    @property
    def peak(self) -> int:
        """Return the value of now."""
        return self.now_ms

    @property
    def size(self) -> tuple[int, ...]:
        """Return tenths of the usual value, and how many wait."""
        return self.now_ms * 10 // max(1, self.usual_ms), self.waiting

    def tell(self, scene: Scene) -> Told:
        """Write the page."""
        memory = self.detector.memory
        return Told(
            summary=(
                f"{scene.where}: first replies have slowed to {duration(self.now_ms)}, {duration(self.usual_ms)} is usual at "
                f"this hour; since about {scene.clock(scene.onset_at)}; {scene.who_waits}"
            ),
            action=_ACTION,
            now_ms=self.now_ms,
            usual_ms=self.usual_ms,
            replies=max(0, memory.replies_since),
            numbers={"evidence_milli": memory.evidence, "threshold_milli": self.detector.threshold(self.minute)},
        )


class DetectorJudge:
    """The detector on one segment. Mutes and acceptances are minutes: `[since, until)`, and when a new normal was accepted."""

    __slots__ = ("_accepted", "_changed", "_changes", "_muted", "_waits", "detector", "reach", "terms", "wake_ms")

    def __init__(
        self,
        severity: str,
        detector: Detector,
        waits: StartTimes,
        muted: Sequence[tuple[int, int]] = (),
        accepted: Sequence[int] = (),
    ) -> None:
        """Judge `waits`, the customers who await a first reply; their changes are kept for this judge from now on."""
        self.terms = Terms(NAME, severity, 0, 0)
        self.wake_ms: int | None = 0
        self.reach = -(1 << 40)  # nothing is told again after a restore: the memory holds what the replies said
        self.detector = detector
        self._waits = waits
        self._changes = waits.watch()
        self._muted = tuple(muted)
        self._accepted = tuple(accepted)
        self._changed = False

    @property
    def restless(self) -> bool:
        """Whether time alone may change the judgement."""
        return self.wake_ms is not None

    def add(self, minute: int, cell: Cell) -> None:
        """Note first replies."""
        for code, amount in cell.items():
            if _CLASS_0 <= code < _EDGE_0:
                self.detector.replied(minute, code - _CLASS_0, amount)
                self._changed = True
                self.wake_ms = 0

    def judge(self, at_ms: int) -> Slowdown:
        """Judge at a time, ms: anew at whole minutes."""
        minute = at_ms // MINUTE_MS
        if self._changes:
            self._take_changes()
        if minute > self.detector.memory.last and self.wake_ms is not None:
            self._tick(minute)
        return Slowdown(self.detector, minute, self.detector.memory.alarmed, self._waits.count)

    def restored(self, memory: Memory | None, cells: Cells | None, minute: int) -> None:
        """Go on from what was kept, with the waits that there are; without it, begin at a minute."""
        self._take_changes()
        self.detector.restored(memory or Memory(last=minute, sign=minute), cells or Cells())
        self._changed = False
        self._sleep()

    def changed(self) -> tuple[Memory | None, Cells | None]:
        """Return what there is to write down: what changed since the last call."""
        if self._changes:
            self._take_changes()
        memory, cells = (self.detector.memory if self._changed else None), self.detector.usual.changed()
        self._changed = False
        return memory, cells

    def _take_changes(self) -> None:
        for start, count in sorted(self._changes.items()):
            self.detector.waits(start, count)
        self._changes.clear()
        self._changed = True

    def _tick(self, minute: int) -> None:
        detector = self.detector
        last = detector.memory.last
        if any(last < at <= minute for at in self._accepted):
            detector.accept(minute)
        if any(since <= minute < until for since, until in self._muted):
            detector.rest(minute)
        else:
            detector.judge(minute)
        self._changed = True
        self._sleep()

    def _sleep(self) -> None:
        due = self.detector.next_due()
        self.wake_ms = None if due is None else due * MINUTE_MS
