"""A real Redis server as a process of the tests."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Sequence

from agents.childprocess import ChildFailedError, ChildProcess


class RedisMissingError(RuntimeError):
    """No `redis-server` on this machine."""


class RedisProcess(ChildProcess):
    """`redis-server` on a free loopback port. It keeps nothing on disk: stopped and started again, it is empty."""

    name = "redis-server"
    start_timeout_seconds = 10.0
    failure = ChildFailedError

    def __init__(self, options: Sequence[str] = (), *, plaintext: bool = True) -> None:
        """Start nothing yet; with `plaintext` off, `options` say how it listens."""
        program = shutil.which("redis-server")
        if program is None:
            raise RedisMissingError("redis-server is missing (Debian package redis-server)")
        super().__init__()
        self._program = program
        self._options = list(options)
        self._plaintext = plaintext

    def _command(self) -> list[str]:
        port = ["--port", str(self.port)] if self._plaintext else ["--port", "0", "--tls-port", str(self.port)]
        quiet = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(self.data_dir)]
        return [self._program, *quiet, *port, *self._options]

    def _answers(self) -> bool:
        if not self._plaintext:
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", self.port)) == 0
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith((b"+PONG", b"-NOAUTH"))
        except OSError:
            return False
