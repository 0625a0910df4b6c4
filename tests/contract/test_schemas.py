"""The committed JSON Schemas are those of the types, and describe what is really read and written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
import typer
from typer.testing import CliRunner

from agents.cli import schemas as command
from pipeline.codec import decode, encode
from pipeline.config import SlaMeasure
from pipeline.engine import DeadLetter
from pipeline.events import Event
from pipeline.schemas import all_schemas
from pipeline.signals import (
    Alert,
    AlertState,
    Change,
    ClockState,
    CounterWindow,
    DurationStats,
    MeasureWindow,
    OpenWork,
    PromiseWindow,
    ServiceLevel,
    SlaEvent,
    SlaEventType,
    TicketClocks,
    WindowLevels,
)
from tests.support.wires import APPENDED_AT, FLAT, FULL, STRUCTURED

DIRECTORY = Path(__file__).parents[2] / "docs" / "schemas"
SCHEMAS = all_schemas()


def validate(name: str, value: bytes) -> None:
    validator = jsonschema.Draft202012Validator(json.loads((DIRECTORY / f"{name}.json").read_text(encoding="utf-8")))
    validator.validate(json.loads(value))


def levels() -> ServiceLevel:
    stats = DurationStats(count=2, sum_ms=10, mean_ms=5, p50_ms=4, p90_ms=6, p95_ms=6)
    change = Change(count=0, mean_ms=None, difference_ms=None)
    window = WindowLevels(
        since=1,
        until=2,
        durations={"first_reply": MeasureWindow(now=stats, previous=change, last_week=change)},
        counters={"created": CounterWindow(now=1, previous=2, last_week=3)},
        promises={"first_reply": PromiseWindow(met=1, breached=0, within_ppm=1_000_000)},
    )
    work = {"open": OpenWork(count=1, oldest_at=1, p50_age_ms=None, bands={"1h": 1, "older": 0})}
    return ServiceLevel(
        tenant="acme", segment={"queue": "billing"}, as_of=1, expires_at=2, epoch=1, windows={"1h": window}, work=work
    )


OUTPUTS: dict[str, msgspec.Struct] = {
    "sla-events": SlaEvent(
        id="x",
        type=SlaEventType.BREACHED,
        tenant="acme",
        ticket_id="7",
        measure=SlaMeasure.FIRST_REPLY,
        instance=1,
        policy="standard",
        policy_version=1,
        priority="high",
        target_ms=1,
        started_at=1,
        due_at=2,
        occurred_at=2,
        detected_at=2,
        cause="deadline",
    ),
    "clocks": TicketClocks(
        tenant="acme",
        ticket_id="7",
        as_of=1,
        clocks=(
            ClockState(
                measure=SlaMeasure.FIRST_REPLY,
                instance=1,
                state="running",
                policy="standard",
                target_ms=1,
                started_at=1,
                due_at=2,
            ),
        ),
    ),
    "service-levels": levels(),
    "alerts": Alert(
        id="a",
        rule="first_reply_jump",
        severity="page",
        state=AlertState.FIRING,
        tenant="acme",
        segment={},
        onset_at=1,
        raised_at=2,
        as_of=3,
        summary="s",
    ),
    "dead-letters": DeadLetter(
        reason="not_json", detail="not JSON in UTF-8", topic="t", partition=0, offset=1, size_bytes=2, sha256="00"
    ),
}


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_the_committed_schema_is_current(name: str) -> None:
    assert (DIRECTORY / f"{name}.json").read_text(encoding="utf-8") == command.text_of(SCHEMAS[name]), "run `firstreply schemas`"


def test_no_other_schema_is_committed() -> None:
    assert {path.stem for path in DIRECTORY.glob("*.json")} == {*SCHEMAS, "openapi"}


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_it_is_a_schema(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[name])


@pytest.mark.parametrize("name", ["ticket-events", "ticket-events.canonical"])
def test_what_we_write_is_what_we_say_and_what_we_accept(name: str) -> None:
    validate(name, encode(FULL))


@pytest.mark.parametrize("given", [STRUCTURED, FLAT])
def test_accepted_forms_validate(given: dict[str, Any]) -> None:
    value = json.dumps(given).encode()
    assert isinstance(decode(value, appended_at=APPENDED_AT), Event)
    validate("ticket-events", value)


@pytest.mark.parametrize("wrong", [{"status": "melting"}, {"time": None}, {"sequence": -1}, {"tags": ["x"] * 65}, {"id": ""}])
def test_what_the_decoder_refuses_does_not_validate(wrong: dict[str, Any]) -> None:
    value = json.dumps(FLAT | wrong).encode()
    assert not isinstance(decode(value, appended_at=APPENDED_AT), Event)
    with pytest.raises(jsonschema.ValidationError):
        validate("ticket-events", value)


@pytest.mark.parametrize("name", sorted(OUTPUTS))
def test_outputs_validate(name: str) -> None:
    validate(name, msgspec.json.encode(OUTPUTS[name]))


def test_the_command_writes_and_checks(tmp_path: Path) -> None:
    app = typer.Typer()
    app.callback()(lambda: None)
    command.register(app)
    runner, directory = CliRunner(), tmp_path / "made"
    assert runner.invoke(app, ["schemas", str(directory), "--check"]).exit_code == 1
    assert not directory.exists()
    assert f"{len(SCHEMAS) + 1} of them written" in runner.invoke(app, ["schemas", str(directory)]).output
    assert {path.name for path in directory.iterdir()} == {path.name for path in DIRECTORY.glob("*.json")}
    assert runner.invoke(app, ["schemas", str(directory), "--check"]).exit_code == 0
    (directory / "alerts.json").write_text("{}", encoding="utf-8")
    stale = runner.invoke(app, ["schemas", str(directory), "--check"])
    assert stale.exit_code == 1
    assert "alerts.json is not current" in stale.output
