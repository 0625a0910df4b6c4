"""What can be wrong between this installation, its configuration and its broker, and what to do about it."""

from __future__ import annotations

import asyncio
import ssl
import uuid
from collections.abc import Callable, Iterator
from enum import StrEnum
from importlib.metadata import packages_distributions
from pathlib import Path

import msgspec

import agents
import pipeline
from agents.admin import ADMIN_ERRORS, broker_default, opened
from agents.clock import Clock
from agents.configuration import find_file
from agents.connection import access_to, client_arguments
from agents.guards import UntestedVersionError, check_versions
from agents.partitions.clients import BROKEN, close, new_producer
from agents.partitions.delivery import can_transact
from agents.settings import Delivery, Settings
from agents.topicadmin import TopicsFailedError, check, create
from agents.topics import TopicSpec, way_out_of
from pipeline.duration import show

DISTRIBUTION = "firstreply"
_CLOCK_WARNING_MS = 1_000
_APPEND_TIME = 1
_NOT_COMPARED: tuple[type[Exception], ...] = (TopicsFailedError, TimeoutError, *BROKEN, *ADMIN_ERRORS)


class Verdict(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARNING = "warning"
    """The pipeline runs; something about it is not as it should be."""
    FAILED = "failed"
    UNAVAILABLE = "unavailable"
    """The broker is away, so that nothing after this could be checked."""
    UNKNOWN = "unknown"
    """It could not be found out; the text says why."""


class Finding(msgspec.Struct, frozen=True):
    """One check's result."""

    check: str
    verdict: Verdict
    said: str
    way_out: str = ""
    details: tuple[str, ...] = ()


def examine(settings: Settings, clock: Clock, file: Path | None = None) -> Iterator[Finding]:
    """Run every check, yielding each finding as soon as it is known. Ends after the broker's when it is away."""
    yield versions()
    yield packages()
    yield configuration(settings, file)
    reached = broker(settings)
    yield reached
    if reached.verdict is Verdict.UNAVAILABLE:
        return
    yield transactions(settings)
    yield clock_skew(settings, clock)
    yield topics(settings)


def versions() -> Finding:
    """Check that Faust and aiokafka are of versions that the runtime was checked on."""
    try:
        check_versions()
    except UntestedVersionError as error:
        return Finding("versions", Verdict.FAILED, str(error), f"reinstall {DISTRIBUTION} with its pinned requirements")
    return Finding("versions", Verdict.OK, "Faust and aiokafka are of versions that were checked")


def packages(owners: Callable[[], dict[str, list[str]]] | None = None) -> Finding:
    """Check that `agents` and `pipeline` are ours: other distributions install packages of these names, too."""
    installed = (owners or (lambda: {name: list(found) for name, found in packages_distributions().items()}))()
    others = {name: sorted(set(installed.get(name, [])) - {DISTRIBUTION}) for name in ("agents", "pipeline")}
    shared = [f"{name} is also installed by {', '.join(found)}" for name, found in others.items() if found]
    homes = {str(Path(package.__path__[0]).parent) for package in (agents, pipeline)}
    if len(homes) > 1:
        shared.append(f"agents and pipeline come from different places: {', '.join(sorted(homes))}")
    if shared:
        way_out = f"install {DISTRIBUTION} into an environment of its own: python3 -m venv, then pip install there"
        return Finding("packages", Verdict.FAILED, "; ".join(shared), way_out)
    return Finding("packages", Verdict.OK, f"agents and pipeline are ours, from {homes.pop()}")


def configuration(settings: Settings, file: Path | None = None) -> Finding:
    """Say where the configuration came from and what in it deserves a second look."""
    path = find_file(file)
    source = f"from {path} and the environment" if path else "shipped defaults and the environment (there is no firstreply.toml)"
    odd = []
    if not settings.domain.policies:
        odd.append("there are no policies, so that nothing can breach")
    if settings.broker.security.sasl and not settings.broker.security.tls:
        odd.append("the broker's password crosses the network in the clear")
    if settings.delivery is Delivery.AT_LEAST_ONCE:
        odd.append("delivery is at_least_once: every restart begins anew; use auto or exactly_once on Apache Kafka")
    if odd:
        return Finding(
            "configuration", Verdict.WARNING, source, "see docs/adr/0003-configuration-and-command-line.md", tuple(odd)
        )
    return Finding("configuration", Verdict.OK, source)


def broker(settings: Settings) -> Finding:
    """Check that the broker answers and does not make topics by itself."""
    address = settings.broker.bootstrap
    try:
        with opened(address, client_arguments(settings.broker)) as admin:
            cluster = admin.describe_cluster()
            creates = broker_default(admin, cluster["brokers"][0]["broker_id"], "auto.create.topics.enable")
    except ADMIN_ERRORS as error:
        return _away(settings, error)
    said = f"{address} answers, {len(cluster['brokers'])} broker(s), cluster {cluster['cluster_id']}"
    if creates == "true":
        way_out = "set auto.create.topics.enable=false on the brokers: a mistyped name makes a topic with the wrong partitions"
        return Finding("broker", Verdict.WARNING, f"{said}; it creates topics by itself", way_out)
    return Finding("broker", Verdict.OK, said)


def _away(settings: Settings, error: Exception) -> Finding:
    address, security = settings.broker.bootstrap, settings.broker.security
    if isinstance(error, ssl.SSLError):
        said = f"TLS with {address} failed: {error.reason or error}"
        return Finding("broker", Verdict.UNAVAILABLE, said, "correct broker.tls, or the broker's certificate")
    if security.sasl and not isinstance(error, OSError):  # the connection and TLS were tried first, and worked
        said = f"{address} takes the connection and drops it: it does not accept the user name, the password or the mechanism"
        return Finding("broker", Verdict.UNAVAILABLE, said, "correct broker.sasl, or the broker's users")
    said = f"nobody answers at {address} ({type(error).__name__})"
    way_out = "start the broker, or correct broker.bootstrap, broker.security and the network between"
    return Finding("broker", Verdict.UNAVAILABLE, said, way_out)


def transactions(settings: Settings) -> Finding:
    """Check that the broker carries out a transaction, which exactly-once needs."""
    able = asyncio.run(can_transact(access_to(settings.broker), f"{settings.worker.app_id}-doctor"))
    if able:
        return Finding("transactions", Verdict.OK, "the broker carries out transactions: exactly once is possible")
    said = "the broker did not carry out a transaction: exactly once is not possible"
    way_out = "use Apache Kafka 3 or later and allow the transactional ids of worker.app_id"
    if settings.delivery is Delivery.EXACTLY_ONCE:
        return Finding("transactions", Verdict.FAILED, said, f"{way_out}; or set delivery = 'at_least_once' for a demo")
    return Finding("transactions", Verdict.WARNING, f"{said}; every restart of the worker begins anew", way_out)


def clock_skew(settings: Settings, clock: Clock) -> Finding:
    """Compare this machine's clock with the append time that the broker gives a record, in a topic made and removed for it."""
    spec = TopicSpec(
        name=f"{settings.topics.prefix}{DISTRIBUTION}-doctor-{uuid.uuid4().hex[:12]}",
        partitions=1,
        replication=1,
        configs={"message.timestamp.type": "LogAppendTime", "cleanup.policy": "delete", "retention.ms": "60000"},
    )
    try:
        with opened(settings.broker.bootstrap, client_arguments(settings.broker)) as admin:
            create(admin, [spec])
            try:
                skew_ms = asyncio.run(_skew(settings, spec.name, clock))
            finally:
                admin.delete_topics([spec.name])
    except _NOT_COMPARED as error:
        way_out = (
            f"let this client create topics that begin with {settings.topics.prefix}{DISTRIBUTION}-doctor-, or compare by hand"
        )
        return Finding("clock", Verdict.UNKNOWN, f"could not be compared: {type(error).__name__}", way_out)
    return judge_skew(skew_ms, settings.domain.late_after)


def judge_skew(skew_ms: int | None, limit_ms: int) -> Finding:
    """Judge how far the broker's clock is ahead of ours; `None`: the broker does not stamp records."""
    if skew_ms is None:
        return Finding("clock", Verdict.UNKNOWN, "this broker does not stamp records with its own time")
    said = f"the broker's clock is {show(abs(skew_ms))} {'ahead of' if skew_ms > 0 else 'behind'} ours"
    way_out = "synchronise both machines by NTP: deadlines are judged by the broker's append times and by this clock"
    if abs(skew_ms) >= limit_ms:
        return Finding("clock", Verdict.FAILED, said, way_out)
    if abs(skew_ms) >= _CLOCK_WARNING_MS:
        return Finding("clock", Verdict.WARNING, said, way_out)
    return Finding("clock", Verdict.OK, "this clock and the broker's agree within a second")


async def _skew(settings: Settings, topic: str, clock: Clock) -> int | None:
    """Return how far the broker's clock is ahead of ours, less what the round trip can explain."""
    producer = new_producer(access_to(settings.broker), acks="all", request_timeout_ms=10_000)
    try:
        await producer.start()
        await producer.send_and_wait(topic, b"warm", partition=0)  # metadata and connections are not part of the measure
        before_ms = clock.now_ms()
        appended = await producer.send_and_wait(topic, b"measured", partition=0)
        after_ms = clock.now_ms()
    finally:
        await close(producer)
    if appended.timestamp_type != _APPEND_TIME:
        return None
    if before_ms <= appended.timestamp <= after_ms:
        return 0
    ahead: int = appended.timestamp - (after_ms if appended.timestamp > after_ms else before_ms)
    return ahead


def topics(settings: Settings) -> Finding:
    """Check the topics against their declaration."""
    try:
        found = check(settings)
    except ADMIN_ERRORS as error:
        return Finding(
            "topics", Verdict.UNKNOWN, f"could not be read: {type(error).__name__}", "allow this client to describe topics"
        )
    if found:
        return Finding("topics", Verdict.FAILED, f"{len(found)} differences", way_out_of(found), tuple(map(str, found)))
    return Finding("topics", Verdict.OK, "all topics are as declared")
