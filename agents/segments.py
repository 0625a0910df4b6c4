"""The segments stage: which engine runs on the partitions of `panes`, and where what it says goes."""

from __future__ import annotations

from agents.destinations import destinations
from agents.partitions.runtime import StageConfig
from agents.settings import Settings
from agents.topics import Changelog, name_of
from pipeline.engine import TimeMode, Topic
from pipeline.windows.engine import SegmentsEngine

NAME = "segments"


def segments_stage(settings: Settings, epoch: int = 0) -> StageConfig:
    """Return the stage as the settings want it; `epoch` marks what it says where state does not outlive the worker."""
    topics = settings.topics
    live = settings.time is TimeMode.LIVE
    # The customer partitions, where there are any, add to panes like the ticket partitions.
    sources = topics.ticket_partitions + (topics.contact_partitions if settings.domain.customers else 0)

    def engine(partition: int) -> SegmentsEngine:
        return SegmentsEngine(settings.domain, partition, sources, settings.time, epoch)

    return StageConfig(
        name=NAME,
        source=name_of(Topic.PANES, topics),
        partitions=topics.pane_partitions,
        changelog=name_of(Changelog.SEGMENTS, topics),
        engine=engine,
        topics=destinations(settings),
        mode=settings.time,
        grid_ms=(settings.domain.queue_tick or settings.domain.segment_tick) if live else settings.domain.event_tick,
        batch_records=settings.worker.batch_records,
        gathers=True,
    )
