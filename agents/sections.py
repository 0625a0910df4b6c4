"""What every section of the configuration is made of: strictness, files that can be read, how a connection is protected."""

from __future__ import annotations

import ssl
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, SecretStr

from pipeline.duration import Millis


class Section(BaseModel):
    """Refuses what it does not know and quotes no values in errors: one may be a secret."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Security(StrEnum):
    """How the connection to the broker is protected."""

    PLAINTEXT = "plaintext"
    TLS = "tls"
    SASL_TLS = "sasl_tls"
    SASL_PLAINTEXT = "sasl_plaintext"

    @property
    def tls(self) -> bool:
        """Say whether the connection is encrypted."""
        return self in (Security.TLS, Security.SASL_TLS)

    @property
    def sasl(self) -> bool:
        """Say whether the client gives a user name and a password."""
        return self in (Security.SASL_TLS, Security.SASL_PLAINTEXT)

    @property
    def protocol(self) -> str:
        """Return Kafka's name."""
        return {"plaintext": "PLAINTEXT", "tls": "SSL", "sasl_tls": "SASL_SSL", "sasl_plaintext": "SASL_PLAINTEXT"}[self]


def _readable(path: Path) -> Path:
    try:
        path.read_bytes()
    except OSError as error:
        msg = f"cannot read {path}: {error.strerror or error}"
        raise ValueError(msg) from None
    return path


ReadableFile = Annotated[Path, AfterValidator(_readable)]


def _some_time(value: int) -> int:
    if not 10 <= value <= 60_000:
        raise ValueError("must be 10ms to 60s")
    return value


AnswerTimeout = Annotated[Millis, AfterValidator(_some_time)]
"""How long to wait for an answer, ms."""


class TlsSettings(Section):
    """What TLS trusts and shows. Nothing given: the machine's own authorities."""

    ca_file: ReadableFile | None = None
    """Authorities to trust, PEM; left out: the machine's own."""
    certificate_file: ReadableFile | None = None
    """The client's certificate, PEM, where the broker asks for one."""
    key_file: ReadableFile | None = None
    """The client's private key, PEM."""
    key_password: SecretStr | None = None
    """Opens `key_file` where that is encrypted."""
    check_hostname: bool = True
    """Whether the server's certificate must be for the name that was asked for."""

    def context(self) -> ssl.SSLContext:
        """Return the context for every client.

        Raises:
            ssl.SSLError: a file holds no usable certificate or key.

        """
        context = ssl.create_default_context(cafile=self.ca_file)
        context.check_hostname = self.check_hostname
        if self.certificate_file:
            password = self.key_password.get_secret_value() if self.key_password else None
            context.load_cert_chain(self.certificate_file, self.key_file, password)
        return context
