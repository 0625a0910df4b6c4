"""Where each logical topic is on the broker, for the partition runtime."""

from __future__ import annotations

from agents.partitions.effects import Destination
from agents.settings import TopicSettings
from agents.topics import name_of, partitions_of
from pipeline.engine import Topic


def destinations(topics: TopicSettings) -> dict[Topic, Destination]:
    """Return name and partition count of every topic that an engine may write to."""
    return {topic: Destination(name_of(topic, topics), partitions_of(topic, topics)) for topic in Topic}
