"""The ServiceNow log, replayed through a real broker and worker, against the oracle and the offline run.

The slice in `tests/data` by default; `SERVICENOW_LOG=FILE` takes a whole log.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from agents.configuration import load
from agents.verification.oracle.numbers import quantile
from pipeline.additions import Additions
from pipeline.arrival import keyed
from pipeline.codec import decode
from pipeline.config import Domain
from pipeline.engine import LogRecord, Topic
from pipeline.events import Event
from pipeline.measures import Measure
from pipeline.offline import OfflineRun
from pipeline.signals import ServiceLevel, SlaEvent
from pipeline.timestamps import LATEST_MS
from tests.oracle import Oracle, OracleResult
from tests.support.broker import KafkaBroker
from tests.support.finals import committed, final_outputs
from tests.support.liverun import LiveWorker, firstreply
from tests.support.sums import Sums, fold_all
from tests.support.waiting import wait_for

pytestmark = [pytest.mark.broker, pytest.mark.timeout(1_800)]

HERE = Path(__file__).parent
LOG = Path(os.environ.get("SERVICENOW_LOG", HERE.parent / "data" / "servicenow-two-weeks.csv.xz"))
PARTITIONS = 4
UNTIL = os.environ.get("SERVICENOW_UNTIL", "2016-03-15T00:00:00Z")
"""The slice ends where its last incident was opened, so that its windows are full."""
CLOSE_AFTER_MS = 3_600_000


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("servicenow") / "log.ndjson"
    firstreply("import", "servicenow", str(LOG), "--out", str(file))
    return file


@pytest.fixture(scope="module")
def lines(log: Path) -> list[tuple[bytes | None, bytes, int]]:
    until_ms = decode(b'{"type":"support.clock.passed","id":"u","time":"%s"}' % UNTIL.encode(), appended_at=LATEST_MS)
    assert isinstance(until_ms, Event)
    with log.open("rb") as stream:
        return [line for line in keyed(stream) if line[2] < until_ms.occurred_at]


@pytest.fixture(scope="module")
def domain() -> Domain:
    return load(HERE / "servicenow.toml").domain


@pytest.fixture(scope="module")
def truth(lines: list[tuple[bytes | None, bytes, int]], domain: Domain) -> OracleResult:
    events = [event for _, value, _ in lines if isinstance(event := decode(value, appended_at=LATEST_MS), Event)]
    return Oracle(domain).run(events, lines[-1][2] + CLOSE_AFTER_MS)


def configured(kafka: KafkaBroker, name: str, folder: Path, batch_records: int) -> Path:
    config = folder / f"{name}.toml"
    text = (HERE / "servicenow.toml").read_text()
    text = text.replace("[topics]", f'[broker]\nbootstrap = "{kafka.bootstrap}"\n\n[topics]\nprefix = "{name}."')
    config.write_text(text.replace("[worker]", f'[worker]\napp_id = "{name}"\nbatch_records = {batch_records}'))
    return config


def replayed(kafka: KafkaBroker, name: str, folder: Path, log: Path, batch_records: int) -> str:
    """Replay the log through a worker of its own and return the prefix of its topics."""
    config = configured(kafka, name, folder, batch_records)
    firstreply("topics", "apply", "-c", str(config))
    after = f"{CLOSE_AFTER_MS // 1_000}s"
    firstreply("replay", str(log), "-c", str(config), "--until", UNTIL, "--clock", "6h", "--until-after", after, seconds=600)
    written = sum(1 for _ in committed(kafka.bootstrap, f"{name}.ticket-events"))
    with LiveWorker(config, folder / f"{name}.log") as worker:
        wait_for(worker.settled(written), "the worker has read everything", 1_200)
        assert worker.stop() == 0
    return f"{name}."


def test_a_replay_equals_the_oracle_and_the_offline_run(
    kafka: KafkaBroker,
    fresh_name: Callable[[str], str],
    record_testsuite_property: Callable[[str, object], None],
    tmp_path: Path,
    log: Path,
    lines: list[tuple[bytes | None, bytes, int]],
    domain: Domain,
    truth: OracleResult,
) -> None:
    large = replayed(kafka, fresh_name("large"), tmp_path, log, 2_000)
    sums = Sums()
    for _, value in committed(kafka.bootstrap, large + Topic.PANES.value):
        assert value is not None
        sums.additions(msgspec.msgpack.decode(value, type=Additions))
    for _, value in committed(kafka.bootstrap, large + Topic.SLA_EVENTS.value):
        assert value is not None
        sums.sla_event(msgspec.json.decode(value, type=SlaEvent))
    assert sums.plain_codes() == truth.codes()
    assert sums.plain_work() == truth.work_starts()
    assert sums.standing() == {(b.tenant, b.ticket_id, b.measure.value, b.instance, b.at_ms): 1 for b in truth.breaches()}
    assert sums.sequences.keys() == set(range(PARTITIONS))
    for sequence in sums.sequences.values():
        assert sequence == list(range(1, len(sequence) + 1))

    live = final_outputs(kafka.bootstrap, large)
    small = final_outputs(kafka.bootstrap, replayed(kafka, fresh_name("small"), tmp_path, log, 173))
    offline = OfflineRun(domain, partitions=PARTITIONS, batch_records=991)
    offline.feed(lines)
    outputs = offline.close(lines[-1][2] + CLOSE_AFTER_MS)
    record_testsuite_property("servicenow_digest", live.digest())
    assert live.digest() == small.digest() == outputs.digest()
    levels = [msgspec.json.decode(value, type=ServiceLevel) for value in live.compacted[Topic.SERVICE_LEVELS].values()]
    assert windows_checked(levels, truth) > 100


def test_one_partition_gives_the_counts_and_sums_of_four(
    lines: list[tuple[bytes | None, bytes, int]], domain: Domain, truth: OracleResult
) -> None:
    records = [LogRecord("ticket-events", 0, at, stamp, key, value) for at, (key, value, stamp) in enumerate(lines)]
    sums, _ = fold_all(domain, records, lines[-1][2] + CLOSE_AFTER_MS, batch=500)
    assert sums.plain_codes() == truth.codes()
    assert sums.plain_work() == truth.work_starts()


TOGETHER = {"response": ("first_reply", "next_reply"), "response_business": ("first_reply_business", "next_reply_business")}
"""Durations that are several measures together."""


def windows_checked(levels: list[ServiceLevel], truth: OracleResult) -> int:
    """Hold every window, as each segment last said it, to the oracle; return how many hold an observation."""
    checked = 0
    for level in levels:
        for window in level.windows.values():
            for name, durations in window.durations.items():
                until = min(window.until, level.as_of)
                values = sorted(
                    value
                    for part in TOGETHER.get(name, (name,))
                    for value in truth.durations(Measure(part), level.tenant, level.segment, window.since, until)
                )
                now = durations.now
                assert (now.count, now.sum_ms) == (len(values), sum(values)), (level.segment, name, window)
                for found, per_mille in ((now.p50_ms, 500), (now.p90_ms, 900), (now.p95_ms, 950)):
                    exact = quantile(values, per_mille)
                    assert (found is None) == (exact is None)
                    assert found is None or exact is None or abs(found - exact) * 100 <= exact
                checked += bool(values)
    return checked
