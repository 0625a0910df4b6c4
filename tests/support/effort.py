"""How hard property tests try: `EFFORT=20 pytest ...` draws twenty times as many examples as a plain run."""

from __future__ import annotations

import os

EFFORT = int(os.environ.get("EFFORT", "1"))


def examples(plain: int) -> int:
    """Return how many examples to draw where a plain run draws `plain`."""
    return plain * EFFORT
