"""`firstreply import` and `firstreply simulate` as commands: what they write, and what they say when something is wrong."""

from __future__ import annotations

import lzma
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from agents.cli import main
from agents.cli.simulate import jump_of
from agents.eventlog import EventLog
from agents.simulator import Jump

SLICE = Path(__file__).parents[1] / "data" / "servicenow-two-weeks.csv.xz"


class Done(NamedTuple):
    exit_code: int
    out: bytes
    err: str


Run = Callable[..., Done]


@pytest.fixture
def run(capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    def run(*arguments: object) -> Done:
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        out, err = capfdbinary.readouterr()
        # Without what makes a message pretty: its frame, colours and line breaks.
        return Done(int(ended.value.code or 0), out, " ".join(re.sub(r"\x1b\[[0-9;]*m|[│╭╮╰╯─]", "", err.decode()).split()))

    return run


def test_import_writes_events_that_replay_reads(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "events.ndjson"
    done = run("import", "servicenow", SLICE, "--out", out, "--from", "2016-02-29", "--until", "2016-03-01")
    assert done.exit_code == 0, done.err
    assert "28,071 rows, 3,931 incidents read; " in done.err
    arrivals = list(EventLog().read(out.read_bytes().splitlines()))
    assert len({arrival.key for arrival in arrivals}) > 100
    assert not list(tmp_path.glob("*.part"))


def test_import_to_standard_output_is_the_same(run: Run, tmp_path: Path) -> None:
    out, few = tmp_path / "events.ndjson", tmp_path / "few.csv"
    with lzma.open(SLICE, "rb") as file:
        few.write_bytes(b"".join(file.readline() for _ in range(100)))
    options = ("import", "servicenow", few)
    run(*options, "--out", out)
    assert run(*options).out == out.read_bytes() != b""


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("import", "servicenow", SLICE, "--zone", "Mars/Base"), "Mars/Base"),
        (("import", "servicenow", SLICE, "--from", "monday"), "is not a time"),
        (("simulate", "--jump", "orders"), "write QUEUE@AFTER"),
        (("simulate", "--jump", "sales@1h"), "there is no queue"),
        (("simulate", "--jump", "orders@soon"), "is not a duration"),
        (("replay", SLICE, "--clock", "often"), "is not a duration"),
    ],
)
def test_wrong_options_are_explained(run: Run, arguments: tuple[object, ...], says: str) -> None:
    done = run(*arguments)
    assert done.exit_code == 2
    assert says in done.err


def test_a_file_that_is_not_the_log_fails_with_the_reason(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("a,b\n1,2\n")
    done = run("import", "servicenow", path)
    assert done.exit_code == 1
    assert "no column number" in done.err


def test_simulate_is_the_same_for_the_same_seed(run: Run) -> None:
    first, again, other = (run("simulate", "--hours", "3", "--start", "2026-03-02 09:00", "--seed", seed) for seed in (5, 5, 6))
    assert first.out == again.out != b""
    assert first.out != other.out
    assert first.out.count(b"\n") == len(list(EventLog().read(first.out.splitlines())))


def test_simulate_scales(run: Run) -> None:
    sizes = [
        run("simulate", "--hours", "3", "--start", "2026-03-02 09:00", "--scale", scale).out.count(b"\n") for scale in (1, 4)
    ]
    assert 3 < sizes[1] / sizes[0] < 5


@pytest.mark.parametrize(
    ("text", "jump"),
    [
        ("orders@13h", Jump(queue="orders", at_ms=46_800_000)),
        ("orders@13h,90m", Jump(queue="orders", at_ms=46_800_000, duration_ms=5_400_000)),
        ("orders@1d 2h,90m,0.5", Jump(queue="orders", at_ms=93_600_000, duration_ms=5_400_000, staff_share=0.5)),
    ],
)
def test_jumps_are_read(text: str, jump: Jump) -> None:
    assert jump_of(text) == jump


def test_a_reader_who_goes_away_ends_the_command_quietly() -> None:
    script = "from agents.cli import main; main()"
    with subprocess.Popen(
        [sys.executable, "-c", script, "simulate", "--hours", "24"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=SLICE.parents[2],
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        said = process.stderr.read()
        assert (process.wait(timeout=30), said) == (0, b"")


def test_a_missing_broker_ends_the_replay_with_what_to_do(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRSTREPLY_BROKER__BOOTSTRAP", "127.0.0.1:1")
    out = tmp_path / "events.ndjson"
    run("simulate", "--hours", "1", "--out", out)
    done = run("replay", out)
    assert done.exit_code == 75
    assert "is it up" in done.err
