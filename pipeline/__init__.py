"""The domain of firstreply: pure and deterministic, without I/O, clock, environment, logging, asyncio or Faust."""

__version__ = "0.1.0"
