"""Which partitions topics have on the broker."""

from __future__ import annotations

from collections.abc import Sequence

from aiokafka import TopicPartition

from agents.partitions.access import BrokerAccess
from agents.partitions.clients import new_admin
from agents.partitions.failstop import ConfigurationError
from agents.topics import APPLY


async def partitions_on(access: BrokerAccess, names: Sequence[str]) -> list[TopicPartition]:
    """Return every partition of the topics, as the broker has them. Makes none.

    Raises:
        ConfigurationError: a topic is missing.
        KafkaError, OSError: the broker is away.

    """
    admin = new_admin(access)
    try:
        await admin.start()
        missing = sorted(set(names) - set(await admin.list_topics()))
        if missing:
            msg = f"the broker has no topic {', '.join(missing)}; {APPLY}"
            raise ConfigurationError(msg)
        described = await admin.describe_topics(list(names))
    finally:
        await admin.close()
    return sorted(TopicPartition(one["topic"], part["partition"]) for one in described for part in one["partitions"])
