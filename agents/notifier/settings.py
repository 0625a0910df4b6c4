"""The section `[notifier]` of the configuration: whom to tell, how often, and where the pages link to."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationInfo, field_validator

from agents.notifier.signature import KEY_PREFIX, key_of
from agents.sections import ReadableFile, Section, TlsSettings
from pipeline.duration import Millis, show

_SECOND_MS, _MINUTE_MS = 1_000, 60_000
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def _address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("write a whole address, for example http://127.0.0.1:9093")
    if parts.username or parts.password:
        raise ValueError("no user name or password in an address: it would be logged; use username and password_file")
    return value.rstrip("/")


Address = Annotated[str, AfterValidator(_address)]


def _encrypted(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.hostname or "") in _LOOPBACK


def _secret_of(given: SecretStr | None, file: ReadableFile | None) -> SecretStr | None:
    return SecretStr(file.read_text(encoding="utf-8").strip()) if file else given


class AlertmanagerSettings(Section):
    """One Alertmanager, or every member of a cluster: each is told everything, as Alertmanager asks for."""

    urls: tuple[Address, ...] = ()
    """Whole addresses, such as `http://127.0.0.1:9093`; empty: no Alertmanager is told."""
    resend: Millis = Field(default=30 * _SECOND_MS, ge=_SECOND_MS)
    """What fires is said again this often, so that an Alertmanager that was away or lost its memory knows it again."""
    expire: Millis = Field(default=10 * _MINUTE_MS, validate_default=True)
    """What is not said again for so long counts as over there: so long a notifier may be away without a false 'resolved'."""
    timeout: Millis = Field(default=5 * _SECOND_MS, ge=100)
    """An answer that takes longer counts as none."""
    longest_backoff: Millis = Field(default=15 * _SECOND_MS, ge=_SECOND_MS)
    """The longest pause between two tries."""
    keep_resolved: Millis = 15 * _MINUTE_MS
    """What is over is said so for this long, in case Alertmanager is away just then."""
    username: str = ""
    """For basic authentication, with `password_file`."""
    password_file: ReadableFile | None = None
    """A file that holds the password of `username`."""
    token_file: ReadableFile | None = None
    """A bearer token."""
    tls: TlsSettings = TlsSettings()

    @field_validator("expire")
    @classmethod
    def _well_above(cls, value: int, info: ValidationInfo) -> int:
        resend = info.data.get("resend")
        if resend is not None and value < 3 * resend:
            msg = (
                f"{show(value)} must be at least three times resend, which is {show(resend)}: one lost request would resolve all"
            )
            raise ValueError(msg)
        return value


class WebhookSettings(Section):
    """One receiver of signed webhooks."""

    name: str = Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")
    """Its name in logs and metrics."""
    url: Address
    """A whole address; no user name or password in it."""
    secret: SecretStr | None = None
    """`whsec_` and the key as base64, at least 24 bytes of it: `openssl rand -base64 32`."""
    secret_file: ReadableFile | None = Field(default=None, validate_default=True)
    """A file that holds the secret."""
    allow_http: bool = Field(default=False, validate_default=True)
    """Let pages cross the network unencrypted; they are signed, not secret."""
    updates: bool = False
    """Tell also how a firing alert develops, not only that it fires and that it is over."""
    severities: tuple[str, ...] = ("page", "warn")
    """Only alerts of these severities."""
    timeout: Millis = Field(default=10 * _SECOND_MS, ge=100)
    """An answer that takes longer counts as none."""
    longest_backoff: Millis = Field(default=60 * _SECOND_MS, ge=100)
    """The longest pause between two tries."""
    at_most: int = Field(default=1_000, ge=1)
    """Deliveries that wait; beyond that the oldest is dropped, counted and logged."""
    tls: TlsSettings = TlsSettings()

    @field_validator("secret_file")
    @classmethod
    def _signed(cls, value: ReadableFile | None, info: ValidationInfo) -> ReadableFile | None:
        if (value is None) == (info.data.get("secret") is None):
            raise ValueError("give secret or secret_file, and not both: every webhook is signed")
        found = _secret_of(info.data.get("secret"), value)
        try:
            key_of(found.get_secret_value() if found else "")
        except ValueError as error:
            msg = f"the secret is not {KEY_PREFIX} and base64 of at least 24 bytes ({error})"
            raise ValueError(msg) from None
        return value

    @field_validator("allow_http")
    @classmethod
    def _not_in_the_clear(cls, value: bool, info: ValidationInfo) -> bool:
        url = info.data.get("url")
        if url and not value and not _encrypted(url):
            raise ValueError("the address is http: use https, or set allow_http = true if the network itself is protected")
        return value

    @property
    def key(self) -> bytes:
        """Return the key that signs."""
        found = _secret_of(self.secret, self.secret_file)
        return key_of(found.get_secret_value() if found else "")


class NotifierSettings(Section):
    """`firstreply notify`."""

    alertmanager: AlertmanagerSettings = AlertmanagerSettings()
    webhooks: tuple[WebhookSettings, ...] = ()
    escalate_after: tuple[Millis, ...] = (15 * _MINUTE_MS, 30 * _MINUTE_MS)
    """A page that nobody has acknowledged for so long fires again with the label `escalation`: 1, 2 ... Empty: never."""
    schedule_file: ReadableFile | None = None
    """Who is on call, to be named in pages; `deploy/alertmanager/on-call.example.toml` shows the form."""
    runbook_url: str = "deploy/runbooks/{rule}.md"
    """Where the runbooks are published; `{rule}` is the rule's name with hyphens."""
    dashboard_url: str = ""
    """The link to the numbers; `{tenant}`, `{rule}`, and any dimension such as `{queue}` are filled in. Empty: no link."""
    metrics_host: str = "127.0.0.1"
    """Where `/metrics`, `/livez` and `/readyz` listen; they have no login."""
    metrics_port: int = Field(default=9465, ge=0, le=65_535)
    """Port of the notifier's `/metrics`, `/livez` and `/readyz`; 0 chooses a free one."""

    @field_validator("webhooks")
    @classmethod
    def _told_apart(cls, value: tuple[WebhookSettings, ...]) -> tuple[WebhookSettings, ...]:
        names = [webhook.name for webhook in value]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            msg = f"the names {', '.join(twice)} are used twice"
            raise ValueError(msg)
        return value

    @field_validator("escalate_after")
    @classmethod
    def _ascending(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if list(value) != sorted(set(value)):
            raise ValueError("must ascend")
        return value
