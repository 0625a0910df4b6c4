"""A real `firstreply serve` over an embedded broker, and somebody who writes what a pipeline would say."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from threading import Thread
from typing import Any, TypeVar

import msgspec
from aiokafka import AIOKafkaProducer

from agents.demo.boardprocess import BoardProcess
from tests.support.centre import Said, address

T = TypeVar("T")
_TEXT = """\
delivery = "at_least_once"
time = "live"
[broker]
bootstrap = "{bootstrap}"
[topics]
prefix = "{prefix}"
ticket_partitions = 1
[domain]
zone = "Europe/Berlin"
{more}
"""


class ServeProcess(BoardProcess):
    """`firstreply serve` in live time."""

    def __init__(self, bootstrap: str, prefix: str = "", more: str = "") -> None:
        """Read the topics with a prefix; `more` is added to the configuration."""
        super().__init__(bootstrap)
        self._text = _TEXT.format(bootstrap=bootstrap, prefix=prefix, more=more)

    def text(self) -> str:
        """Return the configuration."""
        return self._text

    def _command(self) -> list[str]:
        command = super()._command()
        Path(command[command.index("--config") + 1]).write_text(self._text, encoding="utf-8")
        return command


class Teller:
    """Writes records to the topics, from a thread of its own, for tests that block."""

    def __init__(self, bootstrap: str, prefix: str = "") -> None:
        """Connect."""
        self._prefix = prefix
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._producer: Any = self._run(self._connected(bootstrap))

    def tell(self, *said: Said) -> None:
        """Write records and wait until the broker has them."""
        self._run(self._send(said))

    def close(self) -> None:
        """Disconnect."""
        self._run(self._producer.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(30)
        self._loop.close()

    async def _connected(self, bootstrap: str) -> Any:
        producer: Any = AIOKafkaProducer(  # type: ignore[no-untyped-call] # aiokafka has no types
            bootstrap_servers=bootstrap, enable_idempotence=False, linger_ms=0
        )
        await producer.start()
        return producer

    async def _send(self, said: tuple[Said, ...]) -> None:
        waits = []
        for one in said:
            topic, key = address(one)
            waits.append(await self._producer.send(self._prefix + topic.value, msgspec.json.encode(one), key=key))
        await asyncio.gather(*waits)

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)
