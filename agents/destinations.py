"""Where each logical topic is on the broker, for the partition runtime."""

from __future__ import annotations

from agents.partitions.effects import Destination
from agents.settings import Settings
from agents.topics import name_of, partitions_of, used
from pipeline.engine import Topic


def destinations(settings: Settings) -> dict[Topic, Destination]:
    """Return name and partition count of every topic that an engine may write to."""
    topics, customers = settings.topics, settings.domain.customers is not None
    written = [topic for topic in used(customers=customers) if isinstance(topic, Topic)]
    return {topic: Destination(name_of(topic, topics), partitions_of(topic, topics)) for topic in written}
