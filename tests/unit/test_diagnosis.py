"""What the doctor says about what needs no broker."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.configuration import load
from agents.diagnosis import Verdict, configuration, judge_skew, packages, versions
from agents.guards import CHECKED


def test_the_installed_versions_were_checked() -> None:
    assert versions().verdict is Verdict.OK


def test_an_unknown_version_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agents.guards.CHECKED", {**CHECKED, "faust-streaming": frozenset({"0.0.1"})})
    monkeypatch.delenv("FIRSTREPLY_ALLOW_UNTESTED_FAUST", raising=False)
    found = versions()
    assert found.verdict is Verdict.FAILED
    assert "faust-streaming" in found.said


def test_packages_of_the_same_name_from_another_distribution_are_a_failure() -> None:
    assert packages(lambda: {"agents": ["firstreply"], "pipeline": ["firstreply"]}).verdict is Verdict.OK
    assert packages(dict).verdict is Verdict.OK
    found = packages(lambda: {"agents": ["firstreply", "openai-agents"], "pipeline": ["firstreply"]})
    assert found.verdict is Verdict.FAILED
    assert "agents is also installed by openai-agents" in found.said
    assert "environment of its own" in found.way_out


def test_packages_from_two_places_are_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agents.diagnosis.pipeline.__path__", ["/elsewhere/pipeline"])
    found = packages(dict)
    assert found.verdict is Verdict.FAILED
    assert "/elsewhere" in found.said


def test_what_deserves_a_second_look_in_the_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert configuration(load()).verdict is Verdict.OK
    file = tmp_path / "firstreply.toml"
    file.write_text('delivery = "at_least_once"\n[domain]\nzone = "UTC"')
    found = configuration(load())
    assert found.verdict is Verdict.WARNING
    assert "firstreply.toml" in found.said
    assert [line.split(":")[0].split(",")[0] for line in found.details] == ["there are no policies", "delivery is at_least_once"]


@pytest.mark.parametrize(
    ("skew_ms", "verdict", "said"),
    [
        (0, Verdict.OK, "agree"),
        (-999, Verdict.OK, "agree"),
        (1_000, Verdict.WARNING, "1s ahead of ours"),
        (-61_000, Verdict.FAILED, "1m 1s behind ours"),
        (None, Verdict.UNKNOWN, "does not stamp"),
    ],
)
def test_clocks_are_judged_by_what_they_do_to_deadlines(skew_ms: int | None, verdict: Verdict, said: str) -> None:
    found = judge_skew(skew_ms, 60_000)
    assert found.verdict is verdict
    assert said in found.said
