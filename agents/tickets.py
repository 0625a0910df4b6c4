"""The tickets stage: which engine runs on the partitions of `ticket-events`, and where what it says goes."""

from __future__ import annotations

from agents.destinations import destinations
from agents.partitions.runtime import StageConfig
from agents.settings import Settings
from agents.topics import Changelog, name_of
from pipeline.engine import TimeMode, Topic
from pipeline.tickets.engine import TicketsEngine

NAME = "tickets"


def tickets_stage(settings: Settings) -> StageConfig:
    """Return the stage as the settings want it."""
    topics = settings.topics
    live = settings.time is TimeMode.LIVE

    def engine(partition: int) -> TicketsEngine:
        return TicketsEngine(
            settings.domain,
            partition,
            topics.ticket_partitions,
            settings.time,
            panes_partitions=topics.pane_partitions,
            contact_partitions=topics.contact_partitions,
        )

    return StageConfig(
        name=NAME,
        source=name_of(Topic.TICKET_EVENTS, topics),
        partitions=topics.ticket_partitions,
        changelog=name_of(Changelog.TICKETS, topics),
        engine=engine,
        topics=destinations(settings),
        mode=settings.time,
        grid_ms=settings.domain.ticket_tick if live else settings.domain.event_tick,
        batch_records=settings.worker.batch_records,
        linger_ms=settings.worker.linger,
    )
