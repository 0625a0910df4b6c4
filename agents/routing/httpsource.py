"""Signals from `firstreply serve`, for routers that reach neither Kafka nor Redis."""

from __future__ import annotations

import contextlib
import http.client
import ssl
from typing import Final
from urllib.parse import urlencode, urlsplit

import msgspec
from pydantic import Field, SecretStr, ValidationInfo, field_validator

from agents.routing.reader import SourceError
from agents.sections import AnswerTimeout, ReadableFile, Section, TlsSettings
from agents.serve.settings import is_loopback
from pipeline.routing.signal import RoutingSignal

_PATH: Final = "/api/v1/routing-signals"
_PAGE: Final = 500
_MOST_BYTES: Final = 64 << 20
_REMEMBERED: Final = 10_000
"""Answers kept with their tags, so that what has not changed is not sent again."""
_CLOSED: Final = (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError)
"""What a connection says that the server has closed since the last request."""


class HttpSettings(Section):
    """Which server, and how to reach it."""

    address: str = "http://127.0.0.1:8090"
    """`https://host:port`; a path in front of `/api` may follow."""
    token: SecretStr | None = None
    """One with the scope `route`; none where the server asks for none."""
    token_file: ReadableFile | None = None
    """A file that holds the token; a line end at its end is no part of it."""
    allow_plaintext_token: bool = Field(default=False, validate_default=True)
    """Let the token cross the network in the clear."""
    tls: TlsSettings = TlsSettings()
    timeout: AnswerTimeout = 1_000
    """A server that is silent for longer does not answer."""

    @field_validator("address")
    @classmethod
    def _one_server(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query or parts.fragment:
            raise ValueError("write http://host:port or https://host:port, without a user name")
        return value.rstrip("/")

    @field_validator("allow_plaintext_token")
    @classmethod
    def _no_token_in_the_clear(cls, value: bool, info: ValidationInfo) -> bool:
        parts = urlsplit(info.data.get("address", ""))
        given = info.data.get("token") is not None or info.data.get("token_file") is not None
        if given and parts.scheme == "http" and not is_loopback(parts.hostname or "") and not value:
            raise ValueError(
                "the address is http, which sends the token over the network unprotected; use https, or set "
                "allow_plaintext_token = true if the network itself is protected"
            )
        return value

    @property
    def secret(self) -> str | None:
        """Return the token, from wherever it was given."""
        if self.token_file:
            return self.token_file.read_text(encoding="utf-8").rstrip("\r\n")
        return self.token.get_secret_value() if self.token else None


class _Page(msgspec.Struct, frozen=True):
    items: tuple[RoutingSignal, ...]
    next: str | None


class _Refusal(msgspec.Struct, frozen=True):
    title: str = ""
    detail: str = ""
    what_to_do: str = ""


class HttpSource:
    """Reads what `firstreply serve` answers. One connection for one thread; it is opened anew where the server closed it."""

    def __init__(self, settings: HttpSettings) -> None:
        """Connect at the first call.

        Raises:
            ssl.SSLError: a TLS file holds no usable certificate or key.

        """
        parts = urlsplit(settings.address)
        self._where = (parts.hostname or "", parts.port)
        self._prefix = parts.path
        self._timeout_seconds = settings.timeout / 1_000
        self._context: ssl.SSLContext | None = settings.tls.context() if parts.scheme == "https" else None
        self._headers = {"Accept": "application/json"}
        if settings.secret is not None:
            self._headers["Authorization"] = f"Bearer {settings.secret}"
        self._connection: http.client.HTTPConnection | None = None
        self._seen: dict[str, tuple[str, _Page]] = {}

    def fetch(self, tenant: str, queue: str) -> RoutingSignal | None:
        """Return the newest signal, `None` where there is none."""
        page = self._page(tenant=tenant, queue=queue)
        return page.items[0] if page.items else None

    def fetch_all(self) -> dict[tuple[str, str], RoutingSignal]:
        """Return the newest signal of every queue that the token is for."""
        found: dict[tuple[str, str], RoutingSignal] = {}
        page = self._page(limit=str(_PAGE))
        while True:
            found |= {(signal.tenant, signal.queue): signal for signal in page.items}
            if page.next is None:
                return found
            page = self._page(limit=str(_PAGE), cursor=page.next)

    def close(self) -> None:
        """Let the connection go."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _page(self, **query: str) -> _Page:
        path = f"{self._prefix}{_PATH}?{urlencode(query)}"
        tag, known = self._seen.pop(path, ("", None))
        try:
            status, given, body = self._ask(path, {"If-None-Match": tag} if known else {})
        except (OSError, http.client.HTTPException) as error:
            self.close()
            msg = f"{type(error).__name__}: {error}"
            raise SourceError(msg) from error
        if status == http.client.NOT_MODIFIED and known is not None:
            given, page = tag, known
        elif status == http.client.OK:
            page = _page_of(body)
        else:
            raise SourceError(_told(status, body))
        if len(self._seen) >= _REMEMBERED:
            del self._seen[next(iter(self._seen))]
        self._seen[path] = (given, page)
        return page

    def _ask(self, path: str, headers: dict[str, str]) -> tuple[int, str, bytes]:
        """Return status, tag and body; once more where the server had closed the connection in the meantime."""
        if self._connection is not None:
            with contextlib.suppress(*_CLOSED):
                return self._exchange(self._connection, path, headers)
            self.close()
        host, port = self._where
        if self._context is None:
            self._connection = http.client.HTTPConnection(host, port, timeout=self._timeout_seconds)
        else:
            self._connection = http.client.HTTPSConnection(host, port, timeout=self._timeout_seconds, context=self._context)
        return self._exchange(self._connection, path, headers)

    def _exchange(self, connection: http.client.HTTPConnection, path: str, headers: dict[str, str]) -> tuple[int, str, bytes]:
        connection.request("GET", path, headers=self._headers | headers)
        response = connection.getresponse()
        body = response.read(_MOST_BYTES + 1)
        if len(body) > _MOST_BYTES:
            msg = f"the answer is longer than {_MOST_BYTES} bytes"
            raise http.client.HTTPException(msg)
        return response.status, response.headers.get("ETag", ""), body


def _page_of(body: bytes) -> _Page:
    try:
        return msgspec.json.decode(body, type=_Page)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        msg = f"the answer holds no routing signals: {error}"
        raise SourceError(msg) from error


def _told(status: int, body: bytes) -> str:
    """Return what a refusal says: problem documents of the server say what to do."""
    with contextlib.suppress(msgspec.MsgspecError, UnicodeDecodeError):
        said = msgspec.json.decode(body, type=_Refusal)
        return " ".join(part for part in (f"{status}:", said.title, said.detail, said.what_to_do) if part)
    return f"status {status}"
