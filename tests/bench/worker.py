"""One real worker, measured from outside: what its consumer group has committed, and what the kernel says it has cost."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import msgspec
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from agents.settings import Settings
from agents.topics import name_of
from pipeline.engine import Topic
from tests.bench.broker import PREFIX, ROOT, ContenderFailedError
from tests.bench.contenders.outcome import Outcome, peak_mib
from tests.bench.job import Ending
from tests.bench.stream import CONFIG

_RESTORED = re.compile(r"tickets\[\d+\]: restored (\d+) rows in ([\d.]+) s \((\d+) rows/s\)")
_POLL_SECONDS = 0.1
PROFILE = "BENCH_PROFILE"
"""Variable that names a file: the worker runs, more slowly, under cProfile and leaves its profile there."""
_TIMEOUT_SECONDS = 900.0


class Restore(msgspec.Struct, frozen=True):
    """How a worker took up the state of its tickets."""

    rows: int
    seconds: float
    """From the start of the first partition's restore to the end of the last one's, as far as the log tells."""


class Sample(NamedTuple):
    """What had been committed when."""

    events: int
    at: float
    cpu: float


class BenchWorker:
    """`firstreply worker` as a process."""

    def __init__(self, settings: Settings, environment: Mapping[str, str] | None = None) -> None:
        self._settings = settings
        with tempfile.NamedTemporaryFile(prefix="bench-worker-", suffix=".log", delete=False) as log:
            self.log = Path(log.name)
            firstreply = str(Path(sys.executable).with_name("firstreply"))
            profiled = [sys.executable, "-m", "cProfile", "-o", os.environ[PROFILE]] if PROFILE in os.environ else []
            command = [*profiled, firstreply, "worker", "--config", str(CONFIG), "--metrics-port", "0"]
            own = {
                "FIRSTREPLY_BROKER__BOOTSTRAP": settings.broker.bootstrap,
                "FIRSTREPLY_WORKER__APP_ID": settings.worker.app_id,
                "FIRSTREPLY_TOPICS__PREFIX": PREFIX,
                "NO_COLOR": "1",
            }
            kept = {name: value for name, value in os.environ.items() if not name.startswith("FIRSTREPLY_")}
            self.process = subprocess.Popen(command, stdout=log, stderr=log, cwd=ROOT, env=kept | own | dict(environment or {}))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.wait()
        self.log.unlink(missing_ok=True)

    def _check(self, deadline: float, what: str) -> None:
        ended = self.process.poll()
        if ended is not None or time.monotonic() > deadline:
            printed = self.log.read_text(errors="replace")[-3_000:]
            msg = f"the worker ended with {ended} or did not {what} in time:\n{printed}"
            raise ContenderFailedError(msg)

    def cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    async def _follow(self, count: int) -> tuple[Sample, Sample]:
        """Sample what is committed, from the first commit seen until everything is."""
        admin: Any = AIOKafkaAdminClient(bootstrap_servers=self._settings.broker.bootstrap)
        await admin.start()
        source = name_of(Topic.TICKET_EVENTS, self._settings.topics)
        deadline = time.monotonic() + _TIMEOUT_SECONDS
        first: Sample | None = None
        try:
            while True:
                self._check(deadline, "apply the log")
                sample = Sample(await self._committed(admin, source), time.monotonic(), self.cpu_seconds())
                if sample.events and first is None:
                    first = sample
                if first is not None and sample.events >= count:
                    return first, sample
                await asyncio.sleep(_POLL_SECONDS)
        finally:
            await admin.close()

    async def _committed(self, admin: Any, source: str) -> int:
        try:
            offsets = await admin.list_consumer_group_offsets(self._settings.worker.app_id)
        except KafkaError:  # nobody knows the group before the worker has joined it
            return 0
        return sum(max(0, found.offset) for place, found in offsets.items() if place.topic == source)

    def apply(self, count: int) -> Outcome:
        """Wait until the log of `count` events is applied; return what it took between the first commit seen and the last."""
        first, last = asyncio.run(self._follow(count))
        return Outcome(last.events - first.events, last.at - first.at, last.cpu - first.cpu, peak_mib(self.process.pid))

    def restored(self, partitions: int) -> Restore:
        """Wait until every partition has told how it was restored."""
        deadline = time.monotonic() + _TIMEOUT_SECONDS
        while len(found := _RESTORED.findall(self.log.read_text(errors="replace"))) < partitions:
            self._check(deadline, "restore its state")
            time.sleep(_POLL_SECONDS)
        return Restore(sum(int(rows) for rows, _, _ in found), max(float(seconds) for _, seconds, _ in found))


def with_ending(outcome: Outcome, ending: Ending) -> Outcome:
    return msgspec.structs.replace(outcome, ending=ending)
