"""Measure how soon a breach is said after its deadline: `python -m tests.bench.deadlines`.

The measurement is that of the fault test, with its full number of tickets: with no event coming, and with the worker
killed across the deadlines. The figures are printed at the end.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    """Run it; return its exit code."""
    command = [sys.executable, "-m", "pytest", "-q", "-s", "-m", "chaos", "-p", "no:randomly", "tests/chaos/test_deadlines.py"]
    return subprocess.run(command, cwd=ROOT, env=os.environ | {"CHAOS": "full"}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
