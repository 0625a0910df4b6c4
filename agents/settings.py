"""The whole configuration as one model: a TOML file, then the environment (`FIRSTREPLY_BROKER__BOOTSTRAP=...`) over it."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from agents.notifier.settings import NotifierSettings
from agents.sections import ReadableFile, Section, Security, TlsSettings
from agents.serve.settings import ServeSettings
from agents.sinks import RedisSettings, SignalsSettings
from pipeline.config import DAY_MS, Domain
from pipeline.duration import Millis, show
from pipeline.engine import TimeMode

_ADDRESS = re.compile(r"^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9._-]+):(\d{1,5})$")
_SECOND_MS = 1_000


class Delivery(StrEnum):
    """How records are counted over failures."""

    EXACTLY_ONCE = "exactly_once"
    """One transaction a batch; refuses to start on a broker without transactions."""
    AT_LEAST_ONCE = "at_least_once"
    """For a broker without transactions: a restart is a fresh start."""
    AUTO = "auto"
    """`exactly_once` where the broker has transactions, else `at_least_once`."""


class SaslSettings(Section):
    """Who we are to the broker."""

    mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    """As the broker's listener is set up for."""
    username: str = ""
    """Needed where `security` is one with SASL."""
    password: SecretStr | None = None
    """The password itself; `password_file` keeps it out of the environment."""
    password_file: ReadableFile | None = None
    """A file that holds the password, as container platforms mount secrets; a line end at its end is no part of it."""

    @property
    def secret(self) -> SecretStr:
        """Return the password, from wherever it was given."""
        if self.password_file:
            return SecretStr(self.password_file.read_text().rstrip("\r\n"))
        return self.password or SecretStr("")


class BrokerSettings(Section):
    """Which Kafka, and how to reach it."""

    security: Security = Security.PLAINTEXT
    """How the connection is protected."""
    sasl: SaslSettings = Field(default=SaslSettings(), validate_default=True)
    tls: TlsSettings = TlsSettings()
    bootstrap: str = "127.0.0.1:9092"
    """Brokers to ask first: `host:port`, several with commas."""
    allow_plaintext_sasl: bool = Field(default=False, validate_default=True)
    """Let user names and passwords cross the network in the clear."""

    @field_validator("bootstrap")
    @classmethod
    def _addresses(cls, value: str) -> str:
        addresses = [part.strip() for part in value.split(",")]
        for address in addresses:
            found = _ADDRESS.match(address)
            if found is None or not 0 < int(found[2]) < 65_536:
                raise ValueError("write host:port, several with commas, for example kafka-1:9092,kafka-2:9092")
        return ",".join(addresses)

    # On fields, not on the model: pydantic skips a model's own checks while one of its fields is wrong, and every mistake
    # is to be listed at once.
    @field_validator("allow_plaintext_sasl")
    @classmethod
    def _no_password_in_the_clear(cls, value: bool, info: ValidationInfo) -> bool:
        if info.data.get("security") is Security.SASL_PLAINTEXT and not value:
            raise ValueError(
                "security is 'sasl_plaintext', which sends the password over the network unprotected; "
                "use security = 'sasl_tls', or set allow_plaintext_sasl = true if the network itself is protected"
            )
        return value

    @field_validator("sasl")
    @classmethod
    def _complete(cls, value: SaslSettings, info: ValidationInfo) -> SaslSettings:
        security: Security | None = info.data.get("security")
        given = value.password is not None or value.password_file is not None
        wrong = []
        if security and security.sasl:
            wrong += ["username: is needed for SASL"] if not value.username else []
            wrong += ["password: is needed for SASL; give password or password_file"] if not given else []
        elif security and (value.username or given):
            wrong += [f"username: is given, but security is '{security}', which does not use it; write security = 'sasl_tls'"]
        if value.password is not None and value.password_file is not None:
            wrong += ["password_file: give password or password_file, not both"]
        if wrong:
            raise ValueError("; ".join(wrong))
        return value


