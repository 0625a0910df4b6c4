"""The beginning that invented queues share, played once: what follows goes on from a copy of the state that it leaves."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Generic, TypeAlias, TypeVar

from tests.support.detection.feeding import Step

State = TypeVar("State")
Timeline: TypeAlias = list[tuple[int, Step]]


class Rehearsal(Generic[State]):
    """A state after the steps of a timeline before some minute."""

    def __init__(self, state: State, timeline: Timeline, cut: int, play: Callable[[State, Timeline, int], object]) -> None:
        """Let `play` bring the state to the first step at or after `cut`."""
        self._begun = [one for one in timeline if one[0] < cut]
        self._next = timeline[len(self._begun)][0]
        play(state, self._begun, self._next)
        self._state = state

    def resume(self, timeline: Timeline) -> tuple[State, Timeline] | None:
        """Return the state and what follows; `None` for a timeline that began otherwise."""
        length = len(self._begun)
        if timeline[:length] != self._begun or timeline[length][0] != self._next:
            return None
        return deepcopy(self._state), timeline[length:]
