"""What stands under the demo: broker, worker and board, started one after the other, and ended whatever happens."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import msgspec
from rich.console import Console

from agents.childprocess import ChildProcess
from agents.demo import story
from agents.demo.boardprocess import BoardProcess
from agents.demo.configuration import settings_of, text_of
from agents.demo.performance import Performance, Terms
from agents.demo.screen import Addresses, Board, LineDisplay, LiveDisplay
from agents.demo.workerprocess import WorkerProcess
from agents.embedded import NOTICE, EmbeddedBroker
from agents.settings import Settings
from agents.topicadmin import apply
from agents.topics import names

_WORKER_GOODBYE_SECONDS = 2.5
_BOARD_GOODBYE_SECONDS = 1.0
_BROKER_GOODBYE_SECONDS = 0.5
"""It keeps nothing, so that there is nothing to wait for."""


class Stage(msgspec.Struct, frozen=True):
    """What has been started."""

    broker: EmbeddedBroker
    worker: WorkerProcess
    board: BoardProcess
    settings: Settings
    addresses: Addresses

    @property
    def bootstrap(self) -> str:
        """Return the broker's address."""
        return self.broker.bootstrap

    @property
    def transactions(self) -> bool:
        """Say whether the broker has transactions."""
        return self.broker.transactions

    def check(self) -> None:
        """Raise where a process has ended by itself.

        Raises:
            ChildFailedError: it has.

        """
        for child in (self.broker, self.worker, self.board):
            child.check()

    def metrics(self) -> str:
        """Return the worker's `/metrics`.

        Raises:
            OSError: it does not answer.

        """
        return self.worker.get("/metrics")[1]


def perform(terms: Terms, console: Console) -> Performance:
    """Start everything, perform, end everything, and return the performance for judgement.

    Raises:
        KeyboardInterrupt: SIGINT or SIGTERM.
        EmbeddedBrokerMissingError: there is no embedded broker here.
        ChildFailedError, TopicsFailedError, ReplayError, TooSlowError, OSError: something broke off.

    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a supervisor's end is a Ctrl-C
    began = time.monotonic()
    console.print(NOTICE, style="yellow", soft_wrap=True)
    with _launched() as stage:
        before, live = story.split(story.told(terms.seed), story.LIVE_MS)  # while the worker starts
        stage.worker.await_answer()
        stage.board.await_answer()
        where = stage.addresses
        console.print(f"Broker, worker and board are up after {time.monotonic() - began:.1f} s.", soft_wrap=True)
        console.print(f"board   {where.board}  <- open this\nAPI     {where.board}docs", soft_wrap=True, style="bold")
        console.print(f"metrics {where.metrics}\nbroker  {where.broker}\ntopics  {' '.join(where.topics)}\n", soft_wrap=True)
        board = Board(story.ZONE, where)
        display = LiveDisplay(board, console) if console.is_terminal else LineDisplay(board, console)
        performance = Performance(terms, stage.settings, stage, display)
        try:
            asyncio.run(until_told(performance.run(before, live)))
        except asyncio.CancelledError:
            raise KeyboardInterrupt from None
        finally:
            display.close()
    return performance


@contextmanager
def _launched() -> Iterator[Stage]:
    with ExitStack() as stack:
        broker = EmbeddedBroker()
        stack.callback(_end, broker, _BROKER_GOODBYE_SECONDS)
        broker.start()
        worker = WorkerProcess(broker.bootstrap)
        stack.callback(_end, worker, _WORKER_GOODBYE_SECONDS)
        settings = settings_of(text_of(broker.bootstrap, worker.port))
        apply(settings)
        worker.launch()
        shown = BoardProcess(broker.bootstrap)
        stack.callback(_end, shown, _BOARD_GOODBYE_SECONDS)
        shown.launch()
        topics = tuple(names(settings.topics).values())
        yield Stage(broker, worker, shown, settings, Addresses(shown.url, worker.metrics_url, broker.bootstrap, topics))


def _end(child: ChildProcess, within_seconds: float) -> None:
    child.stop(within_seconds)
    child.close()


async def until_told(work: Coroutine[Any, Any, None]) -> None:
    """Let SIGTERM end the work as SIGINT does."""
    task = asyncio.current_task()
    if task is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    await work
