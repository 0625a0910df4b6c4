"""The oracle: docs/semantics.md read a second time, by brute force, sharing no code with the fold, the windows or the judgement.

Slow and plain on purpose. `Oracle(domain).run(events, until_ms)` takes a whole log and says what the numbers must be. The tests
hold the pipeline to it on every life that they can think of, `firstreply verify` on the log of an installation (docs/adr/0025).
"""

from agents.verification.oracle.numbers import Oracle, OracleResult

__all__ = ["Oracle", "OracleResult"]
