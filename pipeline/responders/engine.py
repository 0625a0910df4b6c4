"""The responders engine: reads `responder-events`, says who is there, who should be, what they hold and what they have earned.

One partition holds whole tenants, because presence by queue is a sum over a tenant's responders, and their events are few: some
tens a day and person. Live, records are said when something changes and again at every heartbeat, since time alone changes
them; in event time they are said when something changes. Work items come from the ticket partitions, in order per ticket.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from heapq import heappop, heappush

import msgspec

from pipeline.config import Domain, zone_of
from pipeline.engine import Effects, Emit, Record, Row, TimeMode, Topic
from pipeline.metrics import Metric
from pipeline.partitioning import partition_of
from pipeline.published import Published
from pipeline.reasons import Invalid, Reason, Skipped
from pipeline.refusal import refusal
from pipeline.responders.board import count
from pipeline.responders.codec import decode
from pipeline.responders.crewing import Crewing
from pipeline.responders.events import ResponderEvent, ResponderEventType
from pipeline.responders.identity import event_digest, person_key
from pipeline.responders.items import Item, earns, item_of
from pipeline.responders.life import PRESENCES, entry_of
from pipeline.responders.person import Base, Person, Terms
from pipeline.responders.points import Earnings
from pipeline.responders.rows import RowType, key_of, pack, parts_of, unpack
from pipeline.responders.signals import PresenceBoard
from pipeline.responders.staff import Staff

BOUND = 1_000
"""Records said in one transaction, about."""

_encode = msgspec.json.Encoder().encode
_META = key_of(RowType.META)


class _Meta(msgspec.Struct, array_like=True):
    """What the partition remembers. Append with a default, never reorder."""

    now: int = 0
    heard: dict[str, int] = {}
    """Tenant -> when the newest event of a responder was appended."""
    counts: dict[str, int] = {}


class RespondersEngine:
    """The responders of the tenants of one partition. Implements `pipeline.engine.Engine`."""

    def __init__(
        self, domain: Domain, partition: int = 0, partitions: int = 1, time: TimeMode = TimeMode.LIVE, epoch: int = 0
    ) -> None:
        """Start with nobody."""
        self._domain = domain
        self._model = domain.responders
        self._terms = Terms.of(self._model, zone_of(domain), epoch)
        self._place = partition, partitions
        self._live = time is TimeMode.LIVE
        self._staff = Staff()
        self._crewing = Crewing(domain, live=self._live)
        self._earnings = Earnings(self._model.points)
        self._items: dict[tuple[str, str], Item] = {}
        self._due: list[tuple[int, tuple[str, str]]] = []
        """When tickets settle, and when they are let go."""
        self._meta = _Meta()
        self._counts: Counter[str] = Counter()
        self._beaten = 0
        self._left: list[tuple[str, str]] = []
        """Who is still to be said of a heartbeat."""

    def restore(self, rows: Iterable[Row]) -> None:
        """Take up the committed rows of this partition.

        Raises:
            pipeline.responders.rows.UnknownRowError: a later version wrote a row.

        """
        for key, value in rows:
            parts = parts_of(key)
            match RowType(key[:1]):
                case RowType.BASE:
                    self._staff.person(parts[0], parts[1]).base = unpack(value, Base)
                case RowType.EVENT:
                    self._staff.restore_entry(parts[0], parts[1], value)
                case RowType.ITEM:
                    self._keep((parts[0], parts[1]), unpack(value, Item))
                case RowType.EARNED:
                    self._earnings.days[parts[0], parts[1], parts[2]] = unpack(value, dict[int, dict[str, int]])
                    if parts[1] == "responder":
                        self._staff.person(parts[0], parts[2])
                case RowType.META:
                    self._meta = unpack(value, _Meta)
                    self._counts = Counter(self._meta.counts)

    def apply(self, records: Sequence[Record]) -> Effects:
        """Apply records in offset order, and say everybody whom they change."""
        effects = Effects()
        for record in records:
            self._meta.now = max(self._meta.now, record.timestamp)
            if not self._live:
                self._settle(effects)
            self._record(record, effects)
        self._say(effects)
        return self._closed(effects)

    def tick(self, now_ms: int) -> Effects:
        """Live: settle tickets, and say everybody again at a heartbeat."""
        effects = Effects()
        if not self._live or now_ms < self._meta.now:
            return effects
        self._meta.now = now_ms
        self._settle(effects)
        if not self._left and now_ms - self._beaten >= self._model.heartbeat:
            self._beaten = now_ms
            self._left = sorted(self._staff.people, reverse=True)
            self._staff.tenants.update(tenant for tenant, _ in self._left)
        self._staff.dirty.update(self._left[-BOUND:])
        del self._left[-BOUND:]
        self._say(effects)
        effects.more = bool(self._left)
        return self._closed(effects)

    def next_due(self) -> int | None:
        """Return when there is something to do: live only."""
        if not self._live or not (self._staff.people or self._due):
            return None
        if self._left:
            return self._meta.now
        beat = self._beaten + self._model.heartbeat
        return min(beat, self._due[0][0]) if self._due else beat

    def published(self) -> Published:
        """Show how many events became what, and who is there."""
        partition = str(self._place[0])
        people: Counter[tuple[str, ...]] = Counter()
        for person in self._staff.people.values():
            presence = person.presence(self._meta.now, self._model)
            people[person.tenant, "unknown" if presence is None else PRESENCES[presence].value] += 1
        shown = {(tenant, state): 0 for tenant, _ in people for state in (*PRESENCES, "unknown")}
        return Published(
            as_of=self._meta.now,
            values={
                Metric.RESPONDERS: shown | dict(people),
                Metric.RESPONDER_EVENTS: {(partition, result): number for result, number in self._counts.items()},
            },
        )

    def _record(self, record: Record, effects: Effects) -> None:
        decoded = decode(record.value, record.headers, appended_at=record.timestamp, future_skew_ms=self._domain.future_skew)
        match decoded:
            case Invalid():
                self._counts["invalid"] += 1
                effects.dead_letters.append(refusal(record, decoded.reason, decoded.detail, decoded.field))
            case Skipped():
                self._counts["unknown_type"] += 1
            case ResponderEvent(type=ResponderEventType.CLOCK_PASSED):
                self._counts["clock"] += 1
            case ResponderEvent(type=ResponderEventType.WORK_ITEM_CHANGED):
                if self._mine(decoded, record, effects):
                    self._work(decoded, effects)
            case ResponderEvent():
                if self._mine(decoded, record, effects):
                    self._event(decoded, record, effects)

    def _mine(self, event: ResponderEvent, record: Record, effects: Effects) -> bool:
        """Return whether an event belongs here; one that does not is sent where it does."""
        key = event.tenant.encode()
        target = partition_of(key, self._place[1])
        if target == self._place[0]:
            return True
        self._counts["forwarded"] += 1
        effects.emits.append(Emit(Topic.RESPONDER_EVENTS, key, record.value, target, tuple(record.headers)))
        return False

    def _event(self, event: ResponderEvent, record: Record, effects: Effects) -> None:
        person = self._staff.person(event.tenant, event.responder_id)
        entry = entry_of(event, event_digest(event))
        if person.knows(entry):
            self._counts["duplicate"] += 1
            return
        if entry.order <= person.base.frozen_to:
            self._counts["behind_frozen_prefix"] += 1
            detail = "sorts before the responder's events that are still kept"
            effects.dead_letters.append(refusal(record, Reason.BEHIND_FROZEN_PREFIX, detail))
            return
        person.add(entry)
        effects.rows[key_of(RowType.EVENT, event.tenant, event.responder_id, *entry.order)] = pack(entry)
        self._meta.heard[event.tenant] = max(self._meta.heard.get(event.tenant, 0), record.timestamp)
        self._staff.touch(event.tenant, event.responder_id)
        self._counts["applied"] += 1

    def _work(self, event: ResponderEvent, effects: Effects) -> None:
        name = (event.tenant, event.ticket_id or "")
        item, before = item_of(event), self._items.get(name)
        if before is not None and ((item.at, item.sequence) < (before.at, before.sequence) or item.same_ticket_facts(before)):
            self._counts["duplicate"] += 1
            return
        if before is not None:
            self._book(name, before, -1)
            self._staff.hold(name[0], before, -1)
        self._put(name, item, effects)
        self._counts["applied"] += 1

    def _put(self, name: tuple[str, str], item: Item, effects: Effects) -> None:
        """Keep a ticket as it stands now, with what it earns."""
        item = msgspec.structs.replace(item, earned=earns(item, self._model.points, self._meta.now))
        self._book(name, item, 1)
        self._keep(name, item)
        if item.responder:
            self._staff.touch(name[0], item.responder)
        effects.rows[key_of(RowType.ITEM, *name)] = pack(item)

    def _keep(self, name: tuple[str, str], item: Item) -> None:
        self._items[name] = item
        if item.responder:
            self._staff.person(name[0], item.responder)
        self._staff.hold(name[0], item, 1)
        if not item.open:
            points, solved_at = self._model.points, item.solved_at or item.at
            waits = not item.earned and self._meta.now < solved_at + points.settle
            heappush(self._due, (solved_at + (points.settle if waits else points.kept), name))

    def _book(self, name: tuple[str, str], item: Item, sign: int) -> None:
        for rule in item.earned:
            self._earnings.book((name[0], "responder", item.responder), item.solved_at, rule, sign)
            self._staff.touch(name[0], item.responder)
            if item.team:
                self._earnings.book((name[0], "team", item.team), item.solved_at, rule, sign)

    def _settle(self, effects: Effects) -> None:
        """Let tickets earn what they have come to earn, and let go of those whose points stay as they are."""
        done = 0
        while self._due and self._due[0][0] <= self._meta.now and done < BOUND:
            _, name = heappop(self._due)
            item = self._items.get(name)
            if item is None or item.open:
                continue
            done += 1
            solved_at = item.solved_at or item.at
            if self._meta.now >= solved_at + self._model.points.kept:
                del self._items[name]
                effects.rows[key_of(RowType.ITEM, *name)] = None
            elif not item.earned and self._meta.now >= solved_at + self._model.points.settle:
                self._put(name, item, effects)

    def _say(self, effects: Effects) -> None:
        """Say the record of everybody touched, and who is there of every tenant touched."""
        now, terms = self._meta.now, self._terms
        for owner in sorted(self._earnings.changed):
            effects.rows[key_of(RowType.EARNED, *owner)] = pack(self._earnings.days[owner])
            self._staff.tenants.add(owner[0])
        self._earnings.changed.clear()
        ranks = {tenant: self._earnings.ranks(tenant, now) for tenant in {tenant for tenant, _ in self._staff.dirty}}
        for tenant, responder_id in sorted(self._staff.dirty):
            person = self._staff.people[tenant, responder_id]
            self._freeze(person, effects)
            value = None
            if not person.life.gone:
                earned = None
                if self._model.points.rules:
                    earned = self._earnings.of_responder(tenant, responder_id, now, ranks[tenant].get(responder_id))
                value = _encode(person.record(now, terms, earned))
            effects.emits.append(Emit(Topic.RESPONDERS, person_key(tenant, responder_id), value))
        self._staff.dirty.clear()
        for tenant in sorted(self._staff.tenants):
            board = self._board(tenant, now)
            effects.emits.append(Emit(Topic.PRESENCE, tenant.encode(), _encode(board)))
            effects.emits += self._crewing.told(board)
        self._staff.tenants.clear()

    def _freeze(self, person: Person, effects: Effects) -> None:
        frozen = person.freeze(self._meta.now - self._model.keep)
        for entry in frozen:
            effects.rows[key_of(RowType.EVENT, person.tenant, person.responder_id, *entry.order)] = None
        if frozen:
            effects.rows[key_of(RowType.BASE, person.tenant, person.responder_id)] = pack(person.base)

    def _board(self, tenant: str, now: int) -> PresenceBoard:
        model = self._model
        groups = count((one for one in self._staff.of(tenant) if not one.life.gone), model, now)
        heard = self._meta.heard.get(tenant)
        teams = groups.of("team")
        earned = {team: self._earnings.of_team(tenant, team, now) for team in teams} if model.points.rules else {}
        return PresenceBoard(
            tenant=tenant,
            as_of=now,
            expires_at=now + model.expiry,
            epoch=self._terms.epoch,
            known=heard is not None and now - heard < model.silent_after,
            heard_at=heard,
            total=groups.total(),
            queues=groups.of("queue"),
            channels=groups.of("channel"),
            skills=groups.of("skill"),
            teams=teams,
            team_earned=earned,
        )

    def _closed(self, effects: Effects) -> Effects:
        """Write what the partition remembers, where anything was done."""
        if effects.rows or effects.emits or effects.dead_letters:
            self._meta.counts = dict(self._counts)
            effects.rows[_META] = pack(self._meta)
        return effects
