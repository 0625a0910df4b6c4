"""Redis, Prometheus and Alertmanager as child processes on loopback. What they keep, they keep in a temporary folder."""

from __future__ import annotations

import http.client
import socket
from pathlib import Path
from typing import Any

import yaml

from agents.childprocess import ChildProcess
from deploy.stack.programs import Program, find

_TIMEOUT_SECONDS = 2.0


def answers(port: int, path: str) -> bool:
    """Say whether a server of this machine answers a path with 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT_SECONDS)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


class RedisServer(ChildProcess):
    """Redis as docker-compose.yml runs it: nothing on disk, and no fence is ever evicted."""

    name = "redis"
    start_timeout_seconds = 10.0

    def _command(self) -> list[str]:
        return [
            *(find(Program.REDIS), "--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self.data_dir)),
            *("--save", "", "--appendonly", "no", "--maxmemory", "256mb", "--maxmemory-policy", "noeviction"),
        ]

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=_TIMEOUT_SECONDS) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False


class _Configured(ChildProcess):
    """A server that reads a YAML file."""

    start_timeout_seconds = 30.0

    def __init__(self, port: int | None, configuration: dict[str, Any]) -> None:
        """Take what the file shall say; start nothing."""
        super().__init__(port)
        self._configuration = configuration

    def _written(self) -> Path:
        file = self.data_dir / f"{self.name}.yml"
        file.write_text(yaml.safe_dump(self._configuration, sort_keys=False), encoding="utf-8")
        return file

    def _answers(self) -> bool:
        return answers(self.port, "/-/ready")


class PrometheusServer(_Configured):
    """Prometheus with the rules that are deployed."""

    name = "prometheus"

    def _command(self) -> list[str]:
        return [
            *(find(Program.PROMETHEUS), f"--config.file={self._written()}", f"--storage.tsdb.path={self.data_dir}/data"),
            *(f"--web.listen-address={self.address}", "--log.level=warn"),
        ]


class AlertmanagerServer(_Configured):
    """Alertmanager with the routes that are deployed."""

    name = "alertmanager"

    def _command(self) -> list[str]:
        # Without the empty cluster address it listens to every network.
        return [
            *(find(Program.ALERTMANAGER), f"--config.file={self._written()}", f"--storage.path={self.data_dir}/data"),
            *(f"--web.listen-address={self.address}", "--cluster.listen-address=", "--log.level=warn"),
        ]
