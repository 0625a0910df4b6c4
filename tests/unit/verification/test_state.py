"""State and metrics of one small story: what agrees, and what damage looks like."""

from __future__ import annotations

import pytest

from agents.verification.findings import Checked, Finding
from agents.verification.metrics import Scrape, compare_metrics
from agents.verification.oracle import Oracle, OracleResult
from agents.verification.state import SegmentRows, compare_state, tick_of
from pipeline.config import Domain
from pipeline.engine import LogRecord, TimeMode, Topic
from pipeline.measures import Measure, base
from pipeline.offline import clock_record
from pipeline.tickets.engine import TicketsEngine
from pipeline.windows.engine import SegmentsEngine
from pipeline.windows.rows import RowType, pack, unpack
from tests.support.story import Story, utc
from tests.support.sums import records_of

UNTIL = utc("2026-03-02 12:00")
DOMAIN = Domain.model_validate(
    {"policies": [{"name": "all", "targets": [{"measure": "first_reply", "within": {"normal": "15m"}, "clock": "calendar"}]}]}
)
LEAF = {"queue": "billing", "channel": "", "priority": "normal"}


@pytest.fixture(scope="module")
def story() -> Story:
    late = Story("T1").created("2026-03-02 09:00", queue="billing").reply("2026-03-02 09:20").solve("2026-03-02 10:00")
    open_one = Story("T2").created("2026-03-02 11:55", queue="billing")
    late.events += open_one.events
    return late


@pytest.fixture(scope="module")
def truth(story: Story) -> OracleResult:
    return Oracle(DOMAIN).run(story.events, UNTIL)


@pytest.fixture
def rows(story: Story) -> dict[bytes, bytes]:
    """Return what the segments keep after the story."""
    tickets, segments = TicketsEngine(DOMAIN, time=TimeMode.LIVE), SegmentsEngine(DOMAIN, 0, 1, TimeMode.LIVE)
    records = records_of(story.events)
    records.append(LogRecord("ticket-events", 0, len(records), UNTIL, None, clock_record(UNTIL)))
    said = [*tickets.apply(records).emits, *tickets.tick(UNTIL).emits]
    panes = [emit for emit in said if emit.topic is Topic.PANES]
    taken = [LogRecord("panes", 0, place, UNTIL, emit.key, emit.value) for place, emit in enumerate(panes)]
    kept: dict[bytes, bytes] = {}
    for effects in (segments.apply(taken), segments.tick(UNTIL)):
        kept |= {key: value for key, value in effects.rows.items() if value is not None}
    return kept


def compared(truth: OracleResult, rows: dict[bytes, bytes]) -> Checked:
    return compare_state(truth, SegmentRows(rows), with_customers=True)


def test_the_rows_of_the_segments_agree(truth: OracleResult, rows: dict[bytes, bytes]) -> None:
    checked = compared(truth, rows)
    assert checked.findings == []
    assert checked.compared > 20
    assert tick_of(rows) == UNTIL


def test_a_total_that_was_changed_is_named(truth: OracleResult, rows: dict[bytes, bytes]) -> None:
    key = next(key for key in rows if key[:1] == RowType.TOTAL.value)
    up, down = unpack(rows[key], tuple[dict[int, int], dict[int, int]])
    up[base(Measure.FIRST_REPLY)] += 1_000
    (finding,) = compared(truth, rows | {key: pack((up, down))}).findings
    assert (finding.segment, finding.measure, finding.what) == (LEAF, "first_reply", "total")
    assert (finding.expected, finding.found) == (20 * 60_000, 20 * 60_000 + 1_000)


def test_open_work_that_is_missing_is_named(truth: OracleResult, rows: dict[bytes, bytes]) -> None:
    left = {key: value for key, value in rows.items() if key[:1] != RowType.WORK.value}
    findings = compared(truth, left).findings
    assert {finding.measure for finding in findings} == {"open", "awaiting_first_reply", "unassigned"}
    assert {(finding.at, finding.expected, finding.found) for finding in findings} == {(utc("2026-03-02 11:55"), 1, 0)}


def sample(name: str, value: int, **labels: str) -> str:
    given = {"tenant": "acme", "queue": "billing", "priority": "normal"} | labels
    words = ",".join(f'{label}="{text}"' for label, text in given.items())
    return f"support_{name}{{{words}}} {value}\n"


BREACHED = {"sla": "first_reply", "outcome": "breached"}
ONE = "".join(
    (
        sample("tickets_created_total", 1),
        sample("first_reply_seconds_count", 2),
        sample("observations_corrected_total", 1, measure="first_reply"),
        sample("sla_outcomes_total", 1, **BREACHED),
        *(sample("work", 1, kind=kind) for kind in ("open", "unassigned", "awaiting_first_reply")),
    )
)
OTHER = "".join(
    (
        sample("tickets_created_total", 1, queue="other"),
        *(sample(f"{what}_seconds_count", 1) for what in ("first_resolution", "full_resolution")),
        *(sample(f"tickets_{what}_total", 1) for what in ("solved", "one_touch")),
    )
)


def shown(truth: OracleResult, *pages: str) -> list[Finding]:
    return compare_metrics(truth, Scrape(pages)).findings


def test_the_pages_of_all_workers_together_agree(truth: OracleResult) -> None:
    assert shown(truth, ONE, OTHER) == []


def test_a_worker_that_is_missing_is_noticed(truth: OracleResult) -> None:
    findings = shown(truth, ONE)
    assert {finding.measure: (finding.expected, finding.found) for finding in findings} == {
        "created": (2, 1),
        "solved": (1, 0),
        "first_resolution": (1, 0),
        "full_resolution": (1, 0),
        "one_touch": (1, 0),
    }


def test_a_breach_that_was_retracted_does_not_stand(truth: OracleResult) -> None:
    retracted = ONE + sample("sla_outcomes_retracted_total", 1, **BREACHED)
    (finding,) = shown(truth, retracted, OTHER)
    assert (finding.measure, finding.expected, finding.found) == ("sla_first_reply_breached", 1, 0)
