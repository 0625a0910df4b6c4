"""The example router: by the signal while it is fresh, by its static rules when it is not, and never by a guess about people."""

from __future__ import annotations

import msgspec
import pytest

from agents.routing import Fresh, Stale, Unknown
from examples import router
from pipeline.engine import TimeMode
from pipeline.routing.board import RoutingBoard
from pipeline.routing.deadlines import Queue
from pipeline.routing.signal import RoutingSignal
from tests.support.centre import NOW_MS, Said, address, level, presence, responder, staffing, ticket

pytestmark = pytest.mark.mission("C8")


def signal(*said: Said, missing: int | None = 0) -> RoutingSignal:
    board = RoutingBoard(TimeMode.LIVE)
    people = staffing(3, None if missing is None else 3 - missing)
    tickets = (ticket(f"T{number}", NOW_MS + number * 60_000) for number in (1, 2, 3))
    for one in (level({"queue": "billing"}, staffing=people), *tickets, *said):
        board.take(*address(one), msgspec.json.encode(one), NOW_MS)
    found = board.signal(Queue("acme", "billing"))
    assert found is not None
    return found


def fresh(found: RoutingSignal) -> router.Decision:
    return router.decide("billing", Fresh(found, 500))


def test_the_next_ticket_goes_to_the_responder_with_the_skill() -> None:
    decision = fresh(signal(responder("ann"), responder("kim", load=1, skills=("refunds",)), presence()))
    assert (decision.next_ticket, decision.responder) == ("T1", "kim")
    assert "next T1 to kim" in router.show(decision)


def test_who_does_not_take_the_tickets_channel_is_left_out() -> None:
    decision = fresh(signal(responder("ann", channels=("chat",)), presence()))
    assert decision.responder == "", "T1 is a mail"
    assert "nobody is free" in router.show(decision)


def test_where_nobody_can_tell_who_is_there_work_is_handed_out_as_before() -> None:
    decision = fresh(signal(missing=None))
    assert (decision.responder, decision.accept_new) == (None, True)
    assert "next T1 -" in router.show(decision)
    assert "cannot tell who is there" in decision.why


@pytest.mark.parametrize(("missing", "accepts"), [(0, True), (2, True), (3, False)])
def test_a_queue_that_is_short_of_people_sends_new_contacts_elsewhere(missing: int, accepts: bool) -> None:
    assert fresh(signal(missing=missing)).accept_new is accepts


def test_stale_and_unknown_signals_end_in_the_static_rules() -> None:
    for reading in (Stale(signal(responder("ann"), presence()), 90_000, "it has expired"), Unknown("no signal")):
        decision = router.decide("billing", reading)
        assert (decision.priority, decision.next_ticket, decision.responder, decision.accept_new) == (3, "", None, True)
        assert "static rules" in router.show(decision)
