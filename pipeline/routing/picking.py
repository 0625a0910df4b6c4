"""Who should take a contact: of those who can, the best fit first. Every order of responders is this one."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from fractions import Fraction
from typing import TypeAlias

from pipeline.routing.signal import AvailableResponder

Place: TypeAlias = tuple[int, Fraction, int, str]


def place(one: AvailableResponder, skills: Collection[str] = ()) -> Place:
    """Return what responders are ordered by: more of the wanted skills, a smaller share of capacity in use, longer available.

    The id comes last, so that equal input ranks equally.
    """
    return -len(set(skills).intersection(one.skills)), Fraction(one.load, one.capacity), one.since or 0, one.responder_id


def suited(
    responders: Iterable[AvailableResponder], *, channel: str = "", skills: Collection[str] = ()
) -> list[AvailableResponder]:
    """Return those of a signal's responders who take contacts of a channel, best fit for the skills first.

    Skills order and exclude nobody: a customer is better served by somebody than by nobody. Empty: any channel, no skill wanted.
    """
    able = (
        one
        for one in responders
        if not channel or ((not one.channels or channel in one.channels) and channel not in one.closed_channels)
    )
    return sorted(able, key=lambda one: place(one, skills))
