"""The simulated centre's presence: the rota is kept, but for those whom a jump keeps away."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
import typer
from typer.testing import CliRunner

from agents.cli import simulate as command
from agents.simulator import CENTRE, Jump, presence
from pipeline.config import Domain
from pipeline.engine import TimeMode, Topic
from pipeline.reasons import Invalid
from pipeline.responders.codec import decode, encode
from pipeline.responders.engine import RespondersEngine
from pipeline.responders.model import RespondersModel
from tests.support.rota import Floor

H = 3_600_000
MONDAY = 1_772_409_600_000
DOMAIN = Domain(zone="Europe/Berlin", responders=RespondersModel(enabled=True))


@pytest.mark.mission("A13")
def test_a_jump_shows_as_adherence_lost() -> None:
    centre = msgspec.structs.replace(CENTRE, jumps=(Jump(queue="technical", at_ms=8 * H, duration_ms=2 * H, staff_share=0.0),))
    desk = Floor(RespondersEngine(DOMAIN, time=TimeMode.LIVE))
    for event in presence(centre, MONDAY, 12 * H):
        desk.tell(event, at=max(event.occurred_at, MONDAY))
    desk.tick(MONDAY + 12 * H - 60_000)
    desk.said = {(topic, key.replace(b"demo:", b"acme:").replace(b"demo", b"acme")): v for (topic, key), v in desk.said.items()}
    first, others = desk.of("technical-01"), desk.of("orders-01")
    assert first["state"] == others["state"] == "available"
    assert others["today"]["adherence_ppm"] == 1_000_000
    assert first["today"]["planned_ms"] - first["today"]["kept_ms"] == 2 * H
    assert desk.board()["queues"]["technical"]["planned"] == desk.board()["queues"]["technical"]["available"]
    assert Topic.PRESENCE in {topic for topic, _ in desk.said}


@pytest.mark.parametrize("start", [MONDAY, MONDAY + 7 * 60_000])
def test_nobody_grows_stale_at_a_queue_that_never_closes(start: int) -> None:
    desk = Floor(RespondersEngine(DOMAIN, time=TimeMode.LIVE))
    for event in presence(CENTRE, start, 48 * H):
        desk.tell(event, at=max(event.occurred_at, start))
    desk.tick(start + 48 * H - 60_000)
    board = msgspec.json.decode(desk.said[Topic.PRESENCE, b"demo"] or b"")
    assert board["total"]["unknown"] == 0
    assert board["queues"]["technical"]["available"] == board["queues"]["technical"]["planned"] > 0


def test_the_command_writes_events_that_are_read(tmp_path: Path) -> None:
    app = typer.Typer()
    app.callback()(lambda: None)
    command.register(app)
    out, people = tmp_path / "tickets.ndjson", tmp_path / "people.ndjson"
    result = CliRunner().invoke(app, ["simulate", "--hours", "1", "--out", str(out), "--responders", str(people)])
    assert result.exit_code == 0
    lines = people.read_bytes().splitlines()
    assert len(lines) >= 4
    for line in lines:
        event = decode(line, appended_at=MONDAY)
        assert not isinstance(event, Invalid)
        assert encode(event) == line  # type: ignore[arg-type]
