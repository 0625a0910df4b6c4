"""What counts as having seen it, and which lengths of a demo cannot show it."""

from __future__ import annotations

import io

import msgspec
import pytest
from rich.console import Console

from agents.cli.demo import check_length, judge
from agents.cli.exit_codes import ExitCode
from agents.cli.terminal import CommandError
from agents.demo import story
from agents.demo.configuration import environment_of, settings_of, text_of
from agents.demo.performance import Terms
from agents.demo.proof import Proof, totals_of
from agents.settings import Delivery
from pipeline.engine import TimeMode
from tests.unit.demo.said import alert

SHOWN = """\
# TYPE support_first_reply_seconds histogram
support_first_reply_seconds_bucket{queue="a",le="+Inf"} 3
support_first_reply_seconds_count{queue="a"} 3
support_first_reply_seconds_count{queue="b"} 4
# TYPE support_alerts_firing gauge
support_alerts_firing{alertname="frt_jump"} %d
"""


def test_a_proof_is_complete_when_topic_and_metrics_have_shown_it() -> None:
    proof = Proof()
    assert len(proof.missing()) == 3
    proof.look_at_metrics(SHOWN % 0)
    assert (proof.replies, proof.firing) == (7, False)
    proof.look_at_alerts([alert()], 12.5)
    assert [sentence for sentence in proof.missing() if "support_alerts_firing" in sentence] == proof.missing() != []
    proof.look_at_metrics(SHOWN % 1)
    assert proof.complete
    proof.look_at_metrics(SHOWN % 0)
    assert proof.complete
    assert proof.alert_after_seconds == 12.5


@pytest.mark.parametrize(
    "other",
    [{"segment": {"queue": "orders"}}, {"raised_at": story.JUMP_AT_MS - 1}, {"rule": "burn"}],
    ids=lambda change: next(iter(change)),
)
def test_another_alert_proves_nothing(other: dict[str, object]) -> None:
    proof = Proof()
    proof.look_at_alerts([alert(**other)], 1.0)
    assert proof.alert is None


def test_totals_are_zero_where_a_name_is_missing() -> None:
    assert totals_of("", ("support_alerts_firing",)) == {"support_alerts_firing": 0.0}


def test_a_demo_too_short_for_its_alert_is_refused_with_what_would_do() -> None:
    check_length(Terms(speed=180, seconds=25, seed=1))
    check_length(Terms(speed=1, seconds=None, seed=1))
    with pytest.raises(CommandError, match="10 minutes") as refused:
        check_length(Terms(speed=10, seconds=60, seed=1))
    assert refused.value.exit_code == ExitCode.USAGE
    assert refused.value.way_out == "--seconds 330 or --speed 55"


def test_the_workers_configuration_is_one_and_nothing_of_the_environment_reaches_it() -> None:
    settings = settings_of(text_of("127.0.0.1:1234", 4321))
    assert (settings.broker.bootstrap, settings.worker.metrics_port) == ("127.0.0.1:1234", 4321)
    assert (settings.time, settings.delivery) == (TimeMode.EVENT, Delivery.AT_LEAST_ONCE)
    assert "1h" in settings.domain.windows
    given = {"FIRSTREPLY_BROKER__BOOTSTRAP": "production:9092", "FIRSTREPLY_CONFIG": "x", "FIRSTREPLY_DEBUG": "1", "PATH": "/bin"}
    assert environment_of(given) == {"FIRSTREPLY_DEBUG": "1", "PATH": "/bin"}


def test_a_demo_that_did_not_show_it_fails_with_what_is_missing() -> None:
    proof = Proof(alert=alert(), alert_after_seconds=13.4, replies=7)
    console = Console(file=io.StringIO(), width=200)
    with pytest.raises(CommandError) as failed:
        judge(proof, console)
    assert failed.value.exit_code == ExitCode.FAILED
    assert failed.value.details == ("/metrics did not show support_alerts_firing above 0",)
    judge(msgspec.structs.replace(proof, firing=True), console)
    assert "the alert came 13 s into the live part; /metrics counted 7 first replies" in console.file.getvalue()  # type: ignore[attr-defined]
