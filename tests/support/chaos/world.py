"""A pipeline under fire: one broker, some workers, a feeder, and the transaction logs of both stages."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

from agents.configuration import load
from agents.settings import Settings
from agents.topicadmin import apply
from agents.topics import Changelog, declared, name_of
from pipeline.engine import Topic
from tests.support.broker import KafkaBroker
from tests.support.chaos.feeder import Feeder
from tests.support.chaos.plan import Plan
from tests.support.chaos.txnlog import TransactionLog
from tests.support.chaos.worker import Place, WorkerProcess

CONFIG = Path(__file__).with_name("domain.toml")
SUPERVISED = frozenset({3, 75})
"""A supervisor starts a worker again that ended so; anything else but what was asked for is a failure of the test."""


class InconclusiveError(AssertionError):
    """The fault hit nothing: the run proves nothing."""


class World:
    """Everything that a fault may hurt."""

    def __init__(self, broker: KafkaBroker, name: str, config: Path = CONFIG) -> None:
        """Make the topics of a pipeline called `name`; its configuration is `config` with that name put in."""
        self.broker = broker
        self.name = name
        self.config = broker.data_dir / f"{name}.toml"
        text = config.read_text().replace("[worker]\n", f'[worker]\napp_id = "{name}"\n', 1)
        self.config.write_text(f'{text}\n[topics]\nprefix = "{name}."\n')
        self.settings: Settings = load(self.config, broker={"bootstrap": broker.bootstrap})
        apply(self.settings)
        topics = self.settings.topics
        self.txns: dict[Place, TransactionLog] = {}
        for stage, changelog in (("tickets", Changelog.TICKETS), ("segments", Changelog.SEGMENTS)):
            topic = name_of(changelog, topics)
            count = next(spec.partitions for spec in declared(topics, self.settings.time) if spec.name == topic)
            for partition in range(count):
                self.txns[stage, partition] = TransactionLog(broker.data_dir / "logs", topic, partition)
        self.workers: list[WorkerProcess] = []
        self.gone: list[WorkerProcess] = []
        self.restarts: Counter[int] = Counter()
        self.feeder: Feeder | None = None

    def topic(self, topic: Topic) -> str:
        return name_of(topic, self.settings.topics)

    def start(self) -> WorkerProcess:
        """Start one more worker."""
        worker = WorkerProcess(self.config, self.broker.bootstrap)
        self.workers.append(worker)
        return worker

    def feed(self, seed: int, rate: int) -> Feeder:
        """Begin to send."""
        plan = Plan(seed, rate, time.time_ns() // 1_000_000 + 500, self.settings.topics.ticket_partitions)
        self.feeder = Feeder(self.broker.bootstrap, self.topic(Topic.TICKET_EVENTS), plan)
        self.feeder.start()
        return self.feeder

    def take_off(self, worker: WorkerProcess) -> None:
        """Note that a worker has ended, as was wanted."""
        self.workers.remove(worker)
        self.gone.append(worker)

    def supervise(self) -> None:
        """Start again what has ended, as a supervisor would."""
        for worker in list(self.workers):
            code = worker.code
            if code is not None:
                assert code in SUPERVISED, f"a worker ended with {code}\n{self.explain()}"
                self.restarts[code] += 1
                self.take_off(worker)
                self.start()

    def owners(self) -> dict[Place, tuple[WorkerProcess, int]]:
        """Return who owns each partition, and the transactions committed there since."""
        return {place: (worker, count) for worker in self.workers for place, count in worker.committed().items()}

    def until_all_owned(self, transactions: int = 3, seconds: float = 90) -> dict[Place, WorkerProcess]:
        """Wait until every worker is ready to be hurt: every partition owned and some transactions committed in each."""
        found: dict[Place, tuple[WorkerProcess, int]] = {}

        def all_owned() -> bool:
            found.clear()
            found.update(self.owners())
            idle = [worker for worker in self.workers if worker not in {owner for owner, _ in found.values()}]
            return found.keys() == self.txns.keys() and not idle and min(count for _, count in found.values()) >= transactions

        self.until(all_owned, "every partition is owned and every worker has committed", seconds)
        return {place: worker for place, (worker, _) in found.items()}

    def until(self, condition: Callable[[], bool], what: str, seconds: float, pause: float = 0.1) -> float:
        """Wait for a condition while supervising; return the seconds that it took."""
        began = time.monotonic()
        while not condition():
            self.supervise()
            if self.feeder is not None and self.feeder.error is not None:
                raise self.feeder.error
            if time.monotonic() - began > seconds:
                msg = f"not within {seconds:g} s: {what}\n{self.explain()}"
                raise AssertionError(msg)
            time.sleep(pause)
        return time.monotonic() - began

    def follow(self) -> dict[Place, TransactionLog]:
        """Read every transaction log as far as it goes."""
        for log in self.txns.values():
            log.follow()
        return self.txns

    def commits(self) -> dict[Place, int]:
        """Return how many transactions have been committed in every partition's changelog."""
        return {place: log.commits for place, log in self.follow().items()}

    def explain(self) -> str:
        """Return the end of what every worker printed, and who owns what."""
        lines = [f"--- {w} ({w.code})\n{w.printed[-2_000:]}" for w in (*self.gone[-3:], *self.workers)]
        owned = {repr(worker): (worker.committed(), worker.lag()) for worker in self.workers}
        feeder = self.feeder
        fed = "no feeder" if feeder is None else f"{feeder.ledger.records} records sent, {feeder.behind_ms} ms behind"
        return "\n".join([*lines, str(owned), fed, str({p: (log.commits, log.open) for p, log in self.txns.items()})])

    def close(self) -> None:
        """Leave nothing behind."""
        if self.feeder is not None:
            self.feeder.end()
        for worker in (*self.workers, *self.gone):
            worker.dispose()


def pick(random: Random, owners: dict[Place, WorkerProcess], stage: str) -> WorkerProcess:
    """Choose an owner of one of a stage's partitions."""
    return owners[random.choice(sorted(place for place in owners if place[0] == stage))]
