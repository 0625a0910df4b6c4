"""Every alert that can fire has a runbook that its page links to, and a way to somebody; pages read as they should."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import CollectorRegistry

from agents.notifier.acts import NOTHING
from agents.notifier.figures import Figures
from agents.notifier.settings import NotifierSettings
from agents.notifier.wording import annotations_of, labels_of
from pipeline.judgement.judges import RULES
from tests.support.samples import alert

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
RUNBOOKS = {path.name for path in (DEPLOY / "runbooks").glob("*.md")} - {"README.md"}
ALERTMANAGER = DEPLOY / "alertmanager" / "alertmanager.yml"
CONFIGURED: dict[str, Any] = yaml.safe_load(ALERTMANAGER.read_text(encoding="utf-8"))
PROMETHEUS = {
    rule["alert"]: rule
    for path in sorted((DEPLOY / "prometheus" / "rules").glob("*.yml"))
    for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
    if "alert" in rule
}
SECTIONS = ("**What it means.**", "**Is it right?**", "**What to do.**", "**When it is over.**")


def amtool(*arguments: str) -> str:
    """Run amtool, or skip where it is missing."""
    program = shutil.which("amtool")
    if program is None:
        pytest.skip("amtool is missing (Debian package prometheus-alertmanager)")
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_of_the_pipeline_has_its_runbook(rule: str) -> None:
    url = annotations_of(alert(rule=rule), NOTHING, NotifierSettings().runbook_url, "")["runbook_url"]
    assert (ROOT / url).is_file(), url


@pytest.mark.parametrize("name", PROMETHEUS)
def test_every_rule_of_prometheus_has_its_runbook(name: str) -> None:
    annotations = PROMETHEUS[name]["annotations"]
    assert (ROOT / annotations["runbook_url"]).is_file()
    assert {"summary", "description"} <= annotations.keys()


def test_no_runbook_is_forgotten() -> None:
    linked = {f"{rule.replace('_', '-')}.md" for rule in RULES}
    linked |= {Path(rule["annotations"]["runbook_url"]).name for rule in PROMETHEUS.values()}
    assert linked == RUNBOOKS


@pytest.mark.parametrize("name", sorted(RUNBOOKS))
def test_a_runbook_answers_four_questions_and_its_links_lead_somewhere(name: str) -> None:
    text = (DEPLOY / "runbooks" / name).read_text(encoding="utf-8")
    assert [part for part in SECTIONS if part not in text] == []
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        assert (DEPLOY / "runbooks" / target).is_file(), target


def matched(matchers: list[str]) -> list[re.Pattern[str]]:
    return [re.compile(found[2]) for one in matchers if (found := re.match(r'alertname(=~?)"(.+)"', one))]


def test_alertmanager_names_only_alerts_that_exist() -> None:
    known = {*RULES, *PROMETHEUS}
    lists = [route.get("matchers", []) for route in CONFIGURED["route"]["routes"]]
    lists += [rule[side] for rule in CONFIGURED["inhibit_rules"] for side in ("source_matchers", "target_matchers")]
    patterns = [pattern for matchers in lists for pattern in matched(matchers)]
    assert patterns
    for pattern in patterns:
        for alternative in pattern.pattern.split("|"):
            assert any(re.fullmatch(alternative, name) for name in known), alternative


def test_amtool_accepts_the_configuration() -> None:
    assert "SUCCESS" in amtool("check-config", str(ALERTMANAGER))


@pytest.mark.parametrize(
    ("labels", "receiver"),
    [
        ({"alertname": "frt_jump", "severity": "page", "tenant": "acme", "queue": "billing"}, "on-call"),
        ({"alertname": "frt_jump", "severity": "page", "tenant": "acme", "queue": "billing", "escalation": "1"}, "escalation"),
        ({"alertname": "sla_at_risk", "severity": "warn", "tenant": "acme", "queue": "billing"}, "floor"),
        ({"alertname": "FirstreplyWorkerDown", "severity": "page"}, "platform"),
        ({"alertname": "FirstreplyDeadLetters", "severity": "warn"}, "floor"),
        ({"alertname": "SupportAlertFiring", "severity": "page", "tenant": "acme"}, "on-call"),
        ({"alertname": "Watchdog", "severity": "none"}, "watchdog"),
    ],
)
def test_everybody_gets_what_is_theirs(labels: dict[str, str], receiver: str) -> None:
    pairs = [f"{name}={value}" for name, value in labels.items()]
    assert amtool("config", "routes", "test", f"--config.file={ALERTMANAGER}", *pairs).split() == [receiver]


def rendered(template: str, alerts: list[dict[str, Any]], folder: Path, status: str = "firing") -> str:
    data = folder / "data.json"
    common = {name: value for name, value in alerts[0]["labels"].items() if all(a["labels"].get(name) == value for a in alerts)}
    told = [one | {"status": status, "startsAt": "2026-01-05T12:00:00Z", "endsAt": "2026-01-05T13:00:00Z"} for one in alerts]
    groups = {name: value for name, value in common.items() if name in {"tenant", "queue"}}
    content = {"status": status, "alerts": told, "groupLabels": groups, "commonLabels": common, "commonAnnotations": {}}
    data.write_text(json.dumps(content), encoding="utf-8")
    where = [f"--template.glob={path}" for path in sorted((DEPLOY / "alertmanager" / "templates").glob("*.tmpl"))]
    text = f'--template.text={{{{ template "{template}" . }}}}'
    return amtool("template", "render", *where, text, f"--template.data={data}")


def message(**changes: Any) -> dict[str, Any]:
    one = alert(**changes)
    annotations = annotations_of(one, NOTHING, "https://runbooks.example/{rule}", "https://board.example/?queue={queue}")
    return {"labels": dict(labels_of(one)), "annotations": annotations}


def test_the_templates_say_what_happened_and_what_to_do(tmp_path: Path) -> None:
    title = rendered("firstreply.title", [message()], tmp_path)
    assert title.strip() == "[FIRING 1] acme: billing: first replies take 10m now, 3m is usual"
    text = rendered("firstreply.text", [message(), message(rule="nobody_answers", summary="billing: no reply for 30m")], tmp_path)
    for part in (
        *("*billing: first replies take 10m now, 3m is usual*", "*billing: no reply for 30m*", "What to do: Move people."),
        *("Numbers: https://board.example/?queue=billing", "Runbook: https://runbooks.example/nobody-answers"),
        'Acknowledge: firstreply alerts ack "frt_jump:acme:queue=billing:',
    ):
        assert part in text
    both = rendered("firstreply.title", [message(), message(rule="nobody_answers")], tmp_path)
    assert both.strip() == "[FIRING 2] acme: billing: frt_jump, nobody_answers"
    assert rendered("firstreply.title", [message()], tmp_path, "resolved").startswith("[RESOLVED] acme: billing")
    assert rendered("firstreply.runbook", [message()], tmp_path).strip() == "https://runbooks.example/frt-jump"
    assert rendered("firstreply.color", [message()], tmp_path).strip() == "danger"
    page = rendered("firstreply.email.html", [message(summary="<b>billing</b>")], tmp_path)
    assert "https://runbooks.example/frt-jump" in page
    assert "acme" in rendered("firstreply.email.text", [message()], tmp_path)


def test_the_page_on_call_names_every_rule_and_every_number() -> None:
    text = (ROOT / "docs" / "on-call.md").read_text(encoding="utf-8")
    registry = CollectorRegistry()
    Figures(registry)
    names = [f"{family.name}_total" if family.type == "counter" else family.name for family in registry.collect()]
    assert [name for name in (*RULES, *names) if f"`{name}" not in text] == []
