"""What a router is told: fresh, stale or unknown, and never the one for the other."""

from __future__ import annotations

import msgspec
import pytest

from agents.clock import ManualClock
from agents.routing.reader import Fresh, SignalReader, SourceError, Stale, Unknown
from agents.signals.form import fields_of, signal_of
from agents.signals.keys import member_of, queue_keys, queue_of
from agents.sinks import RedisSettings
from examples import router
from pipeline.config import SlaMeasure
from pipeline.routing.deadlines import Queue
from pipeline.routing.signal import ChannelFit, Deadline, RoutingSignal, SlaPressure
from pipeline.signals import Opening

PLACE = ("acme", "billing")


def signal(as_of: int = 1_000, epoch: int = 0, queue: str = "billing", share_ppm: int | None = 250_000) -> RoutingSignal:
    return RoutingSignal(
        tenant="acme",
        queue=queue,
        epoch=epoch,
        as_of=as_of,
        said_at=as_of,
        expires_at=as_of + 60_000,
        waiting=3,
        waiting_first=2,
        oldest_at=None,
        pressure=SlaPressure(clocks=4, at_risk=1, breached=0, share_ppm=share_ppm, next_breach_at=2_000),
        channels=(ChannelFit(channel="chat", waiting=1, replies=2, within_ppm=None, first_reply_p90_ms=None),),
        next_to_breach=(Deadline(due_at=2_000, ticket_id="T1", measure=SlaMeasure.FIRST_REPLY),),
        overdue=(),
    )


class Shelf:
    """A source that holds what a test puts there."""

    def __init__(self, *signals: RoutingSignal) -> None:
        self.signals = {(one.tenant, one.queue): one for one in signals}
        self.away = False

    def fetch(self, tenant: str, queue: str) -> RoutingSignal | None:
        if self.away:
            raise SourceError("it is away")
        return self.signals.get((tenant, queue))

    def fetch_all(self) -> dict[tuple[str, str], RoutingSignal]:
        if self.away:
            raise SourceError("it is away")
        return dict(self.signals)


def test_a_signal_is_fresh_to_its_expiry_and_stale_from_then_on() -> None:
    shelf, clock = Shelf(signal()), ManualClock(1_000)
    reader = SignalReader(shelf, clock=clock)
    assert reader.read(*PLACE) == Fresh(signal(), 0)
    clock.advance(59_999)
    assert reader.read(*PLACE) == Fresh(signal(), 59_999)
    clock.advance(1)
    assert reader.read(*PLACE) == Stale(signal(), 60_000, "it has expired")


def test_a_router_may_be_stricter_than_the_pipeline() -> None:
    reader = SignalReader(Shelf(signal()), clock=ManualClock(7_000), max_age_ms=5_000)
    assert reader.read(*PLACE) == Stale(signal(), 6_000, "older than 5000 ms")


def test_a_source_that_is_away_raises_nothing_and_changes_nothing_before_the_expiry() -> None:
    shelf, clock = Shelf(signal()), ManualClock(1_000)
    reader = SignalReader(shelf, clock=clock)
    shelf.away = True
    assert reader.read(*PLACE) == Unknown("the source does not answer: it is away")
    shelf.away = False
    reader.read(*PLACE)
    shelf.away = True
    clock.advance(100)
    assert reader.read(*PLACE) == Fresh(signal(), 100)
    clock.advance(60_000)
    assert reader.read_all() == {PLACE: Stale(signal(), 60_100, "the source does not answer: it is away")}


def test_what_is_gone_from_the_source_stays_known_until_it_expires() -> None:
    shelf, clock = Shelf(signal()), ManualClock(1_000)
    reader = SignalReader(shelf, clock=clock)
    assert reader.read("acme", "other") == Unknown("it is gone from the source")
    reader.read(*PLACE)
    shelf.signals.clear()
    clock.advance(60_000)
    assert reader.read(*PLACE) == Stale(signal(), 60_000, "it is gone from the source")


@pytest.mark.parametrize("older", [signal(999), signal(5_000, epoch=-1)])
def test_a_replica_that_lags_is_not_believed(older: RoutingSignal) -> None:
    shelf = Shelf(signal())
    reader = SignalReader(shelf, clock=ManualClock(1_500))
    reader.read(*PLACE)
    shelf.signals[PLACE] = older
    assert reader.read(*PLACE) == Fresh(signal(), 500)
    shelf.signals[PLACE] = signal(1_200)
    assert reader.read(*PLACE) == Fresh(signal(1_200), 300)


def test_memory_is_bounded() -> None:
    shelf = Shelf(*(signal(queue=f"q{number}") for number in range(9)))
    reader = SignalReader(shelf, clock=ManualClock(1_000), most_queues=3)
    assert len(reader.read_all()) == 9
    shelf.away = True
    assert [name for _, name in reader.read_all()] == ["q6", "q7", "q8"]


def test_the_form_in_redis_loses_nothing() -> None:
    fields = fields_of(signal())
    assert signal_of(fields["signal"]) == signal()
    assert {name: fields[name] for name in ("waiting", "sla_share_ppm", "channels", "next_breach_at")} == {
        "waiting": "3",
        "sla_share_ppm": "250000",
        "channels": "chat",
        "next_breach_at": "2000",
    }
    assert "oldest_at" not in fields


def test_names_of_queues_cannot_leave_their_braces() -> None:
    wild = Queue("ac|me", "a}b:{c}\n% ü")
    assert queue_of(member_of(wild)) == wild
    stem = queue_keys("x", wild).signal
    assert (stem.count("{"), stem.count("}"), stem.count("|")) == (1, 1, 1)


def test_where_redis_is() -> None:
    assert (RedisSettings(address="[::1]:6380").host, RedisSettings(address="[::1]:6380").port) == ("::1", 6380)
    with pytest.raises(ValueError, match="host:port"):
        RedisSettings(address="redis")
    with pytest.raises(ValueError, match="unprotected"):
        RedisSettings(address="redis:6379", password="x")  # noqa: S106 - of nothing
    assert RedisSettings(address="127.0.0.1:6379", password="x").secret == "x"  # noqa: S105, S106 - of nothing


def test_the_example_router_follows_fresh_signals_and_its_own_rules_otherwise() -> None:
    hot = router.decide("billing", Fresh(signal(share_ppm=900_000), 10))
    calm = router.decide("orders", Fresh(signal(queue="orders", share_ppm=None), 10))
    assert (hot.priority, hot.next_ticket, hot.offer_channel, hot.accept_new) == (2, "T1", "chat", False)
    assert (calm.priority, calm.accept_new) == (11, True)
    for reading in (Stale(signal(share_ppm=900_000), 99_000, "it has expired"), Unknown("no signal")):
        decision = router.decide("orders", reading)
        assert (decision.priority, decision.next_ticket, decision.accept_new) == (1, "", True)
        assert "static rules" in router.show(decision)


def test_the_example_router_sends_customers_elsewhere_while_nobody_is_there() -> None:
    opening = Opening(open=False, opens_at=9_000, closes_at=None, instead={"chat": "email"}, summary="closed")
    closed = router.decide("billing", Fresh(msgspec.structs.replace(signal(), opening=opening), 10))
    assert (closed.accept_new, closed.offer_channel) == (False, "email")
    assert "closed" in closed.why
    assert fields_of(msgspec.structs.replace(signal(), opening=opening))["open"] == "0"
