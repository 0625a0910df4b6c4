"""Customers with numbers worked out by hand: repeats, journeys, the register, erasure and what is dropped."""

from __future__ import annotations

import msgspec
import pytest
from msgspec.structs import replace
from pydantic import SecretStr, ValidationError

from pipeline.codec import decode, encode
from pipeline.config import Domain
from pipeline.customers.contact import ERASED, ContactRecord, customer_of
from pipeline.customers.engine import CustomersEngine
from pipeline.customers.retention import of_window, retention_ppm
from pipeline.engine import LogRecord, TimeMode, Topic
from pipeline.events import Channel, Event, EventType, Status
from pipeline.identity import ticket_key
from pipeline.measures import Measure, Work, base
from pipeline.offline import OfflineRun, clock_record
from pipeline.reasons import Invalid, Reason
from pipeline.relations import CustomersModel
from pipeline.signals import ServiceLevel
from pipeline.tickets import row as rows
from pipeline.tickets.entry import unpack
from tests.support.customerrun import CustomerRun
from tests.support.story import Story, utc

SALT = "sixteen letters or more"
MODEL = CustomersModel(salt=SecretStr(SALT))
DOMAIN = Domain(
    topics={"refund": ("refund", "chargeback"), "login": ("login",)},
    customers=MODEL,
    dimensions=("topic", "channel"),
    segments=((), ("topic",), ("topic", "channel")),
    windows={"7d": "7d", "30d": "30d"},  # type: ignore[dict-item]  # pydantic reads durations
    jump={"segments": ((),)},  # type: ignore[arg-type]  # pydantic takes a table
)
END = "2026-04-30 00:00"


def ticket(name: str, at: str, solved: str | None = None, tags: tuple[str, ...] = (), **fields: object) -> Story:
    story = Story(name).created(at, requester=fields.pop("requester", "ann"), tags=tags, **fields)
    return story.reply(at) if solved is None else story.solve(solved)


def told(kind: EventType, at: str, requester: str = "ann", **fields: object) -> Event:
    about = Event(type=kind, id=f"{kind}{at}", source="/acme/crm", tenant="acme", ticket_id="", occurred_at=utc(at))
    return replace(about, requester=requester, **fields)


def run(*events: Event, domain: Domain = DOMAIN, time: TimeMode = TimeMode.EVENT, until: str = END) -> CustomerRun:
    found = CustomerRun(domain, time=time)
    found.run(sorted(events, key=lambda event: event.occurred_at), utc(until))
    assert found.sums.dead == []
    return found


def counts(found: CustomerRun, *measures: Measure) -> list[int]:
    return [sum(cell.get(base(measure), 0) for cell in found.sums.codes.values()) for measure in measures]


FCR = (Measure.CONTACTS, Measure.REPEAT_CONTACTS, Measure.FIRST_CONTACTS_SOLVED, Measure.FIRST_CONTACTS_REPEATED)


