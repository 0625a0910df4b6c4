"""Faust's table and store as the place where assignment meets state.

A store's `on_rebalance` is awaited before anything is read, which is when earlier owners must be fenced. Faust's own recovery
never has anything to do: partitions read their changelog themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import faust
from faust.stores.memory import Store as MemoryStore
from faust.tables.manager import TableManager
from faust.tables.recovery import Recovery
from faust.types import TP

from agents.partitions.stage import Stage

if TYPE_CHECKING:
    from agents.partitions.consumer import PartitionConsumer


class PartitionStore(MemoryStore[bytes, bytes]):
    """Holds nothing itself: the engines hold the rows."""

    stage: Stage

    async def on_rebalance(
        self,
        assigned: set[TP],
        revoked: set[TP],  # noqa: ARG002 - Faust's signature
        newly_assigned: set[TP],  # noqa: ARG002
        generation_id: int = 0,  # noqa: ARG002
    ) -> None:
        """Fence and restore what is new, let go what is gone."""
        mine = [tp.partition for tp in assigned if tp.topic == self.stage.config.source]
        await self.stage.assign(mine, cast("PartitionConsumer", self.app.consumer))

    def apply_changelog_batch(self, batch: Any, to_key: Any, to_value: Any) -> None:
        """Ignore what Faust read: the partition has read it."""


class PartitionTable(faust.Table[bytes, bytes]):
    """Faust's table of a stage: it makes Faust assign the changelog's partition beside the source's, and stick to it."""

    def __init__(self, app: Any, *, stage: Stage, partitions: int) -> None:
        """Declare the table of `stage`, whose source has this many `partitions`."""
        self._stage = stage
        super().__init__(
            app,
            name=stage.name,
            partitions=partitions,
            key_type=bytes,
            value_type=bytes,
            changelog_topic=app.topic(stage.config.changelog, key_type=bytes, value_type=bytes, partitions=partitions),
        )

    def _new_store(self) -> Any:
        store = PartitionStore(
            "memory://", self.app, self, table_name=self.name, key_type=self.key_type, value_type=self.value_type
        )
        store.stage = self._stage
        return store


class NothingToRecover(Recovery):
    """Faust's recovery when every table restores itself: it only resumes the streams."""

    def need_recovery(self) -> bool:
        """Return that there is nothing to read, whatever offsets the changelogs have."""
        return False


class PartitionTables(TableManager):
    """Faust's tables with that recovery."""

    @property
    def recovery(self) -> Recovery:
        """Return the recovery service."""
        if self._recovery is None:
            self._recovery = NothingToRecover(self.app, self, beacon=self.beacon, loop=self.loop)
        return self._recovery
