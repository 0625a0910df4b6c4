"""What `caution` trades: the detector at several values of it on the same queues: `python -m tests.evaluate.frontier --jobs 2`.

A goal that one value misses may be reached at another, at the price that its row shows.
"""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed

from pipeline.alertrules import DetectorModel
from pipeline.judgement.detector.settings import Settings
from tests.evaluate.__main__ import OFFICE, Task
from tests.evaluate.grading import Grade, grade
from tests.evaluate.ours import statistical
from tests.evaluate.queues import queue_of
from tests.evaluate.report import Results, overview
from tests.evaluate.seeds import commit_of, seeds_of

CAUTIONS = (0.0, 0.25, 0.5, 1.0, 1.5)
PLAN = {1: 10, 5: 10, 20: 5, 60: 4}
PLAN_CLOSING = {1: 8, 5: 8, 20: 4, 60: 3}
"""Queues by volume."""


def run(task: Task) -> dict[float, Grade]:
    """Simulate one queue and grade the detector on it at each caution."""
    queue = queue_of(task.rate, task.seed, OFFICE if task.closing else None)
    return {one: grade(queue, statistical(queue, Settings.of(DetectorModel(caution=one)))) for one in CAUTIONS}


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(prog="frontier", description=__doc__)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seeds-from", default="", help="a text instead of the commit, to look at other queues")
    options = parser.parse_args()
    text = options.seeds_from or commit_of()
    plans = ((PLAN, False), (PLAN_CLOSING, True))
    todo = [Task(rate, seed, closing) for plan, closing in plans for rate in plan for seed in seeds_of(text, rate, plan[rate])]
    todo.sort(key=lambda task: (-task.rate, task.seed))
    found = {(f"caution {one:g}", rate, closing): Grade() for one in CAUTIONS for plan, closing in plans for rate in plan}
    with ProcessPoolExecutor(options.jobs) as pool:
        running = {pool.submit(run, task): task for task in todo}
        for done, future in enumerate(as_completed(running), 1):
            for one, graded in future.result().items():
                found[f"caution {one:g}", running[future].rate, running[future].closing].add(graded)
            sys.stderr.write(f"\r{done}/{len(todo)} queues")
            sys.stderr.flush()
    results: Results = dict(found)
    parts = [f"\nSeeds: {text[:12]}. {PLAN} queues, and {PLAN_CLOSING} that close, by tickets an hour; delays in minutes.", ""]
    sys.stdout.write("\n".join([*parts, *overview(results, closing=False), "", *overview(results, closing=True), ""]))


if __name__ == "__main__":
    main()