class RetentionSettings(Section):
    """How long the broker keeps records of topics that are not compacted (live; history is kept without a limit)."""

    ticket_events: Millis = 14 * DAY_MS
    """Must outlast the longest time that a worker may be away."""
    panes: Millis = 3 * DAY_MS
    """A report from the broker reaches back as far as this."""
    responder_events: Millis = 14 * DAY_MS
    """Must outlast the longest time that a worker may be away."""
    sla_events: Millis = 90 * DAY_MS
    """For readers of breaches and warnings that come late."""
    dead_letters: Millis = 30 * DAY_MS
    """How long there is to look at what was refused."""
    alert_actions: Millis = 90 * DAY_MS
    """How long it can be seen who did what about an alert."""


class TopicSettings(Section):
    """The topics on the broker."""

    prefix: str = Field(default="", max_length=100, pattern=r"^[A-Za-z0-9.-]*$")
    """Put before every topic's name, for example `support.`, where the cluster is shared."""
    ticket_partitions: int = Field(default=4, ge=1, le=10_000)
    """Partitions of ticket-events: the most workers that share the tickets. Cannot be changed later without a new changelog."""
    pane_partitions: int = Field(default=1, ge=1, le=10_000)
    """Partitions of panes: a tenant lives on one of them, so more than there are tenants is of no use."""
    contact_partitions: int = Field(default=1, ge=1, le=10_000)
    """Partitions of contacts, where measures of customers are configured. Cannot be changed later without a new changelog."""
    replication: int = Field(default=1, ge=1, le=16)
    """Copies of every record; 3 in production (then two must have it before it counts as written)."""
    retention: RetentionSettings = RetentionSettings()


class WorkerSettings(Section):
    """One worker process."""

    app_id: str = Field(default="firstreply", pattern=r"^[A-Za-z0-9._-]{1,100}$")
    """Consumer group, and the first part of every transactional id: one per pipeline."""
    instance_id: str = Field(default="", pattern=r"^[A-Za-z0-9._-]{0,200}$")
    """A name that survives restarts, such as a pod's: a restart within the session timeout then moves no partition."""
    session_timeout: Millis = 15_000
    """A worker that the broker has not heard of for this long loses its partitions."""
    heartbeat_interval: Millis = Field(default=3_000, validate_default=True)
    """How often the worker tells the broker that it is there; at most half of `session_timeout`."""
    patience: Millis = 60_000
    """A partition that stands still for this long although there is work ends the process, to be started again."""
    batch_records: int = Field(default=2_000, ge=1, le=100_000)
    """Most records in one transaction."""
    linger: Millis = 50
    """Events wait until this long after their partition's last transaction began, so that they share the next; 0: never."""
    metrics_host: str = "127.0.0.1"
    """Where `/metrics`, `/livez` and `/readyz` listen; they have no login."""
    metrics_port: int = Field(default=9464, ge=0, le=65_535)
    """Port of `/metrics`; 0 chooses a free one."""
    data_dir: Path = Path(".firstreply")
    """Folder for files that a run leaves behind, such as logs; the pipeline's state is in the changelogs, never here."""

    @field_validator("heartbeat_interval")
    @classmethod
    def _beats(cls, value: int, info: ValidationInfo) -> int:
        session = info.data.get("session_timeout")
        if value <= 0:
            raise ValueError("must be more than 0")
        if session is not None and value * 2 > session:
            msg = f"{show(value)} must be at most half of session_timeout, which is {show(session)}"
            raise ValueError(msg)
        return value

    @field_validator("session_timeout", "patience")
    @classmethod
    def _at_least_a_second(cls, value: int) -> int:
        if value < _SECOND_MS:
            raise ValueError("must be at least 1s")
        return value


class LogSettings(Section):
    """What the worker says."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    """The least that is said."""
    format: Literal["auto", "console", "json"] = "auto"
    """`auto`: for people on a terminal, JSON otherwise."""


class Settings(Section):
    """Everything. `agents.configuration.load` makes one."""

    broker: BrokerSettings = BrokerSettings()
    delivery: Delivery = Delivery.AUTO
    """How records are counted over failures."""
    time: TimeMode = TimeMode.LIVE
    """Which clock the pipeline runs on."""
    topics: TopicSettings = TopicSettings()
    worker: WorkerSettings = WorkerSettings()
    serve: ServeSettings = ServeSettings()
    log: LogSettings = LogSettings()
    redis: RedisSettings = RedisSettings()
    signals: SignalsSettings = SignalsSettings()
    notifier: NotifierSettings = NotifierSettings()
    domain: Domain = Domain()
