"""Where `firstreply serve` listens, who may read, and how much of it."""

from __future__ import annotations

import ipaddress
import re
from enum import StrEnum
from hashlib import sha256
from pathlib import Path

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from agents.sections import ReadableFile, Section

LEAST_CHARACTERS = 20
"""Of a token: shorter ones can be guessed."""
_TOKEN = re.compile(r"[\x21-\x7e]+")


class Scope(StrEnum):
    """What a token opens."""

    READ = "read"
    """Every number, alert and ticket clock."""
    ACT = "act"
    """Acknowledge, snooze and annotate alerts."""
    ROUTE = "route"
    """Routing signals, which name the responder that a ticket is assigned to."""


class TokenSettings(Section):
    """One bearer token: `Authorization: Bearer ...`."""

    name: str = Field(pattern=r"^[A-Za-z0-9._-]{1,60}$")
    """Who has it, for the log and the figures; never the token itself."""
    secret: SecretStr | None = None
    """The token itself, at least 20 visible ASCII characters; `secret_file` keeps it out of the environment."""
    secret_file: Path | None = None
    """A file that holds the token, as container platforms mount secrets; a line end at its end is no part of it."""
    scopes: frozenset[Scope] = frozenset({Scope.READ})
    """What the token opens."""
    tenants: tuple[str, ...] = ()
    """Only these tenants; empty: all."""

    @field_validator("secret")
    @classmethod
    def _long_enough(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            _check(value.get_secret_value())
        return value

    @field_validator("secret_file")
    @classmethod
    def _holds_a_token(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        if value is None:
            return None
        if info.data.get("secret") is not None:
            raise ValueError("give secret or secret_file, not both")
        try:
            _check(_read(value))
        except (OSError, UnicodeDecodeError) as error:
            msg = f"cannot read {value}: {getattr(error, 'strerror', None) or 'it is no text'}"
            raise ValueError(msg) from None
        return value

    @property
    def digest(self) -> bytes:
        """Return the token's SHA-256: what is compared, in constant time, and all that is kept in memory beside the settings."""
        plain = _read(self.secret_file) if self.secret_file else (self.secret or SecretStr("")).get_secret_value()
        return sha256(plain.encode()).digest()


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8").rstrip("\r\n")


def _check(token: str) -> None:
    if len(token) < LEAST_CHARACTERS or not _TOKEN.fullmatch(token):
        msg = f"a token has at least {LEAST_CHARACTERS} visible ASCII characters; make one with: openssl rand -hex 24"
        raise ValueError(msg)


class ServeSettings(Section):
    """`firstreply serve`: the HTTP API and the live board."""

    host: str = "127.0.0.1"
    """Anything but this machine itself needs a token."""
    port: int = Field(default=8090, ge=0, le=65_535)
    """0 chooses a free one."""
    tokens: tuple[TokenSettings, ...] = Field(default=(), validate_default=True)
    names: tuple[str, ...] = ()
    """Host names that requests may ask for without a token, besides those of this machine: a guard against DNS rebinding."""
    certificate_file: ReadableFile | None = None
    """Certificate chain, PEM: serve HTTPS. Without it, put a proxy that speaks TLS in front of anything but loopback."""
    key_file: ReadableFile | None = None
    """The certificate's private key, PEM."""
    window: str = "1h"
    """The window of the board's rows."""
    streams: int = Field(default=200, ge=1, le=10_000)
    """Most boards that are open at a time."""
    requests_per_second: int = Field(default=100, ge=1, le=100_000)
    """Of one token or address, on average; bursts may have four times as many."""

    @field_validator("tokens")
    @classmethod
    def _guarded(cls, value: tuple[TokenSettings, ...], info: ValidationInfo) -> tuple[TokenSettings, ...]:
        wrong = []
        names = [token.name for token in value]
        wrong += [f"the name {name!r} is used twice" for name in sorted(set(names)) if names.count(name) > 1]
        wrong += [
            f"{token.name}: give secret or secret_file" for token in value if token.secret is None and not token.secret_file
        ]
        host = info.data.get("host")
        if host is not None and not is_loopback(host) and not value:
            wrong.append(
                f"host is {host!r}, which others can reach, and there is no token: add a [[serve.tokens]] with a name and a "
                'secret_file, or listen on host = "127.0.0.1"'
            )
        if wrong:
            raise ValueError("; ".join(wrong))
        return value


def is_loopback(host: str) -> bool:
    """Say whether only this machine can reach what listens on `host`."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
