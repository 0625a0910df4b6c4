"""The figures of a run, as a table at its end."""

from __future__ import annotations

import statistics
import sys
from dataclasses import dataclass, field

from tests.support.chaos.check import Verdict
from tests.support.chaos.faults import STAGES, Hit


@dataclass
class Figures:
    """What the tests of a session have measured."""

    seed: int = 0
    lines: list[str] = field(default_factory=list)

    def told(self, line: str) -> None:
        """Say something now (seen with `pytest -s`) and at the end."""
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
        self.lines.append(line)

    def table(self, hits: list[Hit], records: int, seconds: float, verdict: Verdict) -> None:
        """Tell what the faults did and what they cost."""
        self.told(f"{records} records in {seconds:.0f} s ({records / seconds:.0f} a second), {len(hits)} faults")
        self.told(f"lost {verdict.lost}, double {verdict.double}, other differences {len(verdict.wrong)}")
        header = f"{'fault':<22}{'times':>6}{'recovery s: p50':>17}{'max':>7}   transactions aborted, by stage"
        self.told(header)
        for fault in sorted({hit.fault for hit in hits}):
            mine = [hit for hit in hits if hit.fault == fault]
            seconds_each = [hit.recovery_seconds for hit in mine]
            aborted = ", ".join(f"{stage} {sum(hit.aborted[stage] for hit in mine)}" for stage in STAGES)
            notes = "; ".join(dict.fromkeys(hit.note for hit in mine if hit.note))
            median, most = statistics.median(seconds_each), max(seconds_each)
            self.told(f"{fault:<22}{len(mine):>6}{median:>17.1f}{most:>7.1f}   {aborted}{'   ' if notes else ''}{notes}")
