"""`firstreply backtest` as a person meets it: the terminal, JSON, the page, and what is wrong said all at once."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from agents.backtesting.inputs import changes_of
from agents.backtesting.labels import annotated
from agents.backtesting.page import html
from agents.cli import main
from pipeline.backtest.form import FalseAlarm, Incident, Labels
from pipeline.signals import AlertAction, AlertActionType
from tests.unit.backtest.trials import at, compared, lines

Run = Callable[..., tuple[int, str, str]]
CONFIG = """\
[domain.silence]
quiet = "{quiet}"
[[domain.policies]]
name = "all"
targets = [{{ measure = "first_reply", within = {{ normal = "{promise}" }}, clock = "calendar" }}]
"""
LABELS = """\
[[incidents]]
name = "nobody there"
queue = "billing"
since = 2026-03-02T12:00:00Z
until = 2026-03-02T13:45:00+01:00
"""


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "120")
    for name, quiet, promise in (("firstreply.toml", "30m", "30m"), ("new.toml", "10m", "15m")):
        Path(name).write_text(CONFIG.format(quiet=quiet, promise=promise), encoding="utf-8")
    Path("log.ndjson").write_bytes(lines())
    Path("labels.toml").write_text(LABELS, encoding="utf-8")

    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["backtest", *arguments])
        shown = capsys.readouterr()
        return int(ended.value.code or 0), shown.out, shown.err

    return call


def row(out: str, name: str) -> list[str]:
    """Return the cells of the line that begins with a name."""
    line = next(line for line in out.splitlines() if line.strip().startswith(name))
    return re.split(r" {2,}", line.strip())


@pytest.mark.mission("C1")
def test_both_sides_on_a_terminal(run: Run) -> None:
    code, out, _ = run("log.ndjson", "--policy", "new.toml", "--labels", "labels.toml", "--until", "2026-03-02 14:00")
    assert code == 0
    assert row(out, "alerts")[1:] == ["1", "2", "+1"]
    assert row(out, "on, added up")[1:] == ["0.3 h", "0.9 h", "+0.6 h"]
    assert row(out, "labelled false")[1:] == ["0", "1", "+1"]
    assert row(out, "incidents found, of 1")[1:] == ["1", "1", "="]
    assert row(out, "late first replies caught, of 3")[1:] == ["0", "3", "+3"]
    assert row(out, "caught before the deadline by")[1:] == ["-", "19m"]
    assert row(out, "nobody there")[2:] == ["after 31m", "after 11m"]
    assert row(out, "all queues") == ["all queues", "first reply", "3", "6", "50.0 %", "0.0 %"]
    assert row(out, "billing   -") == ["billing", "-", "03-02 10:11 15m", "new", "false"]
    assert row(out, "billing   03") == ["billing", "03-02 12:31 20m", "03-02 12:11 40m", "20m earlier", "incident"]


def test_single_settings_are_tried_without_a_file(run: Run) -> None:
    code, out, _ = run("log.ndjson", "--set", "silence.quiet=10m", "--rule", "nobody_answers", "--format", "json")
    assert code == 0
    told = json.loads(out)
    assert (told["whole"]["present"]["alerts"], told["whole"]["proposed"]["alerts"]) == (1, 2)
    assert told["since"] == at("10:00")
    assert told["until"] == at("12:46")
    assert told["promises"][0]["present"] == told["promises"][0]["proposed"]


def test_a_period_leaves_out_what_was_before(run: Run) -> None:
    code, out, _ = run("log.ndjson", "-p", "new.toml", "--since", "2026-03-02 11:00", "--format", "json")
    told = json.loads(out)
    assert code == 0
    assert told["whole"]["proposed"]["alerts"] == 1
    assert told["tickets"] == 3
    assert told["log_since"] == at("10:00")
    assert told["promises"][0]["proposed"] == {"met": 0, "breached": 3}


def test_the_page_stands_alone_and_is_the_same_every_time(run: Run) -> None:
    pages = []
    for name in ("one.html", "two.html"):
        code, _, err = run("log.ndjson", "-p", "new.toml", "--labels", "labels.toml", "--html", name)
        assert code == 0
        assert f"written: {name}" in err
        pages.append(Path(name).read_text(encoding="utf-8"))
    assert pages[0] == pages[1]
    assert not re.search(r'(?:src|href)="(?!#|data:)', pages[0])
    assert not re.search(r"url\((?!#)|@import", pages[0])
    assert "<script" not in pages[0]
    assert pages[0].count("<svg ") == 1
    assert "labelled incident" in pages[0]
    assert "20m earlier" in pages[0]


def test_names_from_outside_are_escaped_in_page_and_plot() -> None:
    hostile = "<b>&"
    told = compared(Labels(incidents=(Incident(where={}, since=at("12:00"), until=at("13:00"), name=hostile),)))
    places = tuple(msgspec.structs.replace(one, segment={"queue": hostile}) for one in told.episodes)
    page = html(msgspec.structs.replace(told, episodes=places))
    assert hostile not in page
    assert page.count("&lt;b&gt;&amp;") >= 4, "incident, both alerts, and the lane of the timeline"


def test_every_mistake_in_every_file_is_said_at_once(run: Run) -> None:
    Path("firstreply.toml").write_text("[domain.jump]\nfactr = 2\n", encoding="utf-8")
    Path("new.toml").write_text('[domain.jump]\nwindow = "soon"\n[domain.silence]\nwaiting = 0\n', encoding="utf-8")
    Path("labels.toml").write_text(
        '[[incidents]]\nsince = 2026-03-02T12:00:00\n[[false_alarms]]\nqueue = "x"\n', encoding="utf-8"
    )
    code, _, err = run("log.ndjson", "-p", "new.toml", "--labels", "labels.toml")
    assert code == 78
    assert "error: 6 mistakes in what is to be compared" in err
    for part in (
        *("firstreply.toml and the environment: domain.jump.factr: ", "did you mean 'factor'?"),
        *("new.toml and the environment: domain.jump.window: ", "domain.silence.waiting: "),
        *(
            "labels.toml: incidents[0].since: ",
            "labels.toml: incidents[0].until: is needed",
            "false_alarms[0]: give since, and until",
        ),
    ):
        assert part in err, part


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ((), 2, "What is to be tried?"),
        (("--set", "jump.factor"), 2, "write NAME=VALUE"),
        (("--set", "jump.factor=fast"), 78, "domain.jump.factor"),
        (("-p", "new.toml", "--rule", "frt_jmp"), 2, "there are: frt_jump, "),
        (("-p", "new.toml", "--since", "yesterday"), 2, "is not a time"),
        (("-p", "new.toml", "--since", "2026-03-03", "--until", "2026-03-02"), 2, "not before --until"),
        (("-p", "new.toml", "--since", "2026-03-03"), 2, "after the end of the log"),
        (("-p", "new.toml", "--until", "2026-03-01"), 1, "no event"),
        (("-p", "missing.toml"), 78, "missing.toml: cannot read it"),
        (("-p", "new.toml", "--labels", "missing.toml"), 78, "missing.toml: cannot read it"),
        (("-p", "empty.toml"), 78, "for single settings use --set"),
        (("-p", "new.toml", "--html", "nowhere/page.html"), 2, "there is no folder nowhere"),
        (("-p", "new.toml", "--html", "."), 1, "cannot be written"),
    ],
)
def test_what_cannot_be_done_is_said_with_a_way_out(run: Run, arguments: tuple[str, ...], code: int, words: str) -> None:
    Path("empty.toml").write_text("[broker]\n", encoding="utf-8")
    found, _, err = run("log.ndjson", *arguments)
    assert (found, words in err) == (code, True), err


def test_changes_are_nested_and_take_toml_or_text() -> None:
    changes = ["jump.factor=1.5", "domain.jump.window=30m", 'detector.segments=[["queue"]]', "zone=Europe/Berlin"]
    assert changes_of(changes) == {
        "jump": {"factor": 1.5, "window": "30m"},
        "detector": {"segments": [["queue"]]},
        "zone": "Europe/Berlin",
    }


def test_annotations_of_people_name_false_alarms() -> None:
    def act(kind: AlertActionType, note: str) -> bytes:
        return msgspec.json.encode(AlertAction(id="1", alert_id=f"a:{note}", tenant="acme", type=kind, at=0, note=note))

    told = [
        act(AlertActionType.ANNOTATE, " False alarm: a bulk import"),
        act(AlertActionType.ANNOTATE, "two people sick"),
        act(AlertActionType.ACKNOWLEDGE, "false"),
    ]
    assert list(annotated(told)) == [FalseAlarm(alert="a: False alarm: a bulk import")]
