"""For routers: read the routing signals of firstreply, and be made to say what happens when they go stale."""

from agents.routing.reader import Fresh, Reading, SignalReader, Source, SourceError, Stale, Unknown
from pipeline.routing.picking import suited

__all__ = ["Fresh", "Reading", "SignalReader", "Source", "SourceError", "Stale", "Unknown", "suited"]
