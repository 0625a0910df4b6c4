"""The event loop of the simulation: what is due next happens next, in whole milliseconds."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from random import Random
from zoneinfo import ZoneInfo

from agents.simulator.centre import HOUR_MS, Centre, QueueProfile, hour_of_week, load
from agents.simulator.disorder import disturb
from agents.simulator.incidents import staff_share
from agents.simulator.lives import Steps, live
from agents.simulator.manners import MANNERS
from agents.simulator.staff import Desk, Work, plan
from agents.simulator.tickets import Ticket
from pipeline.events import Channel, Event, Priority

QUARTER_MS = 900_000
DAY_MS = 86_400_000
_CLOSED_LIVE = 0.05
"""Share of those who call or chat although nobody is there."""
_PRIORITIES = (Priority.LOW, Priority.NORMAL, Priority.HIGH, Priority.URGENT)
_PRIORITY_WEIGHTS = (15, 70, 12, 3)


def simulate(centre: Centre, seed: int, start_ms: int, duration_ms: int) -> Iterator[tuple[int, Event]]:
    """Yield (arrival, ms, event) in the order of arrival, from an empty centre at `start_ms`.

    The same arguments give the same events. A jump leaves the arrival of tickets and each ticket's own draws as they are.
    """
    told = Simulation(centre, seed, start_ms, start_ms + duration_ms).run()
    return disturb(told, centre.disorder, seed, start_ms + duration_ms)


class Life:
    """A ticket and the generator that leads it."""

    __slots__ = ("steps", "ticket")

    def __init__(self, ticket: Ticket, steps: Steps) -> None:
        """Bind the two."""
        self.ticket = ticket
        self.steps = steps


class Simulation:
    """One run."""

    def __init__(self, centre: Centre, seed: int, start_ms: int, end_ms: int) -> None:
        """Prepare an empty centre."""
        self._centre = centre
        self._seed = seed
        self._zone = ZoneInfo(centre.zone)
        self._start_ms, self._end_ms = start_ms, end_ms
        self._now = start_ms
        self._due: list[tuple[int, int, Callable[..., None], object]] = []
        self._count = 0
        self._tickets = 0
        self._told: list[Event] = []
        self._twins: dict[str, str] = {}
        self._desks = {queue.name: Desk(queue.name) for queue in centre.queues}
        self._plans = {queue.name: plan(queue) for queue in centre.queues}
        self._rngs = {queue.name: Random(f"{seed}:{queue.name}") for queue in centre.queues}  # noqa: S311 - a simulation
        for queue in centre.queues:
            self._at(start_ms, self._quarter, queue)
        for jump in centre.jumps:
            if jump.queue not in self._desks:
                msg = f"there is no queue {jump.queue!r}; the queues are {', '.join(self._desks)}"
                raise ValueError(msg)
            for edge in (jump.at_ms, jump.at_ms + jump.duration_ms):
                self._at(start_ms + edge, self._restaff, jump.queue)

    def run(self) -> Iterator[tuple[int, Event]]:
        """Yield (time, event) in the order of time."""
        due, told, end_ms = self._due, self._told, self._end_ms
        while due:
            now, _, happen, what = heapq.heappop(due)
            if now >= end_ms:
                return
            self._now = now
            happen(what)
            if told:
                for event in told:
                    yield now, event
                told.clear()

    def _at(self, at_ms: int, happen: Callable[..., None], what: object) -> None:
        if at_ms < self._end_ms:
            self._count += 1
            heapq.heappush(self._due, (at_ms, self._count, happen, what))

    def _quarter(self, queue: QueueProfile) -> None:
        """Begin a quarter of an hour: set the staff and draw the tickets that will come."""
        now, rng = self._now, self._rngs[queue.name]
        hour = hour_of_week(self._zone, now)
        self._at(now + QUARTER_MS, self._quarter, queue)
        self._restaff(queue.name)
        noise = Random(f"{self._seed}:{queue.name}:{now // DAY_MS}").lognormvariate(0.0, 0.06)  # noqa: S311 - a simulation
        per_ms = queue.tickets_per_hour * load(hour) * noise / HOUR_MS
        at = now + int(rng.expovariate(per_ms)) if per_ms > 0 else now + QUARTER_MS
        while at < now + QUARTER_MS:
            self._announce(queue, rng, at, is_open=queue.is_open(hour))
            at += 1 + int(rng.expovariate(per_ms))

    def _announce(self, queue: QueueProfile, rng: Random, at_ms: int, *, is_open: bool) -> None:
        channel: Channel = rng.choices(tuple(queue.channels), tuple(queue.channels.values()))[0]
        stays = rng.random() < _CLOSED_LIVE
        if MANNERS[channel].live and not is_open and not stays:
            return
        self._tickets += 1
        own = Random(self._seed * 1_000_003 + self._tickets)  # noqa: S311 - a simulation
        ticket = Ticket(self._centre.tenant, self._tickets, own, self._told)
        ticket.queue, ticket.channel = queue.name, channel
        ticket.priority = rng.choices(_PRIORITIES, _PRIORITY_WEIGHTS)[0]
        ticket.requester = f"c{rng.randrange(self._centre.customers)}"
        twin = self._twins.get(queue.name, "")
        self._twins[queue.name] = ticket.id
        self._at(at_ms, self._go_on, Life(ticket, live(ticket, queue.transfers_to, twin)))

    def _restaff(self, queue: str) -> None:
        planned = self._plans[queue][hour_of_week(self._zone, self._now)]
        share = staff_share(self._centre.jumps, queue, self._now - self._start_ms)
        desk = self._desks[queue]
        desk.capacity = round(planned * share)
        self._serve(desk)

    def _go_on(self, life: Life, responder: str | None = None) -> None:
        life.ticket.now = self._now
        try:
            step = life.steps.send(responder)
        except StopIteration:
            return
        if isinstance(step, int):
            self._at(self._now + step, self._go_on, life)
            return
        step.life = life
        desk = self._desks[step.queue]
        desk.put(step)
        if step.patience_ms:
            self._at(self._now + step.patience_ms, self._give_up, step)
        self._serve(desk)

    def _serve(self, desk: Desk) -> None:
        while (taken := desk.take()) is not None:
            work, responder = taken
            self._at(self._now + work.busy_ms, self._release, (desk, responder))
            if work.life is not None:
                self._go_on(work.life, f"{desk.name}-{responder:02d}")

    def _release(self, whom: tuple[Desk, int]) -> None:
        desk, responder = whom
        desk.release(responder)
        self._serve(desk)

    def _give_up(self, work: Work) -> None:
        if not work.done and work.life is not None:
            work.done = True
            self._go_on(work.life, None)
