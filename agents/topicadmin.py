"""Bring the broker's topics in line with `agents.topics`: plan, check and apply, by Kafka's admin calls."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from agents.admin import ADMIN_ERRORS, opened, topic_resource
from agents.connection import client_arguments
from agents.settings import Settings
from agents.topics import ActualTopic, Difference, Remedy, TopicSpec, declared, differences

_POLL_SECONDS = 0.05


class TopicsFailedError(RuntimeError):
    """The broker refused; the message says which topic and why, as the broker said it."""


class Applied(msgspec.Struct, frozen=True):
    """What `apply` did, and what it leaves to a person."""

    done: tuple[Difference, ...]
    left: tuple[Difference, ...]


def check(settings: Settings, timeout_ms: int = 10_000) -> list[Difference]:
    """Return all differences between the declared topics and the broker's; nothing when all is well.

    Raises:
        OSError, KafkaError: the broker is away (`agents.admin.UNREACHABLE`).

    """
    specs = declared(settings.topics, settings.time, customers=settings.domain.customers is not None)
    with opened(settings.broker.bootstrap, client_arguments(settings.broker), timeout_ms) as admin:
        return differences(specs, describe(admin, [spec.name for spec in specs]))


def apply(settings: Settings, timeout_ms: int = 30_000) -> Applied:
    """Create what is missing and set what differs. Partitions and replicas of what exists are left alone. Safe to repeat.

    Raises:
        TopicsFailedError: the broker refused a creation or a setting.
        OSError, KafkaError: the broker is away (`agents.admin.UNREACHABLE`).

    """
    specs = declared(settings.topics, settings.time, customers=settings.domain.customers is not None)
    with opened(settings.broker.bootstrap, client_arguments(settings.broker), timeout_ms) as admin:
        found = differences(specs, describe(admin, [spec.name for spec in specs]))
        create(admin, [spec for spec in specs if spec.name in _topics(found, Remedy.CREATE)])
        _configure(admin, [spec for spec in specs if spec.name in _topics(found, Remedy.CONFIGURE)])
        _settle(admin, specs, timeout_ms)
    return Applied(
        done=tuple(one for one in found if one.remedy is not Remedy.BY_HAND),
        left=tuple(one for one in found if one.remedy is Remedy.BY_HAND),
    )


def _settle(admin: Any, specs: Sequence[TopicSpec], timeout_ms: int) -> None:
    """Wait until the broker shows what its controller has accepted, so that a check right after finds it."""
    deadline = time.monotonic() + timeout_ms / 1_000
    while True:
        found = differences(specs, describe(admin, [spec.name for spec in specs]))
        missing = [one for one in found if one.remedy is not Remedy.BY_HAND]
        if not missing:
            return
        if time.monotonic() > deadline:
            raise TopicsFailedError("\n".join(["The broker accepted the changes and does not show them:", *map(str, missing)]))
        time.sleep(_POLL_SECONDS)


def _topics(found: Iterable[Difference], remedy: Remedy) -> set[str]:
    return {one.topic for one in found if one.remedy is remedy}


def describe(admin: Any, names: Sequence[str]) -> dict[str, ActualTopic]:
    """Return the topics that exist, by name."""
    described = {topic["name"]: topic for topic in admin.describe_topics(list(names)) if not topic["error_code"]}
    configs = _configs(admin, list(described))
    return {
        name: ActualTopic(
            partitions=len(topic["partitions"]),
            replication=min(len(partition["replica_nodes"]) for partition in topic["partitions"]),
            configs=configs.get(name, {}),
        )
        for name, topic in described.items()
    }


def _configs(admin: Any, names: Sequence[str]) -> dict[str, dict[str, str]]:
    if not names:
        return {}
    resources = [topic_resource(name) for name in names]
    answer: Mapping[str, Mapping[str, Mapping[str, Any]]] = admin.describe_configs(resources, config_filter="all")["topic"]
    return {
        name: {setting: str(entry["value"]) for setting, entry in entries.items() if entry["value"] is not None}
        for name, entries in answer.items()
    }


def create(admin: Any, specs: Sequence[TopicSpec]) -> None:
    """Create topics and wait until each partition has a leader. One that somebody else just created is fine.

    Raises:
        TopicsFailedError: the broker refused one.

    """
    if not specs:
        return
    wanted = {
        spec.name: {"num_partitions": spec.partitions, "replication_factor": spec.replication, "configs": spec.configs}
        for spec in specs
    }
    answer = admin.create_topics(wanted, raise_errors=False)
    already_exists = 36
    refused = [
        f"{topic['name']}: {topic['error_message'] or topic['error_code']}"
        for topic in answer["topics"]
        if topic["error_code"] not in (0, already_exists)
    ]
    if refused:
        raise TopicsFailedError("\n".join(refused))
    admin.wait_for_topics([spec.name for spec in specs])


def _configure(admin: Any, specs: Sequence[TopicSpec]) -> None:
    for spec in specs:
        try:
            answer = admin.alter_configs([topic_resource(spec.name, spec.configs)])
        except ADMIN_ERRORS as error:
            msg = f"{spec.name}: {error}"
            raise TopicsFailedError(msg) from error
        if (said := answer["topic"][spec.name]) != "OK":
            msg = f"{spec.name}: {said}"
            raise TopicsFailedError(msg)