@pytest.mark.mission("A7")
class TestRepeats:
    def test_a_related_contact_within_the_horizon_is_one_bad_score_and_not_two_good_ones(self) -> None:
        first = ticket("T1", "2026-03-02 09:00", "2026-03-02 11:00", ("refund",))
        again = ticket("T2", "2026-03-04 12:00", "2026-03-04 13:00", ("chargeback",), queue="other")
        found = run(*first.events, *again.events)
        assert counts(found, *FCR, Measure.FIRST_CONTACTS_FOLLOWED) == [2, 1, 1, 1, 1]
        repeat = found.repeats["acme", "T2"]
        assert (repeat.repeats, repeat.after_ms) == ("T1", 49 * 3_600_000)
        assert repeat.because == "same customer, both about refund; 2d 1h after it was solved, within 7d"

    @pytest.mark.parametrize(
        ("at", "tags", "queue", "customer", "repeats"),
        [
            ("2026-03-09 11:00", ("refund",), "a", "ann", 1),  # the very end of the horizon
            ("2026-03-09 11:01", ("refund",), "a", "ann", 0),
            ("2026-03-04 11:00", ("login",), "a", "ann", 0),  # another topic
            ("2026-03-04 11:00", ("login", "refund"), "b", "ann", 1),  # one in common
            ("2026-03-04 11:00", (), "a", "ann", 1),  # nothing known of the second: the queue decides
            ("2026-03-04 11:00", (), "b", "ann", 0),
            ("2026-03-04 11:00", ("refund",), "a", "bob", 0),
            ("2026-03-02 10:00", ("refund",), "a", "ann", 1),  # asks again while the first is still open
        ],
    )
    def test_what_is_a_repeat(self, at: str, tags: tuple[str, ...], queue: str, customer: str, repeats: int) -> None:
        first = ticket("T1", "2026-03-02 09:00", "2026-03-02 11:00", ("refund",), queue="a")
        second = ticket("T2", at, tags=tags, queue=queue, requester=customer)
        assert counts(run(*first.events, *second.events), *FCR) == [2, repeats, 1, repeats]

    def test_a_reopening_is_a_repeat_but_no_next_issue(self) -> None:
        story = ticket("T1", "2026-03-02 09:00", "2026-03-02 11:00").status("2026-03-05 09:00", Status.OPEN)
        found = run(*story.events)
        assert counts(found, *FCR, Measure.FIRST_CONTACTS_FOLLOWED) == [1, 0, 1, 1, 0]
        late = ticket("T1", "2026-03-02 09:00", "2026-03-02 11:00").status("2026-03-09 11:01", Status.OPEN)
        assert counts(run(*late.events), *FCR) == [1, 0, 1, 0]

    @pytest.mark.parametrize("heir", ["bob", "cat", "dan", "eve", "fay", "gil"])
    def test_a_ticket_that_comes_to_be_another_customers_keeps_its_repeat(self, heir: str) -> None:
        # Whichever row is settled first, on whichever partition: the word of the new one outlives the tombstone of the old one.
        mine = ticket("T1", "2026-03-02 09:00", "2026-03-02 11:00", ("refund",))
        theirs = ticket("T2", "2026-03-02 10:00", "2026-03-02 11:00", ("refund",), requester=heir)
        again = ticket("T3", "2026-03-04 12:00", tags=("refund",)).change("2026-03-04 13:00", requester=heir)
        found = run(*mine.events, *theirs.events, *again.events)
        assert {ticket: repeat.repeats for (_, ticket), repeat in found.repeats.items()} == {"T3": "T2"}
        assert counts(found, *FCR) == [3, 1, 2, 1]

    def test_a_correction_takes_back_what_was_said(self) -> None:
        first = ticket("T1", "2026-03-02 09:00", "2026-03-02 11:00", ("refund",))
        again = ticket("T2", "2026-03-04 12:00", tags=("refund",)).change("2026-03-04 13:00", tags=("login",))
        found = run(*first.events, *again.events)
        assert counts(found, *FCR) == [2, 0, 1, 0]
        assert found.repeats == {}
        assert [emit.value is None for emit in found.said if emit.topic is Topic.REPEATS] == [False, True]
        merged = again.add(EventType.MERGED, "2026-03-05 09:00", merged_into="T1")
        assert counts(run(*first.events, *merged.events), *FCR) == [1, 0, 1, 0]

    def test_a_ticket_may_turn_out_to_be_somebody_elses(self) -> None:
        first = ticket("T1", "2026-03-02 09:00", "2026-03-02 11:00", ("refund",))
        again = ticket("T2", "2026-03-04 12:00", tags=("refund",)).add(EventType.SNAPSHOT, "2026-03-04 13:00", requester="bob")
        assert counts(run(*first.events, *again.events), *FCR) == [2, 0, 1, 0]

    def test_rates_stand_in_the_service_levels(self) -> None:
        events = ticket("T1", "2026-03-02 09:00", "2026-03-02 11:00", ("refund",)).events
        events += ticket("T2", "2026-03-04 12:00", "2026-03-04 13:00", ("refund",)).events
        events += ticket("T3", "2026-03-05 12:00", "2026-03-05 13:00", ("refund",), requester="bob").events
        level = levels_of(events, "2026-03-06 00:00")["acme|topic=refund"]
        rates = level.windows["7d"].rates
        assert rates["first_contact_resolution"].ppm == 500_000
        assert rates["repeat_contact_rate"].ppm == 333_333


