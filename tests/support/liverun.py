"""Runs the product as its users do: `firstreply` commands, real worker processes, `/metrics` over HTTP."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Self

from agents.brokerprocess import free_port

_SAMPLE = re.compile(r"^([a-z_]+)(?:\{(.*)\})? ([-+0-9.eE]+)$")
_TICKETS = ("stage", "tickets")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def firstreply(*arguments: str, seconds: float = 300) -> str:
    """Run a command to its end and return its standard output; a failure shows its standard error."""
    command = [sys.executable, "-c", "from agents.cli import main; main()", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)
    assert done.returncode == 0, f"firstreply {' '.join(arguments)} exited with {done.returncode}:\n{done.stderr[-2_000:]}"
    return done.stdout


class LiveWorker:
    """A `firstreply worker` process."""

    def __init__(self, config: Path, log: Path) -> None:
        self.config, self.log = config, log
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """Start it."""
        command = [sys.executable, "-c", "from agents.cli import main; main()", "worker", "-c", str(self.config)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen([*command, "--metrics-port", str(self.port)], stdout=log, stderr=log)
        return self

    def stop(self, seconds: float = 20) -> int:
        """Ask it to stop and return its exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)

    def kill(self) -> None:
        """Make sure that it is gone."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.kill()

    def metrics(self) -> Samples:
        """Scrape it; nothing while it does not answer."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=10) as answer:
                text = answer.read().decode()
        except (urllib.error.URLError, OSError):
            assert self.process is not None
            assert self.process.poll() is None, (
                f"the worker ended with {self.process.returncode}:\n{self.log.read_text()[-3_000:]}"
            )
            return {}
        samples: Samples = {}
        for line in text.splitlines():
            found = _SAMPLE.match(line)
            if found:
                labels = tuple(sorted((name, value) for name, value in _LABEL.findall(found[2] or "")))
                samples[found[1], labels] = float(found[3])
        return samples

    def total(self, name: str, **labels: str) -> float:
        """Return the sum of a family's samples that have these labels."""
        return sum(v for (family, have), v in self.metrics().items() if family == name and labels.items() <= dict(have).items())

    def settled(self, records: int, quiet_seconds: float = 3.0) -> Callable[[], bool]:
        """Return a condition: `records` source records are applied, nothing lags, and nothing was committed for a while."""
        seen = (-1.0, time.monotonic())

        def condition() -> bool:
            nonlocal seen
            samples = self.metrics()
            lags = [v for (name, _), v in samples.items() if name == "support_pipeline_lag_records"]
            applied = [v for (name, have), v in samples.items() if name == "support_pipeline_records_total" and _TICKETS in have]
            commits = sum(v for (name, _), v in samples.items() if name == "support_pipeline_transactions_total")
            if not lags or any(lags) or sum(applied) < records or commits != seen[0]:
                seen = (commits, time.monotonic())
                return False
            return time.monotonic() - seen[1] > quiet_seconds

        return condition
