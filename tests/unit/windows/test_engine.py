from __future__ import annotations

from pipeline.config import Domain
from pipeline.engine import TimeMode
from pipeline.measures import Measure
from pipeline.windows.engine import SegmentsEngine
from tests.support.feed import EDGES_MS, Feed, Reader, apply, tick

M, H, D = 60_000, 3_600_000, 86_400_000
NOON = 1_760_011_200_000 // D * D + 12 * H
CHAT = ("billing", "chat", "normal")
MAIL = ("billing", "email", "normal")
DOMAIN = Domain(edges=EDGES_MS)


def live(domain: Domain = DOMAIN) -> tuple[SegmentsEngine, Reader, Feed]:
    return SegmentsEngine(domain, 0, 1, TimeMode.LIVE), Reader(), Feed()


def test_a_reply_shows_in_every_segment_above_its_leaf() -> None:
    engine, reader, feed = live()
    feed.lasted(CHAT, NOON - 30_000, Measure.FIRST_REPLY, 4 * M)
    feed.lasted(MAIL, NOON - 2 * M, Measure.FIRST_REPLY, 10 * M)
    feed.waits(CHAT, NOON - 7 * M)
    feed.counted(CHAT, NOON - 7 * M, Measure.CREATED)
    apply(engine, reader, [feed.record(NOON)])
    tick(engine, reader, NOON)
    level = reader.latest(b"acme|queue=billing")
    five = level["windows"]["5m"]
    assert five["durations"]["first_reply"]["now"]["count"] == 2
    assert five["durations"]["first_reply"]["now"]["mean_ms"] == 7 * M
    assert level["work"]["awaiting_first_reply"]["oldest_at"] == NOON - 7 * M
