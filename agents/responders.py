"""The responders stage: which engine runs on the partitions of `responder-events`, and where what it says goes."""

from __future__ import annotations

from agents.destinations import destinations
from agents.partitions.runtime import StageConfig
from agents.settings import Settings
from agents.topics import Changelog, name_of
from pipeline.engine import TimeMode, Topic
from pipeline.responders.engine import RespondersEngine

NAME = "responders"


def responders_stage(settings: Settings, epoch: int = 0) -> StageConfig:
    """Return the stage as the settings want it; `epoch` marks what it says where state does not outlive the worker."""
    topics = settings.topics
    live = settings.time is TimeMode.LIVE

    def engine(partition: int) -> RespondersEngine:
        return RespondersEngine(settings.domain, partition, topics.pane_partitions, settings.time, epoch)

    return StageConfig(
        name=NAME,
        source=name_of(Topic.RESPONDER_EVENTS, topics),
        partitions=topics.pane_partitions,
        changelog=name_of(Changelog.RESPONDERS, topics),
        engine=engine,
        topics=destinations(settings),
        mode=settings.time,
        grid_ms=settings.domain.segment_tick if live else settings.domain.event_tick,
        batch_records=settings.worker.batch_records,
        linger_ms=settings.worker.linger,
    )
