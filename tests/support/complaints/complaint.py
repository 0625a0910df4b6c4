"""What a complaint about another product is made of."""

from __future__ import annotations

from dataclasses import dataclass

from tests.support.scenarios import Scenario

GITHUB = "https://github.com/"
CHATWOOT, ZAMMAD = "chatwoot/chatwoot", "zammad/zammad"


@dataclass(frozen=True)
class Complaint:
    """Where somebody complained, and what must come of the same life here."""

    links: tuple[str, ...]
    life: Scenario


def about(repository: str, *numbers: str, life: Scenario) -> Complaint:
    """Name the threads of a repository, `issues/8477` or `pull/6409`."""
    return Complaint(tuple(f"{GITHUB}{repository}/{number}" for number in numbers), life)
