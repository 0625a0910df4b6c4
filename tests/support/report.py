"""Sum up the runs of `make test`: what passed, what was left out and why.

Usage: `python -m tests.support.report FOLDER` with a JUnit file per run, as `pytest --junitxml` writes it.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree as ET

ELSEWHERE = {
    "bench": "measures rather than proves: make bench",
}
"""Markers that `make test` leaves out."""


def outcomes(report: Path) -> tuple[Counter[str], float, Counter[str]]:
    """Return one run's tests by outcome, its seconds, and its skipped tests by reason."""
    counts: Counter[str] = Counter()
    skipped: Counter[str] = Counter()
    seconds = 0.0
    for suite in ET.parse(report).getroot().iter("testsuite"):  # noqa: S314 # our own pytest wrote it
        seconds += float(suite.get("time", "0"))
        for case in suite.iter("testcase"):
            tags = {child.tag: child for child in case}
            outcome = next((tag for tag in ("error", "failure", "skipped") if tag in tags), "passed")
            counts[{"failure": "failed", "error": "errors"}.get(outcome, outcome)] += 1
            if outcome == "skipped":
                skipped[tags[outcome].get("message", "no reason given")] += 1
    return counts, seconds, skipped


def closing_line(counts: Counter[str], seconds: float) -> str:
    """Return the counts in the words of pytest's own closing line."""
    shown = ", ".join(f"{counts[outcome]} {outcome}" for outcome in ("failed", "passed", "skipped", "errors") if counts[outcome])
    return f"{shown or 'no tests ran'} in {seconds:.2f}s"


def summary(folder: Path, tests: Path) -> str:
    """Return the whole report of the runs in `folder`."""
    total: Counter[str] = Counter()
    total_seconds, reasons = 0.0, Counter[str]()
    lines = []
    for report in sorted(folder.glob("*.xml")):
        counts, seconds, skipped = outcomes(report)
        lines.append(f"{report.stem:<8} {closing_line(counts, seconds)}")
        total += counts
        total_seconds += seconds
        reasons += skipped
    left_out = [f"{count} x {reason}" for reason, count in sorted(reasons.items())]
    left_out += [f"tests/{marker}: {why}" for marker, why in ELSEWHERE.items() if any((tests / marker).glob("test_*.py"))]
    if (folder / "chaos.xml").exists():
        left_out.append("the full count of faults (a quick round of each ran): make chaos")
    lines += ["", "Left out:", *(f"  {line}" for line in left_out)] if left_out else ["", "Nothing was left out."]
    return "\n".join([*lines, "", f"===== {closing_line(total, total_seconds)} ====="])


if __name__ == "__main__":
    sys.stdout.write(summary(Path(sys.argv[1]), Path(__file__).resolve().parents[1]) + "\n")
