"""What `/livez` and `/readyz` answer: whether work advances, and whether this worker can be counted on.

A process that is up proves nothing: a hung partition still answers HTTP. Alive means that no partition stands still
while records wait for it; ready means that the consumer group gave this worker its share and its state is restored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

import msgspec

from agents.clock import Clock
from agents.exporter import StageView


class Verdict(msgspec.Struct, frozen=True):
    """The answer of a check and the sentence that explains it."""

    ok: bool
    reason: str


Check: TypeAlias = Callable[[], Verdict]


class Progress:
    """Alive unless a partition has been seen behind, at the same position, for longer than `patience_ms`."""

    def __init__(self, stages: Iterable[StageView], clock: Clock, *, patience_ms: int = 60_000) -> None:
        """Watch the partitions of `stages`."""
        self._stages = tuple(stages)
        self._clock = clock
        self._patience_ms = patience_ms
        self._behind: dict[tuple[str, int], tuple[int, int]] = {}

    def __call__(self) -> Verdict:
        """Look again. The time counts from the first look that found the partition behind, so a rare look accuses nobody."""
        now = self._clock.now_ms()
        behind: dict[tuple[str, int], tuple[int, int]] = {}
        stuck: list[str] = []
        for stage in self._stages:
            for view in stage.partitions:
                if not view.lag:
                    continue
                key = (stage.name, view.partition)
                position, since = self._behind.get(key, (-1, now))
                if position != view.position:
                    since = now
                behind[key] = (view.position, since)
                if now - since > self._patience_ms:
                    stands = f"has stood at offset {view.position} for {(now - since) // 1_000} s, {view.lag} records behind"
                    stuck.append(f"{stage.name} partition {view.partition} {stands}")
        self._behind = behind
        return Verdict(not stuck, "; ".join(stuck) or "every partition advances or has nothing to do")


class Readiness:
    """Ready once every stage has its share of the partitions and has restored them. An empty share is a share: a spare worker."""

    def __init__(self, stages: Iterable[StageView]) -> None:
        """Ask `stages`."""
        self._stages = tuple(stages)

    def __call__(self) -> Verdict:
        """Return whether the worker is ready, and what it owns or waits for."""
        waiting = [f"{stage.name}: waits for its consumer group" for stage in self._stages if not stage.joined]
        waiting += [
            f"{stage.name}: restores {stage.restoring} partition{'s' if stage.restoring > 1 else ''}"
            for stage in self._stages
            if stage.joined and stage.restoring
        ]
        owned = "; ".join(f"{stage.name}: owns {len(tuple(stage.partitions))}" for stage in self._stages)
        return Verdict(not waiting, "; ".join(waiting) or owned)
