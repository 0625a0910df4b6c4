"""Which mutants to try, and what the share of killed ones says about all of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from math import sqrt
from pathlib import Path
from random import Random

Z = 1.96
"""Of 95 %."""
SURVIVED, NO_TESTS = {0}, {5, 33}
"""Exit codes of pytest on a mutant: everything passed; nothing to run."""


def mutants(folder: Path) -> dict[str, int | None]:
    """Return every mutant that mutmut has made, by name, with the exit code of its tests; `None`: not tried."""
    found: dict[str, int | None] = {}
    for meta in sorted(folder.rglob("*.meta")):
        found |= json.loads(meta.read_text(encoding="utf-8"))["exit_code_by_key"]
    return found


def sample(names: Sequence[str], size: int, seed: int) -> list[str]:
    """Return so many of the names; the same seed gives the same."""
    return sorted(Random(seed).sample(sorted(names), min(size, len(names))))


def interval(killed: int, tried: int) -> tuple[float, float]:
    """Return Wilson's interval of the share killed, 95 %."""
    share = killed / tried
    middle = share + Z * Z / (2 * tried)
    half = Z * sqrt(share * (1 - share) / tried + Z * Z / (4 * tried * tried))
    below = 1 + Z * Z / tried
    return (middle - half) / below, (middle + half) / below
