"""The customers stage: which engine runs on the partitions of `contacts`, and where what it says goes."""

from __future__ import annotations

from agents.destinations import destinations
from agents.partitions.runtime import StageConfig
from agents.settings import Settings
from agents.topics import Changelog, name_of
from pipeline.customers.engine import CustomersEngine
from pipeline.engine import TimeMode, Topic

NAME = "customers"


def customers_stages(settings: Settings) -> list[StageConfig]:
    """Return the stage as the settings want it; none where measures of customers are not configured."""
    if settings.domain.customers is None:
        return []
    topics = settings.topics
    live = settings.time is TimeMode.LIVE

    def engine(partition: int) -> CustomersEngine:
        return CustomersEngine(settings.domain, partition, topics.ticket_partitions, settings.time, topics.pane_partitions)

    stage = StageConfig(
        name=NAME,
        source=name_of(Topic.CONTACTS, topics),
        partitions=topics.contact_partitions,
        changelog=name_of(Changelog.CUSTOMERS, topics),
        engine=engine,
        topics=destinations(settings),
        mode=settings.time,
        grid_ms=settings.domain.segment_tick if live else settings.domain.event_tick,
        batch_records=settings.worker.batch_records,
        linger_ms=settings.worker.linger,
    )
    return [stage]
