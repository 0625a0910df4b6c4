"""The stack: every process, started so that each finds what it needs, and ended together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

from agents.childprocess import ChildProcess
from agents.demo.configuration import settings_of
from agents.topicadmin import apply
from deploy.stack.configuration import Ports, alertmanager_settings, prometheus_settings, settings_text
from deploy.stack.kafka import KafkaBroker
from deploy.stack.ours import FirstreplyProcess
from deploy.stack.servers import AlertmanagerServer, PrometheusServer, RedisServer

_GOODBYE_SECONDS = 2.5
_SERVER_GOODBYE_SECONDS = 0.5
"""What they hold is of a simulated day and goes with them: there is nothing to wait for."""


class Stack:
    """Kafka, two workers, serve, signals, notifier, Redis, Prometheus and Alertmanager, on loopback."""

    transactions = True

    def __init__(self, ports: Ports) -> None:
        """Choose where everything listens; start nothing.

        Raises:
            JavaMissingError, JarsMissingError: Kafka cannot be had.

        """
        self.ports = ports
        self._exit = ExitStack()
        folder = self._exit.enter_context(TemporaryDirectory(prefix="firstreply-stack-"))
        self.config = Path(folder) / "firstreply.toml"
        self.config.write_text(settings_text(ports), encoding="utf-8")
        self.settings = settings_of(self.config.read_text(encoding="utf-8"))
        self.kafka = KafkaBroker(ports.kafka)
        self.redis = RedisServer(ports.redis)
        self.prometheus = PrometheusServer(ports.prometheus, prometheus_settings(ports))
        self.alertmanager = AlertmanagerServer(ports.alertmanager, alertmanager_settings())
        self.workers = tuple(
            FirstreplyProcess(f"worker-{number}", port, self.config, "worker", "--metrics-port")
            for number, port in enumerate(ports.workers, 1)
        )
        self.serve = FirstreplyProcess("serve", ports.board, self.config, "serve", "--port")
        self.signals = FirstreplyProcess("signals", ports.signals, self.config, "signals", "--metrics-port")
        self.notifier = FirstreplyProcess("notifier", ports.notifier, self.config, "notify", "--metrics-port")

    @property
    def bootstrap(self) -> str:
        """Return Kafka's address."""
        return self.kafka.bootstrap

    def start(self) -> Self:
        """Start everything, and return once all of it answers.

        Raises:
            ChildFailedError: something did not start; the message carries the end of its log.
            TopicsFailedError: the topics could not be created.

        """
        servers = (self.kafka, self.redis, self.prometheus, self.alertmanager)
        _launch(servers)
        apply(self.settings)
        _launch((*self.workers, self.serve, self.signals, self.notifier))
        return self

    def check(self) -> None:
        """Raise where a process has ended by itself.

        Raises:
            ChildFailedError: it has.

        """
        for child in self._all():
            child.check()

    def metrics(self) -> str:
        """Return `/metrics` of both workers.

        Raises:
            OSError: one does not answer.

        """
        return "".join(worker.get("/metrics") for worker in self.workers)

    def close(self) -> None:
        """End everything at once: those that work, so that they can say goodbye, then those that keep."""
        ours = (*self.workers, self.serve, self.signals, self.notifier)
        _end(ours, _GOODBYE_SECONDS)
        _end((self.prometheus, self.alertmanager, self.redis, self.kafka), _SERVER_GOODBYE_SECONDS)
        self._exit.close()

    def addresses(self) -> list[tuple[str, str]]:
        """Return what a person may want to open, and where it is."""
        board = f"http://{self.serve.address}"
        return [
            ("board", f"{board}/  <- open this"),
            ("API", f"{board}/docs"),
            ("routing signals", f"{board}/api/v1/routing-signals"),
            ("Prometheus", f"http://{self.prometheus.address}/"),
            ("Alertmanager", f"http://{self.alertmanager.address}/api/v2/alerts"),
            ("Kafka", self.bootstrap),
            ("Redis", self.redis.address),
            *((f"{one.name} metrics", f"http://{one.address}/metrics") for one in (*self.workers, self.signals, self.notifier)),
            ("settings", str(self.config)),
        ]

    def _all(self) -> Iterator[ChildProcess]:
        yield from (self.kafka, self.redis, self.prometheus, self.alertmanager)
        yield from (*self.workers, self.serve, self.signals, self.notifier)

    def __enter__(self) -> Self:
        try:
            return self.start()
        except BaseException:
            self.close()
            raise

    def __exit__(self, *_: object) -> None:
        self.close()


def _launch(children: Sequence[ChildProcess]) -> None:
    for child in children:
        child.launch()
    for child in children:
        child.await_answer()


def _end(children: Sequence[ChildProcess], within_seconds: float) -> None:
    with ThreadPoolExecutor(len(children)) as threads:
        list(threads.map(lambda child: child.stop(within_seconds), children))
    for child in children:
        child.close()
