"""What Alertmanager is told: words for people, and the exact numbers for programs."""

from __future__ import annotations

import msgspec

from agents.notifier.acts import Acts
from agents.notifier.wording import annotations_of
from tests.support.centre import NOW_MS, alert


def test_the_numbers_of_the_topic_stand_beside_the_words() -> None:
    told = annotations_of(alert(), Acts(), "runbooks/{rule}.md", "")
    assert {name: told[name] for name in ("as_of", "now_ms", "usual_ms", "waiting")} == {
        "as_of": str(NOW_MS),
        "now_ms": "1200000",
        "usual_ms": "180000",
        "waiting": "4",
    }
    assert told["runbook_url"] == "runbooks/frt-jump.md"


def test_what_is_not_known_is_absent() -> None:
    told = annotations_of(msgspec.structs.replace(alert(), now_ms=None, usual_ms=None), Acts(), "", "")
    assert {"now_ms", "usual_ms"}.isdisjoint(told)
