"""How many responders each hour of a week takes: live contacts in their own hour, all other work by the time it is due."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from pipeline.staffing.arrivals import Volume
from pipeline.staffing.terms import Terms

_HOUR_MS = 3_600_000


def profile(queue: str, volumes: Sequence[Volume], open_hours: Sequence[bool], terms: Terms) -> list[int]:
    """Return the least number on the queue for every hour; none while it is closed.

    Work that may wait is spread evenly over the next open hours, as many as its promise lasts, so that it is done in time and
    nobody is hired for a peak that can be put off. Who comes live to a closed queue is answered in the first hour after. The
    end of the week goes over into its beginning.
    """
    places = [place for place, is_open in enumerate(open_hours) if is_open]
    if not places:
        return [0] * len(volumes)
    later_ms = [0] * len(volumes)
    for place, volume in enumerate(volumes):
        for channel, contacts in volume.contacts.items():
            asks = terms.of(queue, channel)
            if asks is None or (asks.live and open_hours[place]):
                continue
            lasts = 1 if asks.live else min(len(places), max(1, -(-asks.within_ms // _HOUR_MS)))
            first = bisect_left(places, place)
            share_ms, rest_ms = divmod(contacts * asks.effort_ms // volume.weight, lasts)
            for number in range(lasts):
                later_ms[places[(first + number) % len(places)]] += share_ms + (rest_ms if number == 0 else 0)
    return [
        terms.need(queue, volume.contacts, _HOUR_MS * volume.weight, later * volume.weight) if is_open else 0
        for volume, later, is_open in zip(volumes, later_ms, open_hours, strict=True)
    ]
