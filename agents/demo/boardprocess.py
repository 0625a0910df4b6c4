"""The live board as a child process of the demo."""

from __future__ import annotations

import http.client
import sys
from collections.abc import Mapping

from agents.childprocess import ChildFailedError, ChildProcess
from agents.demo.configuration import environment_of, text_of

_TIMEOUT_SECONDS = 2.0


class BoardFailedError(ChildFailedError):
    """The board did not start, or ended by itself; the message carries the end of its log."""


class BoardProcess(ChildProcess):
    """`firstreply serve` with the demo's configuration."""

    name = "serve"
    start_timeout_seconds = 60.0
    failure = BoardFailedError

    def __init__(self, bootstrap: str) -> None:
        """Show what stands on the broker at `bootstrap`; start nothing."""
        super().__init__()
        self.bootstrap = bootstrap

    @property
    def url(self) -> str:
        """Return the address of the board."""
        return f"http://{self.address}/"

    def _command(self) -> list[str]:
        file = self.data_dir / "demo.toml"
        file.write_text(text_of(self.bootstrap, 0), encoding="utf-8")
        return [
            *(sys.executable, "-c", "from agents.cli import main; main()", "serve"),
            *("--config", str(file), "--port", str(self.port)),
        ]

    def _environment(self) -> Mapping[str, str]:
        return environment_of()

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_TIMEOUT_SECONDS)
        try:
            connection.request("GET", "/livez")
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
