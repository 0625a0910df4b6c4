"""Kafka's admin calls, through kafka-python. The library is untyped: `Any` ends here and in the modules that use `opened`."""

from __future__ import annotations

import socket
import ssl
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

with warnings.catch_warnings():
    # kafka-python 3.0 reads its message schemas with functions that Python 3.11 deprecates (and 3.13 takes back into favour).
    warnings.filterwarnings("ignore", message="(read|open)_text is deprecated", category=DeprecationWarning)
    from kafka import KafkaAdminClient
    from kafka.admin import ConfigResource, ConfigResourceType
    from kafka.errors import KafkaError

_Client: Any = KafkaAdminClient
_Resource: Any = ConfigResource
UNREACHABLE: tuple[type[Exception], ...] = (OSError, KafkaError)
"""What an admin call raises when the broker is away or says no."""
ADMIN_ERRORS: tuple[type[Exception], ...] = (*UNREACHABLE, ValueError)
"""The same, and what kafka-python raises for a setting that the broker does not know."""


def topic_resource(name: str, configs: Mapping[str, str] | None = None) -> Any:
    """Return a topic as `describe_configs` and `alter_configs` want it named; `None` stands for all its settings."""
    return _Resource(ConfigResourceType.TOPIC, name, dict(configs) if configs is not None else None)


@contextmanager
def opened(bootstrap: str, security: Mapping[str, Any] | None = None, timeout_ms: int = 10_000) -> Iterator[Any]:
    """Connect to `bootstrap` (`host:port,...`), yield a `kafka.KafkaAdminClient`, and close it.

    Args:
        bootstrap: the brokers to ask first.
        security: keyword arguments of kafka-python: `security_protocol`, `ssl_cafile`, `sasl_mechanism`, ...
        timeout_ms: for the connection, and for each call.

    Raises:
        OSError, KafkaError: nobody answers there (`UNREACHABLE`).

    """
    _connect_once(bootstrap, timeout_ms / 1_000, (security or {}).get("ssl_context"))
    admin = _Client(
        bootstrap_servers=bootstrap.split(","), request_timeout_ms=timeout_ms, bootstrap_timeout_ms=timeout_ms, **(security or {})
    )
    try:
        yield admin
    finally:
        admin.close()


def broker_default(admin: Any, broker_id: int, setting: str) -> str | None:
    """Return a broker's own setting; `None` where the broker does not tell."""
    resource = _Resource(ConfigResourceType.BROKER, str(broker_id), {setting: None})
    try:
        entries = admin.describe_configs([resource], config_filter="all")["broker"][str(broker_id)]
        return str(entries[setting]["value"])
    except KeyError:
        return None
    except ADMIN_ERRORS:
        return None


def answers(bootstrap: str, timeout_ms: int = 2_000) -> bool:
    """Say whether a broker at `bootstrap`, without TLS, answers an admin call within `timeout_ms`."""
    try:
        with opened(bootstrap, timeout_ms=timeout_ms) as admin:
            admin.list_topics()
    except UNREACHABLE:
        return False
    return True


def _connect_once(bootstrap: str, timeout_seconds: float, context: ssl.SSLContext | None) -> None:
    """Fail at once, with the reason, where nothing listens or TLS fails: the client retries until its timeout and forgets why."""
    refused = OSError("no address")
    for address in bootstrap.split(","):
        host, _, port = address.rpartition(":")
        host = host.strip("[]")
        try:
            with socket.create_connection((host, int(port)), timeout=timeout_seconds) as plain:
                if context:
                    context.wrap_socket(plain, server_hostname=host).close()
                return
        except OSError as error:
            refused = error
    raise refused
