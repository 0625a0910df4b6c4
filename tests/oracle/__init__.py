"""The oracle: docs/semantics.md read a second time, by brute force, sharing no code with the fold, the windows or the judgement.

Slow and plain on purpose. `Oracle(domain).run(events, until_ms)` takes a whole log and says what the numbers must be.
"""

from tests.oracle.jump import Firing, JumpOracle, Reading
from tests.oracle.numbers import Oracle, OracleResult
from tests.oracle.ticket import Fact, Outcome, Piece, Stand, TicketResult, Wait

__all__ = [
    "Fact",
    "Firing",
    "JumpOracle",
    "Oracle",
    "OracleResult",
    "Outcome",
    "Piece",
    "Reading",
    "Stand",
    "TicketResult",
    "Wait",
]
