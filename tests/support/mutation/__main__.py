"""`make mutation`: change the code a little, over and over, and see whether a test notices."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from tests.support.mutation.sampling import NO_TESTS, SURVIVED, interval, mutants, sample

MUTMUT = Path(sys.executable).with_name("mutmut")
FOLDER = Path("mutants")
FIRST = "pipeline.windows.amounts.*"
"""Trying the mutants of one small module makes those of all."""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--sample", type=int, default=300, help="how many mutants")
    arguments.add_argument("--seed", type=int, default=25, help="which ones")
    arguments.add_argument("--jobs", type=int, default=1)
    given = arguments.parse_args()
    if not mutants(FOLDER):
        _run(FIRST, jobs=given.jobs)
    names = sample(list(mutants(FOLDER)), given.sample, given.seed)
    _run(*names, jobs=given.jobs)
    tried = {name: code for name, code in mutants(FOLDER).items() if name in set(names) and code is not None}
    survivors = [name for name, code in tried.items() if code in SURVIVED | NO_TESTS]
    for name in survivors:
        subprocess.run([MUTMUT, "show", name], check=False)
    killed, every = len(tried) - len(survivors), len(mutants(FOLDER))
    low, high = interval(killed, len(tried))
    share = f"{killed / len(tried):.1%}, 95 %: {low:.1%} to {high:.1%}"
    sys.stdout.write(f"{killed} of {len(tried)} killed, a sample of {every} mutants: {share}\n")


def _run(*names: str, jobs: int) -> None:
    subprocess.run([MUTMUT, "run", *names, "--max-children", str(jobs)], check=False)


if __name__ == "__main__":
    main()
