"""A queue whose people come and go: the rule `understaffed` alone, and a live segments engine around it."""

from __future__ import annotations

from typing import Any

from pipeline.additions import SCHEMA, Additions
from pipeline.config import Domain
from pipeline.engine import TimeMode
from pipeline.hours import CalendarModel
from pipeline.judgement.understaffed import Shortage, UnderstaffedJudge
from pipeline.measures import Measure, base
from pipeline.staffing.crew import CrewBoard, CrewCount, Crews
from pipeline.staffing.terms import Terms
from pipeline.tickets.calendar import Calendar
from pipeline.windows.engine import SegmentsEngine
from pipeline.windows.openwork import StartTimes
from tests.support.feed import EDGES_MS, Feed, Reader, record_of

M, H, D = 60_000, 3_600_000, 86_400_000
MONDAY_NOON = 1_767_614_400_000
"""2026-01-05 12:00 UTC."""
NOON = MONDAY_NOON // M
CREATED = base(Measure.CREATED)
CHAT, MAIL = ("billing", "chat", "normal"), ("billing", "email", "normal")


def domain(**rule: Any) -> Domain:
    """Return a domain in which a chat takes six minutes and is to be taken in one, a mail ten minutes and four hours."""
    given: dict[str, Any] = {
        "edges": EDGES_MS,
        "responders": {"enabled": True},
        "staffing": {"handling": {"chat": "6m", "email": "10m"}, "within": {"chat": "1m", "email": "4h"}},
        "understaffed": rule,
    }
    return Domain.model_validate(given)


class Desk:
    """One judge with a queue to fill."""

    def __init__(self, hours: dict[str, Any] | None = None, **rule: Any) -> None:
        settings = domain(**rule)
        assert settings.understaffed is not None
        self.crews = Crews()
        calendar = Calendar("c", CalendarModel.model_validate(hours or {}))
        self.judge = UnderstaffedJudge(settings.understaffed, Terms(settings), self.crews, calendar, ("acme", "billing"))
        self.waits = {name: StartTimes() for name in ("chat", "email")}
        self.inflows = {name: self.judge.join(name, waits) for name, waits in self.waits.items()}

    def come(self, channel: str, count: int, minute: int = NOON - 10) -> None:
        self.inflows[channel].add(minute, {CREATED: count})

    def there(self, here: int, planned: int = 0, at: int = MONDAY_NOON, lasts: int = 3 * M, **others: int) -> None:
        counts = {"billing": CrewCount(here, planned)} | {name: CrewCount(number, 0) for name, number in others.items()}
        self.crews.take("acme", CrewBoard(at, at + lasts, counts))

    def at(self, at_ms: int = MONDAY_NOON) -> Shortage:
        return self.judge.judge(at_ms)


class Live:
    """A segments engine that runs live, told of chats and of who is there."""

    def __init__(self, **rule: Any) -> None:
        self.domain = domain(raise_after="5m", clear_after="20m", **rule)
        self.engine, self.reader, self.feed = SegmentsEngine(self.domain, 0, 1, TimeMode.LIVE), Reader(), Feed()

    def crew(self, at: int, here: int, planned: int, lasts: int = 3 * M) -> None:
        board = CrewBoard(at, at + lasts, {"billing": CrewCount(here, planned)})
        self.reader.take(self.engine.apply([record_of(Additions(SCHEMA, "acme", 0, 0, at, [], crew=board))]))

    def minute(self, at: int, chats: int, here: int, planned: int = 5) -> None:
        """Let a minute pass in which so many chats came and were answered."""
        self.crew(at, here, planned)
        for _ in range(chats):
            self.feed.counted(CHAT, at, Measure.CREATED)
        self.reader.take(self.engine.apply([self.feed.record(at)]))
        effects = self.engine.tick(at + M)
        while self.reader.take(effects).more:
            effects = self.engine.tick(at + M)

    def restart(self) -> None:
        self.engine = SegmentsEngine(self.domain, 0, 1, TimeMode.LIVE)
        self.engine.restore(self.reader.changelog())

    @property
    def alerts(self) -> list[dict[str, Any]]:
        return [one for one in self.reader.decoded("alerts") if one["rule"] == "understaffed"]
