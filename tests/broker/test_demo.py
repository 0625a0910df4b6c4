"""The demo as a person runs it: it shows what it promises, and leaves nothing behind however it ends."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.cli.exit_codes import ExitCode
from tests.support.broker import ROOT
from tests.support.waiting import wait_for

pytestmark = pytest.mark.broker

COMMAND = [sys.executable, "-c", "from agents.cli import main; main()", "demo"]
GOODBYE_SECONDS = 5.0
LIVE = "live: a minute of the centre"


class Run:
    """One demo without a terminal."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.log = folder / "demo.log"
        with self.log.open("wb") as log:
            # A configuration for production that lies around must not be touched.
            environment = os.environ | {"FIRSTREPLY_BROKER__BOOTSTRAP": "127.0.0.1:1"}
            self.process = subprocess.Popen([*COMMAND, *arguments], stdout=log, stderr=log, cwd=ROOT, env=environment)

    @property
    def said(self) -> str:
        return self.log.read_text()

    def has_said(self, what: str) -> bool:
        assert self.process.poll() is None, self.said
        return what in self.said

    def children(self) -> set[int]:
        """Everything that the demo has started: broker, worker, board and their watchdogs."""
        return {
            int(place.name) for place in Path("/proc").iterdir() if place.name.isdigit() and _parent_of(place) == self.process.pid
        }


def _parent_of(place: Path) -> int:
    with contextlib.suppress(OSError):
        return int((place / "stat").read_text().rpartition(") ")[2].split()[1])
    return 0


def alive(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()[0] != "Z"
    return False


@pytest.fixture
def start(tmp_path: Path) -> Iterator[object]:
    runs: list[Run] = []

    def make(*arguments: str) -> Run:
        runs.append(Run(tmp_path, *arguments))
        return runs[-1]

    yield make
    for run in runs:
        if run.process.poll() is None:
            run.process.kill()
        run.process.wait()


def test_it_shows_the_alert_and_the_metrics_and_ends_by_itself(start: type[Run]) -> None:
    run = start("--seconds", "25")
    assert run.process.wait(timeout=200) == ExitCode.OK, run.said
    assert "in memory only" in run.said
    assert "/metrics" in run.said
    assert "<- open this" in run.said
    assert "service-levels" in run.said
    assert "alert firing: technical: first replies take" in run.said
    assert "All was shown: the alert came" in run.said
    assert "Traceback" not in run.said


def test_an_interrupted_demo_is_gone_in_seconds_with_all_its_children(start: type[Run]) -> None:
    run = start()
    wait_for(lambda: run.has_said(LIVE), "the live part", 120)
    children = run.children()
    assert len(children) >= 6
    began = time.monotonic()
    run.process.send_signal(signal.SIGINT)
    assert run.process.wait(timeout=30) == ExitCode.OK, run.said
    assert time.monotonic() - began < GOODBYE_SECONDS
    assert not [pid for pid in children if alive(pid)]
    assert "nothing is left running" in run.said
    assert "Traceback" not in run.said


def test_an_interruption_while_it_starts_leaves_nothing_behind(start: type[Run]) -> None:
    run = start("--seconds", "60")
    wait_for(lambda: len(run.children()) >= 6, "broker, worker and board", 60)
    children = run.children()
    began = time.monotonic()
    run.process.send_signal(signal.SIGTERM)
    assert run.process.wait(timeout=30) == ExitCode.INTERRUPTED, run.said
    assert time.monotonic() - began < GOODBYE_SECONDS
    assert not [pid for pid in children if alive(pid)]


def test_a_killed_demo_takes_its_children_with_it(start: type[Run]) -> None:
    run = start()
    wait_for(lambda: len(run.children()) >= 6, "broker, worker and board", 60)
    children = run.children()
    run.process.kill()
    run.process.wait()
    wait_for(lambda: not [pid for pid in children if alive(pid)], "their end", 10)


def test_a_worker_that_dies_is_told(start: type[Run]) -> None:
    run = start("--seconds", "60")
    wait_for(lambda: run.has_said("learning what is usual"), "the history", 60)
    worker = [pid for pid in run.children() if "worker" in Path(f"/proc/{pid}/cmdline").read_text().split("\0")]
    os.kill(worker[0], signal.SIGKILL)
    assert run.process.wait(timeout=30) == ExitCode.FAILED
    assert "error: The demo broke off: worker ended by itself" in run.said