def levels_of(events: list[Event], until: str) -> dict[str, ServiceLevel]:
    offline = OfflineRun(DOMAIN, partitions=2, contact_partitions=2)
    offline.feed(
        (ticket_key(event.tenant, event.ticket_id), encode(event), event.occurred_at)
        for event in sorted(events, key=lambda event: event.occurred_at)
    )
    found = offline.close(utc(until)).compacted[Topic.SERVICE_LEVELS]
    return {key.decode(): msgspec.json.decode(value, type=ServiceLevel) for key, value in found.items()}


@pytest.mark.mission("A15")
class TestJourneys:
    def test_a_journey_over_three_channels(self) -> None:
        mail = ticket("T1", "2026-03-02 09:00", "2026-03-02 18:00", channel=Channel.EMAIL)
        chat = ticket("T2", "2026-03-03 09:00", "2026-03-03 10:00", channel=Channel.CHAT)
        phone = ticket("T3", "2026-03-06 10:00", "2026-03-06 11:00", channel=Channel.PHONE)  # three days after the chat's solve
        later = ticket("T4", "2026-03-09 11:01", channel=Channel.EMAIL)
        found = run(*mail.events, *chat.events, *phone.events, *later.events)
        measures = (Measure.JOURNEYS, Measure.JOURNEYS_SWITCHED, Measure.CHANNEL_SWITCHES)
        assert counts(found, *measures) == [2, 1, 2]
        switches = {leaf for (_, leaf, _), cell in found.sums.codes.items() if cell.get(base(Measure.CHANNEL_SWITCHES))}
        assert switches == {("", "chat"), ("", "phone")}
        begun = {leaf for (_, leaf, _), cell in found.sums.codes.items() if cell.get(base(Measure.JOURNEYS_SWITCHED))}
        assert begun == {("", "email")}


@pytest.mark.mission("A10")
class TestRetention:
    def test_the_sources_own_example(self) -> None:
        assert retention_ppm(at_end=300, won=76, at_start=350) == 640_000  # (300 - 76) / 350 = 224 / 350 = 64 %, exactly
        assert of_window(at_end=300, won=76, lost=126) == 640_000  # 350 at the start + 76 - 126 = 300: the example is consistent
        assert retention_ppm(5, 5, 0) is None

    def test_the_register(self) -> None:
        won, lost = EventType.CUSTOMER_WON, EventType.CUSTOMER_LOST
        events = [told(won, f"2026-03-0{day} 09:00", f"customer{day}") for day in range(1, 6)]
        events += [told(won, "2026-03-06 09:00", "customer1")]  # is one already
        events += [told(lost, "2026-03-07 09:00", "customer2"), told(lost, "2026-03-08 09:00", "nobody")]
        events += [told(won, "2026-03-09 09:00", "customer2"), told(lost, "2026-03-10 09:00", "customer3")]
        found = run(*events, *events)
        assert counts(found, Measure.CUSTOMERS_WON, Measure.CUSTOMERS_LOST) == [6, 2]
        assert {work: sum(starts.values()) for (_, _, work), starts in found.sums.plain_work().items()} == {Work.CUSTOMERS: 4}

    def test_retention_stands_in_the_service_levels(self) -> None:
        events = [told(EventType.CUSTOMER_WON, f"2026-02-0{day} 09:00", f"customer{day}") for day in range(1, 6)]
        events += [told(EventType.CUSTOMER_LOST, "2026-03-07 09:00", "customer1")]
        events += [told(EventType.CUSTOMER_WON, "2026-03-08 09:00", "customer9")]
        level = levels_of(events, "2026-03-10 00:00")["acme|"]
        assert level.work["customers"].count == 5
        assert level.retention_ppm["7d"] == 800_000  # (5 - 1) / 5


