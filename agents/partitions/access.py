"""How to reach the broker, for aiokafka and for Faust alike."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from typing import Any

import faust


@dataclass(frozen=True, kw_only=True)
class BrokerAccess:
    """Addresses and credentials of one Kafka cluster."""

    bootstrap: str
    """`host:port`, several with commas."""
    ssl_context: ssl.SSLContext | None = None
    sasl_mechanism: str | None = None
    """`PLAIN`, `SCRAM-SHA-256` or `SCRAM-SHA-512`."""
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    allow_plaintext: bool = False
    """Let SASL credentials travel without TLS, for a broker behind another kind of encryption."""

    def __post_init__(self) -> None:
        """Refuse to send a password in the clear.

        Raises:
            ValueError: SASL without TLS.

        """
        if self.sasl_mechanism and self.ssl_context is None and not self.allow_plaintext:
            raise ValueError("SASL without TLS would send the password in the clear: give an SSL context, or set allow_plaintext")

    @property
    def security_protocol(self) -> str:
        """Return Kafka's name for this combination."""
        return ("SASL_" if self.sasl_mechanism else "") + ("SSL" if self.ssl_context else "PLAINTEXT")

    def client_options(self) -> dict[str, Any]:
        """Return the keyword arguments that every aiokafka client takes."""
        options: dict[str, Any] = {"bootstrap_servers": self.bootstrap.split(","), "security_protocol": self.security_protocol}
        if self.ssl_context:
            options["ssl_context"] = self.ssl_context
        if self.sasl_mechanism:
            options |= {
                "sasl_mechanism": self.sasl_mechanism,
                "sasl_plain_username": self.username,
                "sasl_plain_password": self.password,
            }
        return options

    def faust_broker(self) -> str:
        """Return the addresses as Faust writes them."""
        return ";".join(f"kafka://{address}" for address in self.bootstrap.split(","))

    def faust_credentials(self) -> Any:
        """Return Faust's credentials, or `None` for a plain connection."""
        if self.sasl_mechanism:
            return faust.SASLCredentials(
                username=self.username,
                password=self.password,
                ssl_context=self.ssl_context,
                mechanism=self.sasl_mechanism,
            )
        return faust.SSLCredentials(self.ssl_context) if self.ssl_context else None
