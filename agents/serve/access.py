"""Who asks: bearer tokens compared in constant time, the tenants they see, and a bound on how often they ask."""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import Final

import msgspec

from agents.serve.problems import ProblemKind, refusal
from agents.serve.settings import Scope, ServeSettings, is_loopback

_BEARER: Final = "bearer "
_BURST_SECONDS: Final = 4
_CALLERS: Final = 10_000
"""Addresses and tokens whose rate is remembered; further ones displace those seen longest ago."""


class Caller(msgspec.Struct, frozen=True):
    """Whoever asks."""

    name: str
    """The token's name, or the address where there are no tokens."""
    scopes: frozenset[Scope]
    tenants: frozenset[str] | None
    """`None`: all."""

    def sees(self, tenant: str) -> bool:
        """Say whether a tenant's numbers are this caller's to see."""
        return self.tenants is None or tenant in self.tenants

    def narrowed(self, tenant: str | None) -> frozenset[str] | None:
        """Return the tenants that an answer is about: the one asked for, or all that the caller sees (`None`: all there are).

        Raises:
            Refused: the caller does not see that tenant.

        """
        if tenant is None:
            return self.tenants
        if not self.sees(tenant):
            raise refusal(
                ProblemKind.FORBIDDEN, "The token is not for this tenant.", "ask for a tenant that it is for, or leave tenant out"
            )
        return frozenset((tenant,))


class Door:
    """Turns a request's headers into a caller, or refuses it."""

    def __init__(self, settings: ServeSettings) -> None:
        """Read the tokens once; without any, only this machine is let in, under its own names."""
        self._tokens = tuple((token.digest, _caller(token.name, token.scopes, token.tenants)) for token in settings.tokens)
        self._names = frozenset(name.lower() for name in settings.names)
        self._rate = Rate(settings.requests_per_second)

    @property
    def guarded(self) -> bool:
        """Say whether tokens are asked for."""
        return bool(self._tokens)

    def enter(self, authorization: str | None, host: str, remote: str, clock_ms: int) -> Caller:
        """Return who asks.

        Raises:
            Refused: 401 without a valid token, 421 for a foreign host name, 429 too often.

        """
        caller = self._token_of(authorization) if self._tokens else self._neighbour(host, remote)
        if caller is None:
            self._rate.count(f"?{remote}", clock_ms)
            how = "send the header `Authorization: Bearer TOKEN` with a token of [[serve.tokens]]"
            raise refusal(ProblemKind.UNAUTHORIZED, "There is no token, or none that is known.", how)
        self._rate.count(caller.name, clock_ms)
        return caller

    def _token_of(self, authorization: str | None) -> Caller | None:
        given = authorization or ""
        if not given.lower().startswith(_BEARER):
            return None
        digest = sha256(given[len(_BEARER) :].strip().encode(errors="replace")).digest()
        found: Caller | None = None
        for known, caller in self._tokens:  # all of them, so that the time tells nothing
            if hmac.compare_digest(known, digest):
                found = caller
        return found

    def _neighbour(self, host: str, remote: str) -> Caller:
        name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
        if not is_loopback(name.lower()) and name.lower() not in self._names:
            how = "use http://127.0.0.1 or http://localhost, add the name to serve.names, or set a token"
            raise refusal(ProblemKind.NOT_ACCEPTABLE_HOST, "Without tokens, only names of this machine are answered.", how)
        return Caller(remote, frozenset(Scope), None)


def _caller(name: str, scopes: frozenset[Scope], tenants: tuple[str, ...]) -> Caller:
    return Caller(name, scopes, frozenset(tenants) or None)


class Rate:
    """A bound on requests: so many a second on average, four seconds' worth at once."""

    def __init__(self, per_second: int) -> None:
        """Allow `per_second` to each caller."""
        self._per_second = per_second
        self._seen: dict[str, tuple[int, float]] = {}

    def count(self, caller: str, clock_ms: int) -> None:
        """Count one request.

        Raises:
            Refused: 429, with the time to wait.

        """
        full = float(self._per_second * _BURST_SECONDS)
        last, left = self._seen.pop(caller, (clock_ms, full))
        left = min(full, left + max(0, clock_ms - last) / 1_000 * self._per_second)
        allowed = left >= 1
        self._seen[caller] = (clock_ms, left - 1 if allowed else left)
        if len(self._seen) > _CALLERS:
            del self._seen[next(iter(self._seen))]
        if not allowed:
            how = f"ask less often (serve.requests_per_second is {self._per_second}), or read /api/v1/stream once instead"
            raise refusal(ProblemKind.TOO_MANY_REQUESTS, "", how, retry_after_seconds=1)