class TestErasure:
    @pytest.mark.parametrize("time", TimeMode)
    def test_the_row_and_the_id_go_and_the_sums_stay(self, time: TimeMode) -> None:
        first = ticket("T1", "2026-03-02 09:00", "2026-03-02 11:00", ("refund",))
        again = ticket("T2", "2026-03-04 12:00", tags=("refund",))
        register = told(EventType.CUSTOMER_WON, "2026-03-01 09:00")
        erasure = told(EventType.CUSTOMER_ERASED, "2026-03-05 09:00")
        after = (
            Story("T2")
            .change("2026-03-06 09:00", tags=("login",), id="x")
            .add(EventType.SNAPSHOT, "2026-03-06 10:00", requester="ann", id="y")
        )
        other = ticket(
            "T3", "2026-04-29 09:00", requester="bob"
        )  # time goes on: what an erasure leaves is gone after `retention`
        domain = DOMAIN.model_copy(update={"customers": MODEL.model_copy(update={"retention": 30 * 86_400_000})})
        found = run(register, *first.events, *again.events, erasure, *after.events, *other.events, domain=domain, time=time)
        if time is TimeMode.EVENT:  # live, a ticket may be told of only after the erasure, which then keeps it out
            assert counts(found, *FCR, Measure.CUSTOMERS_WON, Measure.CUSTOMERS_LOST) == [3, 1, 1, 1, 1, 1]
        assert {work for (_, _, work) in found.sums.plain_work()} >= {Work.OPEN}
        assert Work.CUSTOMERS not in {work for (_, _, work) in found.sums.plain_work()}
        assert found.repeats == {}
        customer = customer_of("acme", "ann", SALT.encode())
        kept = [value for part in (*found.tickets, *found.customers) for value in part.rows.values()]
        assert kept
        assert [key for part in (*found.tickets, *found.customers) for key, value in part.rows.items() if customer in value] == []
        assert not any(customer.hex().encode() in key for part in found.customers for key in part.rows)

    def test_who_comes_back_is_a_new_customer(self) -> None:
        before = ticket("T1", "2026-03-02 09:00", "2026-03-02 11:00", ("refund",))
        later = ticket("T2", "2026-03-05 10:00", tags=("refund",))
        found = run(*before.events, told(EventType.CUSTOMER_ERASED, "2026-03-05 09:00"), *later.events)
        assert counts(found, *FCR) == [2, 0, 1, 0]

    def test_the_log_of_a_ticket_forgets_too(self) -> None:
        story = ticket("T1", "2026-03-02 09:00").add(EventType.SNAPSHOT, "2026-03-02 10:00", requester="bob")
        erasures = [told(EventType.CUSTOMER_ERASED, "2026-03-03 09:00", who) for who in ("ann", "bob")]
        found = run(*story.events, *erasures)
        row = next(rows.decode(part.rows[b"acme:T1"]) for part in found.tickets if b"acme:T1" in part.rows)
        assert row.state.requester == ERASED
        assert {entry.requester for entry in unpack(row.log, row.count)} <= {None, ERASED}


def test_what_is_dropped_keeps_what_it_added() -> None:
    short = DOMAIN.model_copy(update={"customers": MODEL.model_copy(update={"retention": 7 * 86_400_000})})
    days = [f"2026-03-{day:02}" for day in range(1, 29)]
    stories = [ticket(f"T{day}", f"{day} 09:00", f"{day} 12:00", ("refund",), channel=Channel.CHAT) for day in days]
    events = [event for story in stories for event in story.events]
    long, brief = run(*events), run(*events, domain=short)
    assert brief.sums.plain_codes() == long.sums.plain_codes()
    assert counts(brief, *FCR, Measure.JOURNEYS) == [28, 27, 1, 1, 1]
    sizes = [sum(len(part.rows) for part in found.customers) for found in (long, brief)]
    assert sizes[1] <= sizes[0]
    gone = run(*events, ticket("X", "2026-04-29 09:00", requester="bob").events[0], domain=short, time=TimeMode.LIVE)
    assert len([key for part in gone.customers for key in part.rows if key.startswith(b"c")]) == 1  # only the newest customer's


