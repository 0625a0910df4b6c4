"""The harness around the naive app: its processes, and what its table came to."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from agents.partitions.access import BrokerAccess
from pipeline.engine import Topic
from tests.support.chaos.feeder import Ledger
from tests.support.chaos.outputs import newest
from tests.support.chaos.plan import Plan
from tests.support.chaos.world import World

ROOT = Path(__file__).resolve().parents[3]


class NaiveWorker:
    """One process of the naive app."""

    def __init__(self, world: World) -> None:
        with tempfile.NamedTemporaryFile(prefix="naive-", suffix=".log", delete=False) as log:
            self.log = Path(log.name)
            arguments = [world.broker.bootstrap, world.name, world.topic(Topic.TICKET_EVENTS)]
            command = [sys.executable, "-m", "tests.chaos.naive_app", *arguments, str(world.settings.topics.ticket_partitions)]
            self.process = subprocess.Popen(command, stdout=log, stderr=log, cwd=ROOT)

    @property
    def handled(self) -> int:
        """Return how many events this process has counted."""
        told = [line for line in self.log.read_text(errors="replace").splitlines() if line.startswith("handled ")]
        return int(told[-1].split()[1]) if told else 0

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def dispose(self) -> None:
        self.kill()
        self.log.unlink(missing_ok=True)


def sent(plan: Plan, ledger: Ledger) -> Counter[bytes]:
    """Return how many records of each key are in the log."""
    return Counter(send.key for slot in range(ledger.slots) for send in plan.slot(slot))


def counted(world: World) -> Counter[bytes]:
    """Return the naive app's table, as a restart would find it."""
    access = BrokerAccess(bootstrap=world.broker.bootstrap)
    rows = asyncio.run(newest(access, f"{world.name}-counts-changelog"))
    return Counter({key: int(value) for key, value in rows.items()})
