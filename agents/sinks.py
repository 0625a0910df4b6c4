"""The sections `[redis]` and `[signals]` of the configuration: where routing signals go, and how."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from agents.sections import AnswerTimeout, ReadableFile, Section, TlsSettings
from pipeline.config import DAY_MS
from pipeline.duration import Millis

_ADDRESS = re.compile(r"^(?:\[(?P<six>[0-9a-fA-F:]+)\]|(?P<name>[A-Za-z0-9._-]+)):(?P<port>\d{1,5})$")
_LOOPBACK = ("127.", "localhost", "::1")


class RedisSettings(Section):
    """Which Redis, and how to reach it."""

    address: str = "127.0.0.1:6379"
    """`host:port`."""
    security: Literal["plaintext", "tls"] = "plaintext"
    """Whether the connection is encrypted."""
    tls: TlsSettings = TlsSettings()
    username: str = ""
    """The ACL user; empty is Redis's `default`."""
    password: SecretStr | None = None
    """The password itself; `password_file` keeps it out of the environment."""
    password_file: ReadableFile | None = None
    """A file that holds the password; a line end at its end is no part of it."""
    allow_plaintext_password: bool = Field(default=False, validate_default=True)
    """Let the password cross the network in the clear."""
    database: int = Field(default=0, ge=0, le=15)
    """The number of the database."""
    prefix: str = Field(default="firstreply", pattern=r"^[A-Za-z0-9._-]{1,50}$")
    """Begins the name of every key."""
    timeout: AnswerTimeout = 1_000
    """An answer that takes longer counts as none."""

    @field_validator("address")
    @classmethod
    def _one_address(cls, value: str) -> str:
        found = _ADDRESS.match(value.strip())
        if found is None or not 0 < int(found["port"]) < 65_536:
            raise ValueError("write host:port, for example redis:6379")
        return value.strip()

    @field_validator("password_file")
    @classmethod
    def _one_password(cls, value: object, info: ValidationInfo) -> object:
        if value is not None and info.data.get("password") is not None:
            raise ValueError("give password or password_file, not both")
        return value

    @field_validator("allow_plaintext_password")
    @classmethod
    def _no_password_in_the_clear(cls, value: bool, info: ValidationInfo) -> bool:
        given = info.data.get("password") is not None or info.data.get("password_file") is not None
        away = not info.data.get("address", "127.").lstrip("[").startswith(_LOOPBACK)
        if given and away and info.data.get("security") == "plaintext" and not value:
            raise ValueError(
                "security is 'plaintext', which sends the password over the network unprotected; use security = 'tls', "
                "or set allow_plaintext_password = true if the network itself is protected"
            )
        return value

    @property
    def host(self) -> str:
        """Return the host of the address."""
        found = _ADDRESS.match(self.address)
        return (found["six"] or found["name"]) if found else ""

    @property
    def port(self) -> int:
        """Return the port of the address."""
        return int(self.address.rpartition(":")[2])

    @property
    def secret(self) -> str | None:
        """Return the password, from wherever it was given."""
        if self.password_file:
            return self.password_file.read_text().rstrip("\r\n")
        return self.password.get_secret_value() if self.password else None


class SignalsSettings(Section):
    """`firstreply signals`."""

    metrics_host: str = "127.0.0.1"
    """Where `/metrics`, `/livez` and `/readyz` listen; they have no login."""
    metrics_port: int = Field(default=9466, ge=0, le=65_535)
    """Port of `/metrics`; 0 chooses a free one."""
    pause: Millis = 20
    """From one write to the next, at least: what changes within it is written once."""
    depth: int = Field(default=50, ge=1, le=1_000)
    """How many tickets each order of deadlines names."""
    most_tickets: int = Field(default=1_000_000, ge=1_000)
    """How many open tickets are kept in order, about 500 bytes each; the furthest deadlines beyond are let go."""
    fence_expiry: Millis = DAY_MS
    """How long Redis remembers the newest writer of a queue that is no longer written."""
