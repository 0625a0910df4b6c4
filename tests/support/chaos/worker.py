"""A `firstreply worker` process: start it, hurt it, ask it what it owns."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

from prometheus_client.parser import text_string_to_metric_families

from agents.brokerprocess import free_port

Samples: TypeAlias = Mapping[tuple[str, frozenset[tuple[str, str]]], float]
"""(name, labels) -> value of one page of `/metrics`."""
Place: TypeAlias = tuple[str, int]
"""(stage, partition)."""


class WorkerProcess:
    """One process and what it printed."""

    def __init__(self, config: Path, bootstrap: str) -> None:
        self.port = free_port()
        with tempfile.NamedTemporaryFile(prefix="worker-", suffix=".log", delete=False) as log:
            self.log = Path(log.name)
            command = [str(Path(sys.executable).parent / "firstreply"), "worker", "--config", str(config)]
            command += ["--bootstrap", bootstrap, "--metrics-port", str(self.port)]
            environment = {name: value for name, value in os.environ.items() if not name.startswith("FIRSTREPLY_")}
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=environment | {"NO_COLOR": "1"})

    @property
    def code(self) -> int | None:
        """Return the exit code, `None` while it runs."""
        return self.process.poll()

    @property
    def printed(self) -> str:
        return self.log.read_text(errors="replace")

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def ended(self, timeout_seconds: float) -> int:
        """Wait for the end and return the exit code."""
        return self.process.wait(timeout_seconds)

    def stop(self) -> tuple[int, float]:
        """Ask it to end; return the exit code and the seconds that it took."""
        started = time.monotonic()
        self.send(signal.SIGTERM)
        return self.ended(60), time.monotonic() - started

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def dispose(self) -> None:
        """Leave neither process nor file behind."""
        self.kill()
        self.log.unlink(missing_ok=True)

    def scrape(self) -> Samples:
        """Return the page of `/metrics`; nothing when it does not answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/metrics")
            page = connection.getresponse().read().decode()
        except (OSError, http.client.HTTPException):
            return {}
        finally:
            connection.close()
        families = text_string_to_metric_families(page)
        return {(s.name, frozenset(s.labels.items())): s.value for family in families for s in family.samples}

    def committed(self) -> dict[Place, int]:
        """Return the partitions owned, each with the transactions committed since this process owns it."""
        found: dict[Place, int] = {}
        for (name, labels), value in self.scrape().items():
            told = dict(labels)
            if name == "support_pipeline_position_offset":
                found.setdefault((told["stage"], int(told["partition"])), 0)
            elif name == "support_pipeline_transactions_total" and told["outcome"] == "committed":
                found[told["stage"], int(told["partition"])] = int(value)
        return found

    def lag(self) -> dict[Place, int]:
        """Return how far each partition owned is behind; one whose end is unknown is left out."""
        name = "support_pipeline_lag_records"
        tellings = [(dict(labels), value) for (metric, labels), value in self.scrape().items() if metric == name]
        return {(told["stage"], int(told["partition"])): int(value) for told, value in tellings}

    def __repr__(self) -> str:
        return f"worker {self.process.pid}"
