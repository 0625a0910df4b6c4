"""Grade every detector on queues whose seeds follow from the commit: `python -m tests.evaluate --jobs 2`.

Nothing can be tuned on seeds that are not known before the commit that is graded.
"""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import NamedTuple

from tests.evaluate.channels import Hours
from tests.evaluate.detectors import DETECTORS, OURS
from tests.evaluate.grading import Grade, grade
from tests.evaluate.queues import queue_of
from tests.evaluate.report import Results, tables
from tests.evaluate.seeds import commit_of, seeds_of

FULL = {0.2: 40, 1: 24, 5: 20, 20: 10, 60: 8, 200: 6}
"""Queues by volume."""
FULL_CLOSING = {1: 12, 5: 12, 20: 8, 60: 6}
QUICK = {0.2: 8, 1: 6, 5: 5, 20: 2, 60: 2, 200: 1}
QUICK_CLOSING = {5: 3, 20: 2}
OFFICE: Hours = (9, 18)


class Task(NamedTuple):
    rate: float
    seed: int
    closing: bool


def tasks(commit: str, *, quick: bool) -> list[Task]:
    """Return the queues to be simulated, the long ones first."""
    found = []
    for plan, closing in ((QUICK if quick else FULL, False), (QUICK_CLOSING if quick else FULL_CLOSING, True)):
        found += [Task(rate, seed, closing) for rate, count in plan.items() for seed in seeds_of(commit, rate, count)]
    return sorted(found, key=lambda task: (-task.rate, task.seed))


def run(task: Task) -> dict[str, Grade]:
    """Simulate one queue and grade every detector on it."""
    queue = queue_of(task.rate, task.seed, OFFICE if task.closing else None)
    names = [OURS, "frt_jump (the floor's rule)"] if task.closing else list(DETECTORS)
    return {name: grade(queue, DETECTORS[name](queue)) for name in names}


def evaluate(todo: list[Task], jobs: int) -> Results:
    """Run the tasks, telling how far it is."""
    results: Results = {}
    with ProcessPoolExecutor(jobs) as pool:
        running = {pool.submit(run, task): task for task in todo}
        for done, future in enumerate(as_completed(running), 1):
            task = running[future]
            for name, graded in future.result().items():
                results.setdefault((name, task.rate, task.closing), Grade()).add(graded)
            sys.stderr.write(f"\r{done}/{len(todo)} queues")
            sys.stderr.flush()
    sys.stderr.write("\n")
    order = list(DETECTORS)
    return dict(sorted(results.items(), key=lambda item: (order.index(item[0][0]), item[0][1:])))


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(prog="evaluate", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer queues: about two minutes")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seeds-from", default="", help="a text instead of the commit, to look at other queues")
    parser.add_argument("--out", type=Path, help="write the tables there as well")
    options = parser.parse_args()
    commit = options.seeds_from or commit_of()
    report = tables(evaluate(tasks(commit, quick=options.quick), options.jobs), f"of commit {commit[:12]}")
    sys.stdout.write(report)
    if options.out:
        options.out.write_text(report, encoding="utf-8")


if __name__ == "__main__":
    main()
