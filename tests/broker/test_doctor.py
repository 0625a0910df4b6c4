"""The doctor and the topic commands on a real broker and on the embedded one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from agents.admin import opened
from agents.cli import main
from agents.clock import ManualClock
from agents.configuration import load
from agents.diagnosis import Verdict, clock_skew
from agents.embedded import EmbeddedBroker
from tests.support.broker import KafkaBroker

pytestmark = pytest.mark.broker


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., tuple[int, str]]:
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        return int(ended.value.code or 0), capsys.readouterr().out

    return call


def verdicts(out: str) -> dict[str, str]:
    return {finding["check"]: finding["verdict"] for finding in map(json.loads, out.splitlines())}


def test_a_new_kafka_needs_topics_and_then_all_is_well(
    kafka: KafkaBroker, run: Callable[..., tuple[int, str]], fresh_name: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIRSTREPLY_TOPICS__PREFIX", f"{fresh_name('doctor')}.")
    doctor = ("doctor", "--bootstrap", kafka.bootstrap, "--format", "json")
    code, out = run(*doctor)
    assert code == 1
    well = dict.fromkeys(("versions", "packages", "configuration", "broker", "transactions", "clock"), "ok")
    assert verdicts(out) == well | {"topics": "failed"}
    assert run("topics", "check", "--bootstrap", kafka.bootstrap)[0] == 1
    code, out = run("topics", "apply", "--bootstrap", kafka.bootstrap)
    assert (code, out.splitlines()[-1]) == (0, "All topics are as declared.")
    assert run("topics", "check", "--bootstrap", kafka.bootstrap) == (0, "All topics are as declared.\n")
    code, out = run(*doctor)
    assert (code, verdicts(out)) == (0, well | {"topics": "ok"})
    with opened(kafka.bootstrap) as admin:
        assert [name for name in admin.list_topics() if "firstreply-doctor" in name] == []


def test_a_clock_that_is_off_by_an_hour_is_found(kafka: KafkaBroker, fresh_name: Callable[[str], str]) -> None:
    settings = load(broker={"bootstrap": kafka.bootstrap}, topics={"prefix": f"{fresh_name('clock')}."})
    found = clock_skew(settings, ManualClock(1_600_000_000_000))
    assert found.verdict is Verdict.FAILED
    assert "ahead of ours" in found.said
    assert "NTP" in found.way_out


def test_the_embedded_broker_cannot_do_transactions_and_the_doctor_says_so(
    run: Callable[..., tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    with EmbeddedBroker() as broker:
        assert run("topics", "apply", "--bootstrap", broker.bootstrap)[0] == 0
        code, out = run("doctor", "--bootstrap", broker.bootstrap, "--format", "json")
        assert code == 0
        assert verdicts(out)["transactions"] == "warning"
        monkeypatch.setenv("FIRSTREPLY_DELIVERY", "exactly_once")
        code, out = run("doctor", "--bootstrap", broker.bootstrap, "--format", "json")
        assert code == 1
        assert verdicts(out)["transactions"] == "failed"
