"""Responder events of the simulated centre: a rota as planned, and presence as the jumps leave it."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from agents.simulator.centre import HOUR_MS, Centre, QueueProfile, hour_of_week
from agents.simulator.incidents import staff_share
from agents.simulator.staff import plan
from pipeline.responders.events import Activity, Presence, ResponderEvent, ResponderEventType

SOURCE = "/demo/simulator"
_QUARTER_MS = HOUR_MS // 4
_SHIFT_MS = 8 * HOUR_MS
"""Whoever stays for longer than this is told of again: a number stands for a seat, and nobody sits for days."""


def presence(centre: Centre, start_ms: int, duration_ms: int) -> Iterator[ResponderEvent]:
    """Yield responder events in the order of time; the ids of responders are those that the tickets of `simulate` name.

    Every hour of work is a shift of its own, told at the start; who is planned but kept away by a jump is offline.
    """
    for queue in centre.queues:
        yield from _rota(centre, queue, start_ms, duration_ms)
        yield _changed(centre, queue, f"{queue.name}-lead", start_ms, Presence.OFFLINE)  # holds tickets, takes no contacts
    here: dict[str, int] = {}
    zone = ZoneInfo(centre.zone)
    plans = {queue.name: plan(queue) for queue in centre.queues}
    for at_ms in range(start_ms, start_ms + duration_ms, _QUARTER_MS):
        for queue in centre.queues:
            share = staff_share(centre.jumps, queue.name, at_ms - start_ms)
            now, before = round(plans[queue.name][hour_of_week(zone, at_ms)] * share), here.get(queue.name, 0)
            again = at_ms // _SHIFT_MS > (at_ms - _QUARTER_MS) // _SHIFT_MS
            told = 1 if again else min(now, before) + 1
            for number in range(told, max(now, before) + 1):
                state = Presence.AVAILABLE if number <= now else Presence.OFFLINE
                yield _changed(centre, queue, f"{queue.name}-{number:02d}", at_ms, state)
            here[queue.name] = now


def _changed(centre: Centre, queue: QueueProfile, responder_id: str, at_ms: int, state: Presence) -> ResponderEvent:
    return ResponderEvent(
        type=ResponderEventType.PRESENCE_CHANGED,
        id=f"presence:{responder_id}:{at_ms}",
        tenant=centre.tenant,
        responder_id=responder_id,
        occurred_at=at_ms,
        source=SOURCE,
        state=state,
        queues=(queue.name,),
        channels=tuple(queue.channels),
        team=queue.name,
    )


def _rota(centre: Centre, queue: QueueProfile, start_ms: int, duration_ms: int) -> Iterator[ResponderEvent]:
    zone, planned = ZoneInfo(centre.zone), plan(queue)
    first_ms = start_ms // HOUR_MS * HOUR_MS
    for at_ms in range(first_ms, start_ms + duration_ms, HOUR_MS):
        for number in range(1, planned[hour_of_week(zone, at_ms)] + 1):
            responder_id = f"{queue.name}-{number:02d}"
            yield ResponderEvent(
                type=ResponderEventType.SHIFT_PLANNED,
                id=f"shift:{responder_id}:{at_ms}",
                tenant=centre.tenant,
                responder_id=responder_id,
                occurred_at=start_ms,
                source=SOURCE,
                shift_id=str(at_ms),
                starts_at=at_ms,
                ends_at=at_ms + HOUR_MS,
                activity=Activity.WORK,
            )
