"""`firstreply plan` as a person meets it: a table with what it assumes, JSON, CSV, and what is wrong in one block."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from agents.cli import main
from pipeline.codec import encode
from pipeline.events import Channel
from pipeline.responders.codec import encode as encode_responder
from pipeline.responders.events import ResponderEventType
from tests.support.rota import event
from tests.support.story import Story, utc

pytestmark = pytest.mark.mission("C4")
Run = Callable[..., tuple[int, str, str]]
HOUR_MS, WEEK_MS = 3_600_000, 604_800_000
MONDAY_MS = utc("2026-03-02T00:00:00")
CONFIG = """
[domain.staffing]
handling = { email = "10m" }
within = { email = "4h" }
"""
ROTA = '\n[domain.staffing.rota.billing]\nmon = [{ since = "10:00", until = "14:00", people = 3 }]\n'


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "120")
    Path("log.ndjson").write_bytes(b"\n".join(log()))
    Path("c.toml").write_text(CONFIG, encoding="utf-8")

    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["plan", *arguments])
        shown = capsys.readouterr()
        return int(ended.value.code or 0), shown.out, shown.err

    return call


def log() -> list[bytes]:
    """Return two weeks in which 48 mails came on Mondays at 10, and one chat."""
    stories = [
        Story(f"T-{week}-{number}").created(
            MONDAY_MS + week * WEEK_MS + 10 * HOUR_MS + number * 60_000, queue="billing", channel=Channel.EMAIL
        )
        for week in range(2)
        for number in range(48)
    ]
    ends = [Story(f"E-{at}").created(at, queue="billing", channel=Channel.CHAT) for at in (MONDAY_MS, MONDAY_MS + 2 * WEEK_MS)]
    told = sorted((one for story in (*stories, *ends) for one in story.events), key=lambda one: one.occurred_at)
    return [encode(one) for one in told]


def test_the_table_says_what_it_assumes(run: Run) -> None:
    code, out, _ = run("log.ndjson", "-c", "c.toml")
    assert code == 0
    assert "acme, the week from Mon 2026-03-16, UTC" in out
    assert ["10:00", "3", *["0"] * 6] in [line.split() for line in out.splitlines()]
    for words in (
        "chat: LEFT OUT, 1 contact in the log",
        "email: 10m of a responder each (configured), to be taken within 4h",
        "The forecast is the weighted mean of the same hour in up to 8 weeks before",
        "There is no rota: name a file of responder events with --responders",
    ):
        assert words in " ".join(out.split()), words


def test_too_few_and_too_many_are_marked(run: Run) -> None:
    Path("c.toml").write_text(CONFIG + ROTA.replace("14:00", "12:00").replace("3 }", "6 }"), encoding="utf-8")
    code, out, _ = run("log.ndjson", "-c", "c.toml")
    rows = {line.split()[0]: line.split()[1] for line in out.splitlines() if line[2:5].strip().endswith(":")}
    assert code == 0
    assert (rows["10:00"], rows["12:00"], rows["15:00"]) == ("3/6+", "3/0!", "0/0")
    assert "too few people in 2 hours (6 person-hours missing), too many in 2 hours; beyond the need are 6 person-hours" in out
    assert "Mon 2026-03-16 12:00: 0 contacts take 3, planned are 0" in out
    assert "The rota is the table domain.staffing.rota" in out


def test_shifts_go_before_the_table(run: Run) -> None:
    Path("c.toml").write_text(CONFIG + ROTA, encoding="utf-8")
    at = {"starts_at": MONDAY_MS + 2 * WEEK_MS + 10 * HOUR_MS, "ends_at": MONDAY_MS + 2 * WEEK_MS + 12 * HOUR_MS}
    shift = event(ResponderEventType.SHIFT_PLANNED, "ann", MONDAY_MS, shift_id="s", queues=("billing",), **at)
    Path("people.ndjson").write_bytes(encode_responder(shift))
    code, out, _ = run("log.ndjson", "-c", "c.toml", "--responders", "people.ndjson", "--format", "json")
    told = json.loads(out)
    assert (code, told["rota"]) == (0, "shifts")
    hours = {(one["at"] - told["since"]) // HOUR_MS: one for one in told["queues"][0]["hours"]}
    assert [(hours[hour]["need"], hours[hour]["planned_milli"], hours[hour]["fit"]) for hour in (9, 10, 12)] == [
        (0, 0, "fits"),
        (3, 1_000, "under"),
        (3, 0, "under"),
    ]
    assert told["queues"][0]["missing_milli"] == 10_000
    assert told["assumptions"]


def test_csv_has_a_row_an_hour(run: Run) -> None:
    code, out, _ = run("log.ndjson", "-c", "c.toml", "--format", "csv", "--week", "2026-03-18", "--queue", "billing")
    rows = list(csv.DictReader(out.splitlines()))
    assert (code, len(rows)) == (0, 168)
    monday = next(row for row in rows if row["at"].startswith("2026-03-23T10:00"))
    assert (monday["need"], monday["planned_milli"], monday["fit"], monday["contacts_milli"]) == ("3", "", "unknown", "48000")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("log.ndjson", "--week", "soon"), 2, "'soon' is not a time"),
        (("log.ndjson", "--queue", "sales"), 2, "There is no queue 'sales'."),
        (("log.ndjson", "--tenant", "beta"), 2, "there are: acme"),
        (("none.ndjson",), 1, "none.ndjson cannot be read."),
        (("empty.ndjson",), 1, "There is nothing to plan from."),
        (("log.ndjson", "--responders", "none.ndjson"), 1, "none.ndjson cannot be read."),
    ],
)
def test_what_is_wrong_is_said(run: Run, arguments: tuple[str, ...], code: int, words: str) -> None:
    Path("empty.ndjson").write_bytes(b"")
    found, _, err = run(*arguments, "-c", "c.toml")
    assert (found, words in err) == (code, True), err


def test_no_number_is_made_of_a_guess(run: Run) -> None:
    Path("c.toml").write_text("[domain]\n", encoding="utf-8")
    code, _, err = run("log.ndjson", "-c", "c.toml")
    assert code == 78
    assert "Nobody has said how long a contact takes." in err
    assert "[domain.staffing.handling]" in err


def test_queues_and_channels_must_be_told_apart(run: Run) -> None:
    Path("c.toml").write_text('[domain]\ndimensions = ["queue"]\nsegments = [[], ["queue"]]\n', encoding="utf-8")
    code, _, err = run("log.ndjson", "-c", "c.toml")
    assert (code, "A plan needs channel among domain.dimensions." in err) == (78, True)
