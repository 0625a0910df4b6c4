"""Who holds a ticket: when it waits to be picked up, and when it comes to a team and leaves it."""

from __future__ import annotations

from agents.verification.oracle.policy import Attributes
from agents.verification.oracle.promises import Promises
from pipeline.config import Domain, SlaMeasure
from pipeline.events import Event


class Holding:
    """Begins and ends the clocks of pickup and of teams, event by event."""

    def __init__(self, domain: Domain, promises: Promises, attributes: Attributes, *, creation_known: bool) -> None:
        """Begin with nobody holding the ticket."""
        self._domain, self._promises, self._attributes = domain, promises, attributes
        self._creation_known = creation_known
        self._came = self._lost = False

    def take(self, event: Event) -> None:
        """Look at an event before its attributes are taken: a team that it takes the ticket from is through with it."""
        held, assigned = self._holder(self._attributes), self._text(self._attributes, "assignee")
        after = Attributes(self._attributes.tenant, dict(self._attributes.values))
        after.apply(event)
        holds = self._holder(after)
        if holds != held:
            self._promises.fulfil((SlaMeasure.TEAM_TIME,), event.occurred_at, "handed_on")
        self._came = holds not in (held, "") and (held != "" or self._creation_known)
        self._lost = assigned != "" and self._text(after, "assignee") == ""

    def settle(self, now_ms: int, created_at: int | None, *, reopened: bool, solved: bool) -> None:
        """Begin what begins after what happened. `created_at`: of a ticket that this very event creates, never solved before."""
        assigned, held = self._text(self._attributes, "assignee") != "", self._holder(self._attributes) != ""
        begin = self._promises.start_unless_running
        if created_at is not None:
            begin(SlaMeasure.PICKUP, created_at, now_ms)
            if held:
                begin(SlaMeasure.TEAM_TIME, created_at, now_ms)
        elif not solved:
            if not assigned and (reopened or self._lost):
                begin(SlaMeasure.PICKUP, now_ms, now_ms)
            if held and (reopened or self._came):
                begin(SlaMeasure.TEAM_TIME, now_ms, now_ms)
        if assigned:
            self._promises.fulfil((SlaMeasure.PICKUP,), now_ms, "assigned")

    def _text(self, attributes: Attributes, name: str) -> str:
        return attributes.text(self._domain, name)

    def _holder(self, attributes: Attributes) -> str:
        return self._text(attributes, "team") or self._text(attributes, "queue")
