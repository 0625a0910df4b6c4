"""How hard property tests try: `EFFORT=20` draws twenty times as many examples as a plain run, `EFFORT=0.2` a fifth."""

from __future__ import annotations

import os

EFFORT = float(os.environ.get("EFFORT", "1"))


def examples(plain: int) -> int:
    """Return how many examples to draw where a plain run draws `plain`."""
    return max(1, round(plain * EFFORT))
