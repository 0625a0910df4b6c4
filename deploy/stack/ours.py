"""`firstreply` commands as child processes, all with one configuration file."""

from __future__ import annotations

import http.client
import sys
from collections.abc import Mapping
from pathlib import Path

from agents.childprocess import ChildProcess
from agents.demo.configuration import environment_of
from deploy.stack.servers import answers

_TIMEOUT_SECONDS = 2.0


class FirstreplyProcess(ChildProcess):
    """One command; its port is that of its `/readyz` and `/metrics`."""

    def __init__(self, name: str, port: int, config: Path, *command: str) -> None:
        """Run `command`, an option for the port at its end; start nothing."""
        self.name = name
        super().__init__(port)
        self._config = config
        self._arguments = command

    def get(self, path: str) -> str:
        """Return a page.

        Raises:
            OSError: it does not answer.

        """
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_TIMEOUT_SECONDS)
        try:
            connection.request("GET", path)
            return connection.getresponse().read().decode()
        except http.client.HTTPException as error:
            raise OSError(str(error)) from error
        finally:
            connection.close()

    def _command(self) -> list[str]:
        command, *options = self._arguments
        return [
            *(sys.executable, "-c", "from agents.cli import main; main()", command),
            *("--config", str(self._config), *options, str(self.port)),
        ]

    def _environment(self) -> Mapping[str, str]:
        return environment_of()

    def _answers(self) -> bool:
        return answers(self.port, "/readyz")
