"""An engine whose exceptions end the process: it never raises for bad input, so that whatever it raises is a bug."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from agents.partitions.failstop import EngineError
from agents.partitions.restore import Restored
from pipeline.engine import Effects, Engine, Record
from pipeline.published import Published


class GuardedEngine:
    """The engine of the partition called `name`. Its state is in doubt after an exception; only a new process goes on."""

    def __init__(self, engine: Engine, name: str) -> None:
        """Guard `engine`."""
        self._engine = engine
        self._name = name

    def restore(self, restored: Restored) -> None:
        """Hand over the rows read back.

        Raises:
            EngineError: the engine does not understand them.

        """
        with self._guarded("could not take up its own rows: run the version that wrote them, or rebuild the state"):
            self._engine.restore(restored.take_rows())

    def apply(self, records: Sequence[Record], first: int, last: int) -> Effects:
        """Apply what counts of the offsets `first` to `last`.

        Raises:
            EngineError: the engine raised.

        """
        with self._guarded(f"raised while applying offsets {first} to {last}; the bug is in the engine"):
            return self._engine.apply(records)

    def tick(self, now_ms: int) -> Effects:
        """Run what is due.

        Raises:
            EngineError: the engine raised.

        """
        with self._guarded(f"raised at the tick of {now_ms}; the bug is in the engine"):
            return self._engine.tick(now_ms)

    def next_due(self) -> int | None:
        """Return the earliest time at which `tick` would have something to do."""
        return self._engine.next_due()

    def published(self) -> Published:
        """Return what may be shown of the state."""
        return self._engine.published()

    @contextmanager
    def _guarded(self, what: str) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            msg = f"the engine of {self._name} {what}"
            raise EngineError(msg) from error
