"""A real worker as a child process of the demo."""

from __future__ import annotations

import http.client
import sys
from collections.abc import Mapping

from agents.childprocess import ChildFailedError, ChildProcess
from agents.demo.configuration import environment_of, text_of

_TIMEOUT_SECONDS = 2.0


class WorkerFailedError(ChildFailedError):
    """The worker did not start, or ended by itself; the message carries the end of its log."""


class WorkerProcess(ChildProcess):
    """`firstreply worker` with the demo's configuration; its port is that of `/metrics`."""

    name = "worker"
    start_timeout_seconds = 60.0
    failure = WorkerFailedError

    def __init__(self, bootstrap: str) -> None:
        """Work for the broker at `bootstrap`; start nothing."""
        super().__init__()
        self.bootstrap = bootstrap

    @property
    def metrics_url(self) -> str:
        """Return the address of `/metrics`."""
        return f"http://{self.address}/metrics"

    def get(self, path: str) -> tuple[int, str]:
        """Return status and body of a page of the worker.

        Raises:
            OSError: it does not answer.

        """
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_TIMEOUT_SECONDS)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read().decode()
        except http.client.HTTPException as error:
            raise OSError(str(error)) from error
        finally:
            connection.close()

    def _command(self) -> list[str]:
        file = self.data_dir / "demo.toml"
        file.write_text(text_of(self.bootstrap, self.port), encoding="utf-8")
        return [sys.executable, "-c", "from agents.cli import main; main()", "worker", "--config", str(file)]

    def _environment(self) -> Mapping[str, str]:
        return environment_of()

    def _answers(self) -> bool:
        try:
            return self.get("/readyz")[0] == http.client.OK
        except OSError:
            return False
