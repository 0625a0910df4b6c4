"""Alertmanager, a notifier and a receiver of what they send, as processes and threads of a test."""

from __future__ import annotations

import asyncio
import http.client
import json
import shutil
import sys
import threading
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from aiohttp import web

from agents.childprocess import ChildProcess, free_port

ROOT = Path(__file__).resolve().parents[2]
ALERTMANAGER = ("prometheus-alertmanager", "alertmanager")


class AlertmanagerMissingError(RuntimeError):
    """There is no Alertmanager on this machine."""


def find_alertmanager() -> str:
    """Return the program.

    Raises:
        AlertmanagerMissingError: there is none; the message says what to install.

    """
    for name in ALERTMANAGER:
        if found := shutil.which(name):
            return found
    raise AlertmanagerMissingError("alertmanager is missing (Debian package prometheus-alertmanager)")


class AlertmanagerProcess(ChildProcess):
    """A real Alertmanager whose memory on disk survives `kill9` and `restart`."""

    name = "alertmanager"
    start_timeout_seconds = 20.0

    def __init__(self, config: Path) -> None:
        """Find the program."""
        self._program = find_alertmanager()
        self._config = config
        super().__init__()

    @property
    def url(self) -> str:
        return f"http://{self.address}"

    def alerts(self) -> list[dict[str, Any]]:
        """Return the alerts that it has, firing or suppressed."""
        found: list[dict[str, Any]] = json.loads(get(self.port, "/api/v2/alerts")[1])
        return found

    def _command(self) -> list[str]:
        # Without the empty cluster address it listens to every network.
        return [
            *(self._program, f"--config.file={self._config}", f"--storage.path={self.data_dir}/data"),
            *(f"--web.listen-address={self.address}", "--cluster.listen-address=", "--log.level=warn"),
        ]

    def _answers(self) -> bool:
        try:
            return get(self.port, "/-/ready")[0] == http.client.OK
        except OSError:
            return False


class NotifierProcess(ChildProcess):
    """A `firstreply notify` process."""

    name = "notifier"

    def __init__(self, config: Path) -> None:
        """Run by the configuration in a file."""
        self._config = config
        super().__init__()

    def _command(self) -> list[str]:
        return [
            *(sys.executable, "-c", "from agents.cli import main; main()", "notify", "--config", str(self._config)),
            *("--metrics-port", str(self.port)),
        ]

    def _answers(self) -> bool:
        try:
            return get(self.port, "/readyz")[0] == http.client.OK
        except OSError:
            return False


def get(port: int, path: str) -> tuple[int, str]:
    """Ask a server of this machine.

    Raises:
        OSError: it does not answer.

    """
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read().decode()
    except http.client.HTTPException as error:
        raise OSError(str(error)) from error
    finally:
        connection.close()


class Received:
    """One request."""

    def __init__(self, path: str, headers: Mapping[str, str], body: bytes) -> None:
        self.arrived_ms = time.time_ns() // 1_000_000
        self.path = path
        self.headers = {name.lower(): value for name, value in headers.items()}
        self.body = body

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Receiver:
    """An HTTP server in a thread that keeps every POST; `answers` are given one after the other, then 200.

    `losing` has, by path, of how many further requests the answer gets lost: they are kept, and the sender is told otherwise.
    """

    def __init__(self) -> None:
        self.port = free_port()
        self.requests: list[Received] = []
        self.answers: list[int] = []
        self.losing: Counter[str] = Counter()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def at(self, path: str) -> list[Received]:
        return [request for request in list(self.requests) if request.path == path]

    async def _handle(self, request: web.Request) -> web.Response:
        status = self.answers.pop(0) if self.answers else 200
        if status == http.client.OK:
            self.requests.append(Received(request.path, request.headers, await request.read()))
            if self.losing[request.path] > 0:
                self.losing[request.path] -= 1
                status = http.client.GATEWAY_TIMEOUT
        return web.Response(status=status, text="[]", content_type="application/json")

    def _run(self) -> None:
        async def start() -> web.AppRunner:
            application = web.Application()
            application.router.add_route("*", "/{tail:.*}", self._handle)
            runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.5)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", self.port).start()
            self._ready.set()
            return runner

        asyncio.set_event_loop(self._loop)
        runner = self._loop.run_until_complete(start())
        self._loop.run_forever()
        self._loop.run_until_complete(runner.cleanup())
        self._loop.close()
