"""A broker as a child process: start it, stop it, hurt it, and never leave it behind."""

from __future__ import annotations

from agents.admin import answers
from agents.childprocess import ChildFailedError, ChildProcess, free_port

__all__ = ["BrokerFailedError", "BrokerProcess", "free_port"]


class BrokerFailedError(ChildFailedError):
    """The broker did not start, or ended by itself; the message carries the end of its log."""


class BrokerProcess(ChildProcess):
    """One broker on loopback, in its own process group; it dies with the process that started it."""

    name = "broker"
    failure = BrokerFailedError

    @property
    def bootstrap(self) -> str:
        """Return the address for clients, `host:port`."""
        return self.address

    def _answers(self) -> bool:
        return answers(self.bootstrap)
