"""What a partition counts of its own work in this process."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from pipeline.engine import DeadLetter


@dataclass
class Tally:
    """Counters and figures for `/metrics`; nothing here decides anything."""

    records: int = 0
    replayed: int = 0
    holes: int = 0
    """Times that records were missing on their way here and the fetcher was sent back."""
    transactions: Counter[str] = field(default_factory=Counter)
    """By outcome."""
    dead_letters: Counter[str] = field(default_factory=Counter)
    """By reason."""
    restored_rows: int = 0
    restore_ms: int = 0
    tick_delay_ms: int = 0

    def committed(self, dead_letters: list[DeadLetter]) -> None:
        """Count a committed transaction."""
        self.transactions["committed"] += 1
        self.dead_letters.update(letter.reason for letter in dead_letters)


class StepSize:
    """How many records one step takes: halves when their effects outgrow a transaction, and grows back."""

    def __init__(self, most: int) -> None:
        """Begin with `most`."""
        self._most = most
        self.records = most

    def took(self, records: int, *, too_large: bool) -> None:
        """Learn from a step of `records`."""
        self.records = max(1, records // 2) if too_large else min(self._most, self.records * 2)
