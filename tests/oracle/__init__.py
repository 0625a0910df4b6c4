"""The oracle, docs/semantics.md read a second time by brute force, as tests use it: that of `agents/verification/oracle`, which
`firstreply verify` runs as well, and beside it the parts of the page that only tests count again (the FRT-jump rule, responders).
"""

from agents.verification.oracle.facts import Fact, Outcome, Piece, Stand, TicketResult, Wait
from agents.verification.oracle.numbers import Oracle, OracleResult
from tests.oracle.jump import Firing, JumpOracle, Reading

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
