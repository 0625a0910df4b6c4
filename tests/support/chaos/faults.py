"""Faults, each armed on a condition and each able to say whether it hit something."""

from __future__ import annotations

import signal
import time
from dataclasses import dataclass, field
from random import Random
from typing import Protocol

from agents.partitions.failstop import ExitCode
from tests.support.chaos.worker import Place, WorkerProcess
from tests.support.chaos.world import InconclusiveError, World, pick

STAGES = ("tickets", "segments")
_ARM_SECONDS = 30.0
_RECOVERY_SECONDS = 90.0


@dataclass
class Hit:
    """What one fault did."""

    fault: str
    recovery_seconds: float
    """From the fault to the first commit in each partition that it took."""
    aborted: dict[str, int] = field(default_factory=dict)
    """Transactions with records that the broker aborted, by stage."""
    note: str = ""


class Fault(Protocol):
    """Something that goes wrong. `strike` arms it, does it, and waits until the pipeline has recovered."""

    def strike(self, world: World, random: Random) -> Hit: ...


def in_transaction(world: World, victim: WorkerProcess, places: list[Place]) -> Place:
    """Wait for the moment in which the log shows an open transaction, with records in it, in one of these partitions."""
    logs = [(place, world.txns[place].follow()) for place in places]
    deadline = time.monotonic() + _ARM_SECONDS
    while True:
        for place, log in logs:
            if log.follow().open:
                return place
        if time.monotonic() > deadline or victim.code is not None:
            msg = f"{victim} opened no transaction in {places}\n{world.explain()}"
            raise InconclusiveError(msg)


class Watch:
    """Counts what happens to some partitions from a fault on."""

    def __init__(self, world: World, fault: str, places: list[Place]) -> None:
        self._world, self._fault, self._places = world, fault, places
        self._commits = world.commits()
        self._aborts = {place: len(world.txns[place].aborts) for place in world.txns}
        self._began = time.monotonic()

    def moved(self) -> bool:
        """Return whether every partition has committed again."""
        commits = self._world.commits()
        return all(commits[place] > self._commits[place] for place in self._places)

    def recovered(self, note: str = "") -> Hit:
        """Wait until every partition has committed again."""
        self._world.until(self.moved, f"{self._places} commit again after {self._fault}", _RECOVERY_SECONDS, 0.02)
        return self.hit(note)

    def hit(self, note: str = "") -> Hit:
        """Return what has happened so far."""
        seconds = time.monotonic() - self._began
        aborted = dict.fromkeys(STAGES, 0)
        for place, before in self._aborts.items():
            new = self._world.txns[place].follow().aborts[before:]
            aborted[place[0]] += sum(marker.records > 0 for marker in new)
        return Hit(self._fault, seconds, aborted, note)


@dataclass(frozen=True)
class KillWorker:
    """Kill -9 the owner of a partition of `stage` inside an open transaction of it; another process starts at once."""

    stage: str

    def strike(self, world: World, random: Random) -> Hit:
        owners = world.until_all_owned()
        victim = pick(random, owners, self.stage)
        places = [place for place, owner in owners.items() if owner is victim]
        in_transaction(world, victim, [place for place in places if place[0] == self.stage])
        victim.kill()
        watch = Watch(world, f"kill -9 ({self.stage})", places)
        world.take_off(victim)
        world.start()
        return watch.recovered()


@dataclass(frozen=True)
class PauseWorker:
    """SIGSTOP the owner of a partition inside an open transaction until others own all it had, then SIGCONT."""

    stage: str

    def strike(self, world: World, random: Random) -> Hit:
        owners = world.until_all_owned()
        victim = pick(random, owners, self.stage)
        places = [place for place, owner in owners.items() if owner is victim]
        in_transaction(world, victim, [place for place in places if place[0] == self.stage])
        victim.send(signal.SIGSTOP)
        watch = Watch(world, "SIGSTOP, SIGCONT", places)
        try:
            hit = watch.recovered()
        finally:
            victim.send(signal.SIGCONT)
        gone = f"{victim} ends, or has let go of what others own"
        world.until(lambda: victim.code is not None or one_owner_each(world), gone, _RECOVERY_SECONDS)
        code = victim.code
        assert code in (None, ExitCode.FENCED), f"{victim} slept, woke up and ended with {code}\n{victim.printed[-3_000:]}"
        hit.note = "joined again" if code is None else f"exit {code}"
        world.supervise()
        return hit


def one_owner_each(world: World) -> bool:
    """Return whether every partition is shown by exactly one worker."""
    shown = sorted(place for worker in world.workers for place in worker.committed())
    return shown == sorted(world.txns)


@dataclass(frozen=True)
class KillBroker:
    """Kill -9 the broker while a transaction is open, and start it again."""

    stage: str

    def strike(self, world: World, random: Random) -> Hit:
        owners = world.until_all_owned()
        victim = pick(random, owners, self.stage)
        in_transaction(world, victim, [place for place in owners if place[0] == self.stage])
        world.broker.kill9()
        watch = Watch(world, "broker kill -9", list(world.txns))
        restarts = world.restarts.total()
        world.broker.start()
        return watch.recovered(f"{world.restarts.total() - restarts} workers restarted")


@dataclass(frozen=True)
class StopWorker:
    """SIGTERM the owner of a partition; it must end with 0 in seconds. Another one starts."""

    stage: str
    most_seconds: float = 15.0

    def strike(self, world: World, random: Random) -> Hit:
        owners = world.until_all_owned()
        victim = pick(random, owners, self.stage)
        places = [place for place, owner in owners.items() if owner is victim]
        watch = Watch(world, "graceful stop", places)
        world.take_off(victim)
        code, seconds = victim.stop()
        assert code == 0, f"{victim} was asked to stop and ended with {code}\n{victim.printed[-3_000:]}"
        assert seconds < self.most_seconds, f"{victim} took {seconds:.1f} s to stop"
        world.start()
        return watch.recovered(f"{seconds:.1f} s to stop")


@dataclass(frozen=True)
class AddAndRemoveWorker:
    """Add a worker, wait until it owns something and commits, and ask the longest-serving one to stop."""

    def strike(self, world: World, random: Random) -> Hit:
        world.until_all_owned()
        watch = Watch(world, "added, removed", list(world.txns))
        guest = world.start()
        world.until(lambda: any(guest.committed().values()), "the added worker commits", _RECOVERY_SECONDS)
        eldest = world.workers[0]
        owned = [place for place, (owner, _) in world.owners().items() if owner is eldest]
        left = Watch(world, "added, removed", owned)
        world.take_off(eldest)
        code, _ = eldest.stop()
        assert code == 0, f"{eldest} was asked to stop and ended with {code}\n{eldest.printed[-3_000:]}"
        hit = left.recovered(f"{len(owned)} partitions handed over")
        hit.aborted = watch.hit().aborted
        return hit
