"""What `firstreply explain` says is what `firstreply run` counts."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest

from agents.cli import main
from agents.cli.exit_codes import ExitCode
from tests.support.effort import examples

HOURS = "1"
ROOT = Path(__file__).parents[3]
PROGRAM = "import sys; from agents.cli import main; main(sys.argv[1:])"


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("explain") / "log.ndjson"
    with pytest.raises(SystemExit):
        main(["simulate", "--hours", HOURS, "--start", "2026-03-02T06:30:00Z", "-o", str(file)])
    return file


@pytest.fixture
def call(capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "160")

    def told(*arguments: str, code: int = 0) -> bytes:
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        shown = capsysbinary.readouterr()
        assert (ended.value.code or 0) == code, shown.err
        return shown.out if code == 0 else shown.err

    return told


@cache
def document_of(log: Path) -> dict[str, Any]:
    """Return what `firstreply run --format json` prints; it takes longer than all the rest."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, "run", "--format", "json", str(log)], stdout=subprocess.PIPE, check=True, cwd=ROOT
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize("segment", [{}, {"queue": "billing"}, {"queue": "orders", "channel": "chat"}])
def test_the_tickets_behind_a_number_add_up_to_it(call: Any, log: Path, segment: dict[str, str]) -> None:
    document = document_of(log)
    level = next(one for one in document["service_levels"] if one["segment"] == segment)
    window = level["windows"]["8h"]
    assert window["durations"]["first_reply"]["now"]["count"] > 0
    pairs = [part for name, value in segment.items() for part in ("-s", f"{name}={value}")]
    for name, at in (("since", window["since"]), ("until", level["as_of"])):
        pairs += [f"--{name}", datetime.fromtimestamp(at / 1_000, UTC).isoformat()]
    for measure, numbers in sorted(window["durations"].items())[:4]:
        found = json.loads(call("explain", "number", measure, str(log), *pairs, "--format", "json"))
        assert (found["observations"], found["amount"]) == (numbers["now"]["count"], numbers["now"]["sum_ms"]), measure
        assert sum(one["amount"] for one in found["tickets"]) == found["amount"]
    counters = window["counters"]
    for measure in Random(str(segment)).sample(sorted(counters), examples(len(counters))):
        found = json.loads(call("explain", "number", measure, str(log), *pairs, "--format", "json"))
        assert found["amount"] == counters[measure]["now"], measure


def test_the_life_of_a_ticket_agrees_with_its_clocks_record(call: Any, log: Path) -> None:
    document = document_of(log)
    ticket = max(document["tickets"], key=lambda one: (one.get("replies", 0), one["ticket_id"]))
    found = json.loads(call("explain", "ticket", f"{ticket['tenant']}:{ticket['ticket_id']}", str(log), "--format", "json"))
    assert found["status"] == ticket["status"]
    replies = [one for step in found["steps"] for one in step["added"] if one["measure"] == "replies"]
    assert sum(one["amount"] for one in replies) == ticket["replies"]
    first = [one for step in found["steps"] for one in step["added"] if one["measure"] == "first_reply"]
    assert sum(one["amount"] for one in first) == ticket["first_reply_ms"]
    running = {(one["measure"], one["instance"]): one.get("due_at") for one in ticket.get("clocks", ())}
    told = {
        (one["measure"], one["instance"]): one["due_at"] for one in found["clocks"] if one["ended_at"] is None and one["policy"]
    }
    assert told == running
    text = call("explain", "ticket", ticket["ticket_id"], str(log)).decode()
    assert "responder replies" in text
    assert "clocks" in text


def test_what_is_not_there_is_said(call: Any, log: Path) -> None:
    assert b"There is no event of ticket" in call("explain", "ticket", "nobody", str(log), code=ExitCode.FAILED)
    assert b"There is no measure" in call("explain", "number", "happiness", str(log), code=ExitCode.USAGE)
    said = call("explain", "number", "solved", str(log), "-s", "planet=mars", code=ExitCode.USAGE)
    assert b"not among the dimensions" in said
