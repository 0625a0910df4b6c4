"""A seeded simulator of a support centre: the same seed gives the same events, to the byte."""

from agents.simulator.centre import CENTRE, Centre, Jump, QueueProfile
from agents.simulator.disorder import Disorder, lines
from agents.simulator.presence import presence
from agents.simulator.simulation import simulate

__all__ = ["CENTRE", "Centre", "Disorder", "Jump", "QueueProfile", "lines", "presence", "simulate"]
