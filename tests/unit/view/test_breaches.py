"""Clocks by deadline: per queue, over all queues, and as tickets change."""

from __future__ import annotations

from msgspec.structs import replace

from pipeline.signals import TicketClocks
from pipeline.view.breaches import BreachOrder, Due, Phase
from tests.support.centre import TENANT, ticket


def order_of(*tickets: TicketClocks) -> BreachOrder:
    order = BreachOrder()
    for one in tickets:
        order.put(one.ticket_id.encode(), one)
    return order


def upcoming(order: BreachOrder, phase: Phase = Phase.RUNNING, **where: object) -> list[str]:
    given = {"tenants": None, "queue": None, "after": None} | where
    return [due.ticket_id for due in order.upcoming(phase, **given)]  # type: ignore[arg-type]


def test_the_nearest_deadline_comes_first_whatever_the_queue() -> None:
    order = order_of(ticket("a", 300, queue="x"), ticket("b", 100, queue="y"), ticket("c", 200, queue="x"))
    assert upcoming(order) == ["b", "c", "a"]
    assert upcoming(order, queue="x") == ["c", "a"]
    assert upcoming(order, tenants=frozenset({"nobody"})) == []


def test_a_page_goes_on_after_the_last_one() -> None:
    order = order_of(*(ticket(f"t{number}", number, queue=f"q{number % 2}") for number in range(6)))
    after = Due(2, TENANT, "t2", "first_reply", 1)
    assert upcoming(order, after=after) == ["t3", "t4", "t5"]


def test_what_is_breached_stands_apart_and_paused_clocks_nowhere() -> None:
    order = order_of(
        ticket("late", 1, state="breached"), ticket("soon", 2), ticket("rests", 3, state="paused"), ticket("free", None)
    )
    assert upcoming(order) == ["soon"]
    assert upcoming(order, Phase.BREACHED) == ["late"]


def test_a_ticket_that_changes_moves_and_one_that_is_gone_leaves() -> None:
    order = order_of(ticket("a", 100), ticket("b", 200))
    order.put(b"a", ticket("a", 300, queue="other"))
    assert upcoming(order) == ["b", "a"]
    order.put(b"b", replace(ticket("b", 200), status="gone"))
    assert upcoming(order) == ["a"]
    order.put(b"a", None)
    assert upcoming(order) == []
