"""What every alert rule is: a judge of one segment, whose judgement says whether the condition holds and how to tell it.

A rule knows nothing of lives, rows or topics. It is told what was added (`add`), asked at a time (`judge`), and its
judgement writes the page (`tell`). Whoever adds a rule writes a judge and its judgement, and names it in
`pipeline.judgement.judges`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple, Protocol, runtime_checkable

from pipeline.judgement.words import clock, duration
from pipeline.windows.rows import Cell
from pipeline.windows.slots import Slots


class Terms(NamedTuple):
    """How patient a rule is, and how loud."""

    rule: str
    severity: str
    raise_after_ms: int
    clear_after_ms: int
    measure: str = ""
    """The promise that the rule is about, where there may be a rule per promise."""
    goal: str = ""
    """The name of the goal that the rule is about."""

    @property
    def key(self) -> str:
        """Return what tells the rule apart in ids and rows."""
        about = self.measure or self.goal
        return f"{self.rule}.{about}" if about else self.rule


class Scene(NamedTuple):
    """What stands around a judgement when it is told."""

    where: str
    """The segment in words."""
    at_ms: int
    onset_at: int
    waiting: int
    """Customers who await a first reply."""
    oldest_at: int | None
    """Since when the longest of them waits, ms."""
    slots: Slots

    def clock(self, then_ms: int) -> str:
        """Write a time on the wall clock of the domain's zone."""
        return clock(self.slots, then_ms, self.at_ms)

    @property
    def who_waits(self) -> str:
        """Say how many wait for a first reply, and the longest of them for how long."""
        waiting = self.waiting
        who = "nobody waits" if waiting <= 0 else "1 customer waits" if waiting == 1 else f"{waiting} customers wait"
        if self.oldest_at is None:
            return who
        return f"{who}, the longest for {duration(self.at_ms - self.oldest_at)} (since {self.clock(self.oldest_at)})"


class Told(NamedTuple):
    """The page, in plain words and in numbers."""

    summary: str
    """One sentence: where, what, how bad against what is usual or promised, since when, who waits."""
    action: str = ""
    """What to do."""
    now_ms: int | None = None
    usual_ms: int | None = None
    replies: int = 0
    numbers: Mapping[str, int] = MappingProxyType({})
    """What the rule read, by name; the unit is the name's end."""


class Judgement(Protocol):
    """What a rule says of its segment at one time."""

    @property
    def holds(self) -> bool:
        """Whether the condition to fire holds."""
        ...

    @property
    def clears(self) -> bool:
        """Whether the condition to resolve holds."""
        ...

    @property
    def peak(self) -> int:
        """How bad it is: the largest over an alert's life is told."""
        ...

    @property
    def size(self) -> tuple[int, ...]:
        """What must change before a firing alert is said again."""
        ...

    def tell(self, scene: Scene) -> Told:
        """Write it down."""
        ...


@runtime_checkable
class Dated(Protocol):
    """A judgement that knows since when its condition holds."""

    @property
    def onset_at(self) -> int:
        """Since when, ms."""
        ...


class Judge(Protocol):
    """One rule on one segment."""

    terms: Terms
    wake_ms: int | None
    """Without an addition the rule cannot begin to hold before this time, ms; `None`: never. Whoever adds sets it to 0."""

    @property
    def restless(self) -> bool:
        """Whether time alone may change the judgement."""
        ...

    @property
    def reach(self) -> int:
        """Minutes back to the oldest pane that the rule reads."""
        ...

    def add(self, minute: int, cell: Cell) -> None:
        """Note what was added to a minute."""

    def judge(self, at_ms: int) -> Judgement:
        """Judge at a time, ms."""
        ...
