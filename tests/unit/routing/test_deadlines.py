"""The index of deadlines against brute force, and its bound."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.config import SlaMeasure
from pipeline.routing.deadlines import Deadlines, Queue
from pipeline.signals import ClockState, TicketClocks

QUEUES = ("billing", "orders")
MEASURES = (SlaMeasure.FIRST_REPLY, SlaMeasure.NEXT_REPLY, SlaMeasure.FIRST_RESOLUTION)
CLOCKS = st.builds(
    lambda measure, state, due_at: clock(measure, state, None if state == "paused" else due_at),
    st.sampled_from(MEASURES),
    st.sampled_from(["running", "paused", "breached"]),
    st.integers(0, 20),
)
Told = tuple[int, tuple[str, list[ClockState]] | None]
TICKETS = st.tuples(
    st.integers(0, 7), st.none() | st.tuples(st.sampled_from(QUEUES), st.lists(CLOCKS, max_size=3, unique_by=lambda c: c.measure))
)


def clock(measure: SlaMeasure, state: str, due_at: int | None) -> ClockState:
    return ClockState(measure=measure, instance=1, state=state, policy="p", target_ms=1, started_at=0, due_at=due_at)


def ticket(number: int, queue: str, *clocks: ClockState) -> TicketClocks:
    return TicketClocks(tenant="acme", ticket_id=f"T{number}", as_of=1, queue=queue, clocks=clocks)


@given(st.lists(TICKETS, max_size=40), st.integers(1, 5))
def test_the_order_is_that_of_all_tickets_sorted(steps: list[Told], count: int) -> None:
    index, newest = Deadlines(), {}
    for number, told in steps:
        newest[number] = None if told is None else ticket(number, told[0], *told[1])
        index.take(f"acme:T{number}".encode(), newest[number])
    open_now = [one for one in newest.values() if one is not None and one.clocks]
    assert len(index) == len(open_now)
    for name in QUEUES:
        queue, mine = Queue("acme", name), [one for one in open_now if one.queue == name]
        assert index.clocks(queue) == sum(len(one.clocks) for one in mine)
        for states, found in ((("running",), index.next(queue, count)), (("breached",), index.overdue(queue, count))):
            due = [[c.due_at for c in one.clocks if c.state in states and c.due_at is not None] for one in mine]
            expected = sorted((min(times), one.ticket_id) for one, times in zip(mine, due, strict=True) if times)
            assert [(deadline.due_at, deadline.ticket_id) for deadline in found] == expected[:count]


def test_it_says_which_queues_changed() -> None:
    index, running = Deadlines(), clock(SlaMeasure.FIRST_REPLY, "running", 5)
    assert index.take(b"1", ticket(1, "billing", running)) == {Queue("acme", "billing")}
    assert index.take(b"1", ticket(1, "billing", running)) == set()
    assert index.take(b"1", ticket(1, "orders", running)) == {Queue("acme", "billing"), Queue("acme", "orders")}
    assert index.take(b"1", None) == {Queue("acme", "orders")}
    assert index.take(b"1", None) == set()


def test_at_the_bound_the_furthest_are_let_go_and_counted() -> None:
    index, queue = Deadlines(most_tickets=32), Queue("acme", "billing")
    for number in range(100):
        index.take(b"%d" % number, ticket(number, "billing", clock(SlaMeasure.FIRST_REPLY, "running", 1_000 - number)))
    assert len(index) <= 32
    assert index.let_go == 100 - len(index)
    assert [deadline.due_at for deadline in index.next(queue, 3)] == [901, 902, 903]
    assert index.clocks(queue) == len(index)
    index.take(b"paused", ticket(200, "billing", clock(SlaMeasure.FIRST_REPLY, "paused", None)))
    assert index.overdue(queue, 5) == ()
