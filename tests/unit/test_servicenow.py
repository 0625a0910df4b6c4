"""The ServiceNow log through the offline run, against the oracle: every measure that its columns carry.

A day of the slice in `tests/data` by default; `SERVICENOW_LOG=FILE SERVICENOW_DAYS=10000` takes a whole log: minutes.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from agents.configuration import load
from agents.importers.servicenow import ServiceNowLog
from agents.verification.levels import compare_levels
from agents.verification.oracle import Oracle
from agents.verification.oracle.windows import Windows
from pipeline.arrival import keyed
from pipeline.codec import encode
from pipeline.config import DAY_MS, Domain
from pipeline.engine import Topic
from pipeline.events import Event
from pipeline.measures import Measure
from pipeline.offline import OfflineRun
from pipeline.signals import Repeat, ServiceLevel
from tests.support.sums import Sums

TESTS = Path(__file__).parents[1]
LOG = Path(os.environ.get("SERVICENOW_LOG", TESTS / "data" / "servicenow-two-weeks.csv.xz"))
DAYS = int(os.environ.get("SERVICENOW_DAYS", "1"))
MOST_CONTACTS = 64
"""What a customer's row holds: three callers of the log have more, and stay unnamed here."""
NOT_IN_THE_LOG = ("csat", "ces", "nps", "survey", "abandon", "self_served", "customers_", "status_snoozed")
"""Beginnings of measures for which the log has no column: it knows of no rating, nobody who gave up and no customer register."""
CARRIED = frozenset(
    measure
    for measure in Measure
    if not measure.value.startswith((*NOT_IN_THE_LOG, "sla_")) or measure.value.startswith(("sla_first", "sla_requester"))
)


@pytest.fixture(scope="module")
def domain() -> Domain:
    plain = load(TESTS / "broker" / "servicenow.toml").domain.model_dump()
    asked = {
        "expectations": {"email": "4h", "phone": "10m", "web": "4h"},
        "costs": {"email": {"contact": 450}, "phone": {"contact": 900, "minute": 10}},
        "customers": {"salt": "a salt for tests only", "retention": "1000d"},
        "reopen_horizon": "1000d",
    }
    return Domain.model_validate(plain | asked)


@pytest.fixture(scope="module")
def events() -> list[Event]:
    told = list(ServiceNowLog(LOG, tenant="servicenow", zone="UTC").events())
    until_ms = told[0].occurred_at + DAYS * DAY_MS
    kept = [event for event in told if event.occurred_at < until_ms]
    tickets = Counter(requester for requester, _ in {(event.requester, event.ticket_id) for event in kept if event.requester})
    return [replace(event, requester=None) if tickets[event.requester] > MOST_CONTACTS else event for event in kept]


def test_the_offline_run_is_the_oracles(domain: Domain, events: list[Event]) -> None:
    until_ms = events[-1].occurred_at + 2 * domain.event_tick  # what customers add is told a tick later
    sums = Sums()
    run = OfflineRun(domain, partitions=4, contact_partitions=2, heard=sums.hear)
    run.feed(keyed(map(encode, events)))
    outputs = run.close(until_ms)
    truth = Oracle(domain).run(events, until_ms)
    assert outputs.dead_letters == []
    assert sums.plain_codes() == truth.codes()
    assert sums.plain_work() == truth.work_starts()
    assert sums.standing() == {(b.tenant, b.ticket_id, b.measure.value, b.instance, b.at_ms): 1 for b in truth.breaches()}
    repeats = [msgspec.json.decode(value, type=Repeat) for value in outputs.compacted[Topic.REPEATS].values()]
    assert {(repeat.tenant, repeat.ticket_id): repeat.repeats for repeat in repeats} == truth.customers.repeats
    levels = [msgspec.json.decode(value, type=ServiceLevel) for value in outputs.compacted[Topic.SERVICE_LEVELS].values()]
    as_of = Oracle(domain).run(events, max(level.as_of for level in levels) - 1)  # service levels stand at the last whole tick
    checked = compare_levels(levels, Windows(as_of))
    assert checked.findings == []
    assert checked.compared > 10_000
    if DAYS > 300:
        assert {measure for measure in Measure if truth.count(measure)} == CARRIED