def test_a_row_holds_so_many_contacts() -> None:
    stories = [ticket(f"T{n:03}", f"2026-03-02 {n // 60:02}:{n % 60:02}", tags=("refund",)) for n in range(230)]
    found = run(*(event for story in stories for event in story.events))
    assert counts(found, Measure.CONTACTS, Measure.REPEAT_CONTACTS, Measure.JOURNEYS) == [230, 229, 1]


def test_strangers_count_as_contacts_only_where_topics_are_configured() -> None:
    story = ticket("T1", "2026-03-02 09:00", requester="")
    assert counts(run(*story.events), Measure.CONTACTS) == [1]
    plain = DOMAIN.model_copy(update={"topics": {}})
    found = run(*story.events, domain=plain)
    assert counts(found, Measure.CONTACTS) == [0]
    assert not any(emit.topic is not Topic.PANES for emit in found.said)


def test_nothing_is_said_where_customers_are_not_configured() -> None:
    offline = OfflineRun(Domain(), partitions=1)
    offline.feed([(b"acme:T1", encode(event), event.occurred_at) for event in ticket("T1", "2026-03-02 09:00").events])
    offline.feed([(None, encode(told(EventType.CUSTOMER_ERASED, "2026-03-03 09:00")), utc("2026-03-03 09:00"))])
    offline.close(utc(END))
    assert offline.customers == []
    assert offline._offsets[Topic.CONTACTS] == []
    with pytest.raises(ValueError, match=r"no \[domain.customers\]"):
        CustomersEngine(Domain(), 0, 1)


def test_a_record_that_is_none_is_a_dead_letter() -> None:
    engine = CustomersEngine(DOMAIN, 0, 1)
    future = msgspec.msgpack.encode(ContactRecord(9, "acme", 0, 1, 0, 0))  # type: ignore[arg-type]  # written as a number
    values = (b"nonsense", future, None)
    effects = engine.apply([LogRecord("contacts", 0, n, 0, None, value) for n, value in enumerate(values)])
    assert [letter.reason for letter in effects.dead_letters] == [Reason.WRONG_SHAPE, Reason.WRONG_SHAPE, Reason.EMPTY]


def test_an_event_about_a_customer_names_it() -> None:
    text = b'{"type":"support.customer.erased","id":"1","time":"2026-03-02T09:00:00Z","tenant":"acme"%s}'
    refused = decode(text % b"", (), appended_at=utc(END), future_skew_ms=0)
    assert isinstance(refused, Invalid)
    assert refused.field == "requester"
    event = decode(text % b',"requester":"ann"', (), appended_at=utc(END), future_skew_ms=0)
    assert isinstance(event, Event)
    assert decode(encode(event), (), appended_at=utc(END), future_skew_ms=0) == event


def test_mistakes_in_the_configuration() -> None:
    with pytest.raises(ValidationError, match="openssl rand -hex 16"):
        CustomersModel(salt=SecretStr("short"))
    with pytest.raises(ValidationError, match="must not be shorter than horizon"):
        CustomersModel.model_validate({"salt": SALT, "retention": "1d"})


def test_the_hash_needs_the_salt_and_tells_tenants_apart() -> None:
    salts = (SALT.encode(), b"another salt")
    assert len({customer_of(tenant, "ann", salt) for tenant in ("acme", "globex") for salt in salts}) == 4


def test_clock_records_move_the_customers_too() -> None:
    engine = CustomersEngine(DOMAIN, 0, 1, TimeMode.EVENT)
    assert engine.next_due() is None
    assert engine.apply([]).emits == []
    assert clock_record(5).startswith(b"{")


def test_a_customer_of_the_register_counts_where_the_register_says() -> None:
    domain = DOMAIN.model_copy(update={"dimensions": ("brand", "region", "customer_tier"), "segments": ((), ("brand",))})
    event = told(EventType.CUSTOMER_WON, "2026-03-01 09:00", brand="north", region="emea", customer_tier="gold")
    found = run(event, told(EventType.CUSTOMER_WON, "2026-03-02 09:00", "ben"), domain=domain)
    won = {leaf: cell[base(Measure.CUSTOMERS_WON)] for (_, leaf, _), cell in found.sums.codes.items()}
    assert won == {("north", "emea", "gold"): 1, ("", "", ""): 1}
