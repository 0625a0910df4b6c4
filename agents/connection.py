"""One broker configuration as each of the three client libraries wants to hear it."""

from __future__ import annotations

from typing import Any

from agents.settings import BrokerSettings


def client_arguments(broker: BrokerSettings) -> dict[str, Any]:
    """Return the security arguments that aiokafka and kafka-python share (both call them by the same names).

    Raises:
        ssl.SSLError: a TLS file holds no usable certificate or key.

    """
    arguments: dict[str, Any] = {"security_protocol": broker.security.protocol}
    if broker.security.tls:
        arguments["ssl_context"] = broker.tls.context()
    if broker.security.sasl:
        arguments |= {
            "sasl_mechanism": broker.sasl.mechanism,
            "sasl_plain_username": broker.sasl.username,
            "sasl_plain_password": broker.sasl.secret.get_secret_value(),
        }
    return arguments


def faust_urls(broker: BrokerSettings) -> list[str]:
    """Return the brokers as Faust's `broker=` takes them."""
    return [f"kafka://{address}" for address in broker.bootstrap.split(",")]


def faust_credentials(broker: BrokerSettings) -> Any:
    """Return Faust's `broker_credentials=`, or `None` for a plaintext broker.

    Raises:
        ssl.SSLError: a TLS file holds no usable certificate or key.

    """
    import faust  # noqa: PLC0415 - takes half a second, which only a worker has

    context = broker.tls.context() if broker.security.tls else None
    if broker.security.sasl:
        return faust.SASLCredentials(
            username=broker.sasl.username,
            password=broker.sasl.secret.get_secret_value(),
            mechanism=broker.sasl.mechanism,
            ssl_context=context,
        )
    return faust.SSLCredentials(context) if context else None
