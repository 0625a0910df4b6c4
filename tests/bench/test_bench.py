"""`make bench`: every measurement in a process of its own.

No number fails; a contender that counts otherwise than the fold does.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.bench
@pytest.mark.parametrize("what", ["core", "segments", "runtime", "deadlines", "sidebyside", "latency"])
def test_measure(what: str) -> None:
    done = subprocess.run([sys.executable, "-m", f"tests.bench.{what}"], cwd=ROOT, check=False)
    assert done.returncode == 0
