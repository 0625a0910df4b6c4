"""One broker configuration as each client wants to hear it."""

from __future__ import annotations

from typing import Any

from agents.partitions.access import BrokerAccess
from agents.settings import BrokerSettings, Delivery


def access_to(broker: BrokerSettings) -> BrokerAccess:
    """Return how the partition runtime (aiokafka and Faust) reaches the broker.

    Raises:
        ssl.SSLError: a TLS file holds no usable certificate or key.

    """
    sasl = broker.sasl if broker.security.sasl else None
    return BrokerAccess(
        bootstrap=broker.bootstrap,
        ssl_context=broker.tls.context() if broker.security.tls else None,
        sasl_mechanism=sasl.mechanism if sasl else None,
        username=sasl.username if sasl else None,
        password=sasl.secret.get_secret_value() if sasl else None,
        allow_plaintext=broker.allow_plaintext_sasl,
    )


def client_arguments(broker: BrokerSettings) -> dict[str, Any]:
    """Return the security arguments that kafka-python and aiokafka share, without the addresses.

    Raises:
        ssl.SSLError: a TLS file holds no usable certificate or key.

    """
    options = access_to(broker).client_options()
    del options["bootstrap_servers"]
    return options


def wanted(delivery: Delivery) -> Any:
    """Return the runtime's word for a configured delivery: `None` lets it choose by what the broker can do."""
    from agents.partitions.delivery import Delivery as Promise  # noqa: PLC0415 - loads aiokafka

    return None if delivery is Delivery.AUTO else Promise(delivery.value)
