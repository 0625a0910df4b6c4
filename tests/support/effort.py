"""How hard property tests try: 1 in `make test`, 20 for twenty times as many examples; a plain `pytest` has to stay quick."""

from __future__ import annotations

import os

EFFORT = float(os.environ.get("EFFORT", "0.4"))


def examples(plain: int) -> int:
    """Return how many examples to draw where `make test` draws `plain`."""
    return max(1, round(plain * EFFORT))
