"""The configuration: where it comes from, what wins, and that every mistake is said at once and no secret ever."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path

import pytest

from agents.configuration import default_domain, load
from agents.connection import access_to, client_arguments, wanted
from agents.mistakes import ConfigurationError
from agents.sections import Security
from agents.settings import Delivery, Settings
from pipeline.config import Domain
from pipeline.engine import TimeMode
from pipeline.events import Priority

ROOT = Path(__file__).parents[2]
SECRET = "correct horse battery staple"  # noqa: S105 - what the tests look for


@pytest.fixture(autouse=True)
def nothing_around(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("CONFIG", "BROKER__BOOTSTRAP", "DELIVERY"):
        monkeypatch.delenv(f"FIRSTREPLY_{name}", raising=False)


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        path = tmp_path / "given.toml"
        path.write_text(text)
        return path

    return write


def mistakes(error: pytest.ExceptionInfo[ConfigurationError]) -> dict[str, str]:
    return {mistake.path: mistake.message for mistake in error.value.mistakes}


def test_without_a_file_the_shipped_domain_and_a_local_broker() -> None:
    settings = load()
    assert settings.broker.bootstrap == "127.0.0.1:9092"
    assert (settings.delivery, settings.time) == (Delivery.AUTO, TimeMode.LIVE)
    assert [policy.name for policy in settings.domain.policies] == ["vip", "live", "standard"]
    assert settings.domain.policies[2].targets[0].within[Priority.URGENT] == 30 * 60_000
    assert settings.domain.default_calendar == "office"
    assert settings.worker.metrics_host == "127.0.0.1"


def test_the_shipped_default_names_what_the_model_would_choose_itself() -> None:
    shipped, model = Domain.model_validate(default_domain()), Domain()
    same = ("zone", "dimensions", "segments", "windows", "default_priority", "jump")
    assert {name: getattr(shipped, name) for name in same} == {name: getattr(model, name) for name in same}


def test_the_example_says_what_is_the_default_anyway() -> None:
    assert load(ROOT / "examples" / "firstreply.toml") == load()


def test_options_win_over_the_environment_and_that_over_the_file(
    written: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written('[broker]\nbootstrap = "file:1"\n[topics]\nprefix = "file."\n[worker]\napp_id = "file"\nmetrics_port = 1111')
    monkeypatch.setenv("FIRSTREPLY_TOPICS__PREFIX", "environment.")
    monkeypatch.setenv("FIRSTREPLY_WORKER__APP_ID", "environment")
    settings = load(file, worker={"app_id": "option"})
    assert settings.broker.bootstrap == "file:1"
    assert settings.topics.prefix == "environment."
    assert (settings.worker.app_id, settings.worker.metrics_port) == ("option", 1111)


def test_a_file_is_found_by_option_then_variable_then_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("firstreply", "variable", "option"):
        (tmp_path / f"{name}.toml").write_text(f'[worker]\napp_id = "{name}"')
    assert load().worker.app_id == "firstreply"
    monkeypatch.setenv("FIRSTREPLY_CONFIG", str(tmp_path / "variable.toml"))
    assert load().worker.app_id == "variable"
    assert load(tmp_path / "option.toml").worker.app_id == "option"


def test_a_domain_of_ones_own_replaces_the_shipped_one(written: Callable[[str], Path]) -> None:
    settings = load(written('[domain]\nzone = "Asia/Tokyo"'))
    shipped = {"ladder": Domain().ladder, "expectations": {}}
    assert settings.domain.model_copy(update=shipped) == Domain(zone="Asia/Tokyo")


@pytest.mark.mission("B6")
def test_what_customers_expect_is_data_that_a_domain_may_replace(written: Callable[[str], Path]) -> None:
    shipped = load(written('[domain]\nzone = "Asia/Tokyo"')).domain.expectations
    assert {channel.value: limit for channel, limit in shipped.items() if channel in ("email", "social", "phone")} == {
        "email": 3_600_000,
        "social": 1_800_000,
        "phone": 20_000,
    }
    assert load(written('[domain.expectations]\nemail = "2h"')).domain.expectations == {"email": 7_200_000}
    assert load(written("[domain.expectations]")).domain.expectations == {}


@pytest.mark.mission("A11")
def test_costs_are_read_per_channel_in_minor_units(written: Callable[[str], Path]) -> None:
    costs = load(written("[domain.costs]\nemail = { contact = 450 }\nchat = { contact = 100, minute = 60 }")).domain.costs
    assert {channel: (cost.contact, cost.minute) for channel, cost in costs.items()} == {"email": (450, 0), "chat": (100, 60)}


def test_the_shipped_ladder_stands_unless_the_domain_has_its_own(written: Callable[[str], Path]) -> None:
    shipped = load(written('[domain]\nzone = "Asia/Tokyo"')).domain.ladder
    assert {name: group.first_reply[-1] for name, group in shipped.groups.items()} == {
        "mail": 3_600_000,
        "social": 900_000,
        "live": 60_000,
    }
    assert load(written("[domain.ladder]\ngroups = {}")).domain.ladder == Domain().ladder


def test_the_environment_reaches_into_the_shipped_domain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRSTREPLY_DOMAIN__JUMP__FLOOR", "7m")
    monkeypatch.setenv("FIRSTREPLY_DOMAIN__AGE_BANDS", '["1h", "2h"]')
    domain = load().domain
    assert domain.jump.floor == 7 * 60_000
    assert domain.age_bands == (3_600_000, 7_200_000)
    assert len(domain.policies) == 3


def test_every_mistake_is_said_at_once_with_its_path_and_a_way_out(
    written: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written("""
        delivery = "twice"
        colour = "red"
        [broker]
        bootstrap = "kafka"
        botstrap = "kafka:9092"
        security = "sasl_plaintext"
        [topics]
        ticket_partitions = 0
        [worker]
        session_timeout = "10 parsecs"
        heartbeat_interval = "0s"
        [domain]
        zone = "Mars/Olympus"
        [[domain.policies]]
        name = "a"
        [[domain.policies.targets]]
        measure = "first_reply"
        within = { urgend = "5m" }
        [[domain.policies]]
        targets = []
    """)
    monkeypatch.setenv("FIRSTREPLY_BROKR__BOOTSTRAP", "kafka:9092")
    monkeypatch.setenv("FIRSTREPLY_TOPICS__PREFIX", "no_underscores")
    with pytest.raises(ConfigurationError) as error:
        load(file)
    said = mistakes(error)
    assert set(said) == {
        "FIRSTREPLY_BROKR__BOOTSTRAP",
        "broker.allow_plaintext_sasl",
        "broker.bootstrap",
        "broker.botstrap",
        "broker.sasl.password",
        "broker.sasl.username",
        "colour",
        "delivery",
        "domain.policies[0].targets[0].within.urgend",
        "domain.policies[1].name",
        "domain.zone",
        "topics.prefix",
        "topics.ticket_partitions",
        "worker.heartbeat_interval",
        "worker.session_timeout",
    }
    assert "did you mean 'bootstrap'?" in said["broker.botstrap"]
    assert said["delivery"] == "should be 'exactly_once', 'at_least_once' or 'auto' (it is 'twice')"
    assert "kafka-1:9092" in said["broker.bootstrap"]
    assert "write for example 45s" in said["worker.session_timeout"]
    assert str(error.value).startswith(f"15 mistakes in the configuration ({file} and the environment):\n  FIRSTREPLY_BROKR")


def test_a_short_session_needs_a_shorter_heartbeat_than_the_default() -> None:
    with pytest.raises(ConfigurationError, match="3s must be at most half of session_timeout, which is 4s"):
        load(worker={"session_timeout": "4s"})
    assert load(worker={"session_timeout": "4s", "heartbeat_interval": "1s"}).worker.session_timeout == 4_000


def test_contradictions_in_the_domain_are_said_one_by_one(written: Callable[[str], Path]) -> None:
    text = '[domain]\nsegments = [["queue"], ["team"]]\ndefault_calendar = "moon"\nteam_calendars = { owls = "sun" }\n'
    text += 'fallbacks = [{ channel = "chat", to = "email", calendar = "mars" }]\n[domain.jump]\nsegments = [["queue"]]'
    with pytest.raises(ConfigurationError) as error:
        load(written(text))
    assert mistakes(error) == {
        "domain.segments": "'team' is not among the dimensions",
        "domain.default_calendar": "there is no calendar 'moon'",
        "domain.team_calendars.owls": "there is no calendar 'sun'",
        "domain.fallbacks.0.calendar": "there is no calendar 'mars'",
    }


def test_every_mistake_in_the_rule_book_is_said_at_once_with_its_path(written: Callable[[str], Path]) -> None:
    text = """
        [domain]
        default_calendar = "moon"
        [[domain.policies]]
        name = "a"
        when = { vip = true, tags = ["x"], excluded_tags = ["x"] }
        targets = [{ measure = "first_reply", within = {}, at_risk = [0.9, 0.5], pauses = ["pending"] }]
        [[domain.policies]]
        name = "a"
        effective_from = 2026-05-01T00:00:00Z
        targets = [
          { measure = "next_reply", within = { normal = "1h" }, at_risk_before = ["5m", "10m"], pauses = ["closed"] },
          { measure = "next_reply", within = { normal = "2h" }, at_risk_before = ["3h"] },
        ]
        [[domain.policies]]
        name = "b"
        effective_from = 2026-05-01T02:00:00+02:00
        effective_until = 2026-05-01T00:00:00Z
        targets = []
        [[domain.policies]]
        name = "b"
        version = 2
        effective_from = 2026-05-01T00:00:00Z
        targets = []
        [[domain.policies]]
        name = "c"
        version = 2
        effective_until = 2026-05-02T00:00:00Z
        targets = []
        [[domain.policies]]
        name = "c"
        effective_from = 2026-05-01T00:00:00Z
        targets = []
    """
    with pytest.raises(ConfigurationError) as error:
        load(written(text))
    assert mistakes(error) == {
        "domain.default_calendar": "there is no calendar 'moon'",
        "domain.policies[0].when.vip": "nobody is a VIP customer yet, name tiers or tags in domain.vip",
        "domain.policies[0].when.excluded_tags": "'x' is asked for in tags, too",
        "domain.policies[0].targets[0].within": (
            "a target without a limit promises nothing, write for example { normal = '4h' }"
        ),
        "domain.policies[0].targets[0].at_risk": "the steps do not ascend",
        "domain.policies[0].targets[0].pauses": "a first reply never pauses while the customer waits for it",
        "domain.policies[1].targets[0].at_risk_before": "the steps do not come closer to the limit",
        "domain.policies[1].targets[0].pauses": "'closed' is no status of open work",
        "domain.policies[1].targets[1].within": "an earlier target of next_reply has a limit for each of these priorities",
        "domain.policies[1].targets[1].at_risk_before": "longer than every limit, so it would warn of nothing",
        "domain.policies[1].version": "version 1 of 'a' is there already, as policies[0]",
        "domain.policies[2].effective_until": "not after effective_from, so it is never in force",
        "domain.policies[3].effective_from": "overlaps policies[2], both versions of 'b' begin at the same time",
        "domain.policies[5].version": "'c' goes back from version 2 to 1",
        "domain.policies[4].effective_until": "overlaps policies[5], the next version of 'c'",
    }


@pytest.mark.parametrize(("text", "said"), [("= 3", "is not TOML"), (None, "cannot read it: No such file")])
def test_a_file_that_cannot_be_read_is_a_mistake(text: str | None, said: str, tmp_path: Path) -> None:
    path = tmp_path / "given.toml"
    if text:
        path.write_text(text)
    with pytest.raises(ConfigurationError, match=said):
        load(path)


def test_a_password_over_plaintext_is_refused_until_it_is_asked_for() -> None:
    sasl = {"username": "firstreply", "password": SECRET}
    with pytest.raises(ConfigurationError, match="security = 'sasl_tls'"):
        load(broker={"security": "sasl_plaintext", "sasl": sasl})
    allowed = load(broker={"security": "sasl_plaintext", "sasl": sasl, "allow_plaintext_sasl": True})
    assert allowed.broker.security is Security.SASL_PLAINTEXT
    with pytest.raises(ConfigurationError, match="does not use it"):
        load(broker={"security": "plaintext", "sasl": sasl})


@pytest.mark.parametrize(
    "broker",
    [
        {"security": "sasl_tls", "sasl": {"username": "u", "password": SECRET, "mechanism": "MD5"}},
        {"security": "sasl_plaintext", "sasl": {"username": "u", "password": SECRET}},
        {"security": "sasl_tls", "sasl": SECRET},
        {"security": "sasl_tls", "sasl": {"username": "u", "password": [SECRET]}},
        {"security": "sasl_tls", "sasl": {"username": "u", "pasword": SECRET}},
        {"security": "tls", "tls": {"key_password": {"value": SECRET}}},
        {"bootstrap": {"password": SECRET}},
        {"bootstrap": f"user:{SECRET}@kafka:9092"},
    ],
)
def test_no_mistake_shows_a_secret(broker: dict[str, object], written: Callable[[str], Path]) -> None:
    with pytest.raises(ConfigurationError) as error:
        load(broker=broker)
    assert error.value.mistakes
    assert SECRET not in str(error.value)
    assert SECRET not in repr(error.value.mistakes)
    assert error.value.__cause__ is None
    assert error.value.__suppress_context__


def test_secrets_are_masked_in_every_print_and_reach_the_client(tmp_path: Path) -> None:
    (tmp_path / "password").write_text(SECRET + "\n")
    for given in ({"password": SECRET}, {"password_file": str(tmp_path / "password")}):
        settings = load(broker={"security": "sasl_tls", "sasl": {"username": "me", **given}, "tls": {"key_password": SECRET}})
        assert SECRET not in f"{settings} {settings!r} {settings.model_dump()} {settings.model_dump_json()}"
        assert client_arguments(settings.broker)["sasl_plain_password"] == SECRET
        assert SECRET not in repr(access_to(settings.broker))


def test_a_secret_from_a_file_that_is_not_there_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as error:
        load(broker={"security": "sasl_tls", "sasl": {"username": "me", "password_file": str(tmp_path / "nothing")}})
    assert "No such file" in mistakes(error)["broker.sasl.password_file"]


def test_one_configuration_for_three_clients() -> None:
    plain = Settings().broker
    assert client_arguments(plain) == {"security_protocol": "PLAINTEXT"}
    assert access_to(plain).faust_credentials() is None
    two = load(broker={"bootstrap": "a:1, b:2", "security": "tls"}).broker
    assert access_to(two).faust_broker() == "kafka://a:1;kafka://b:2"
    arguments = client_arguments(two)
    assert arguments["security_protocol"] == "SSL"
    assert arguments["ssl_context"].verify_mode is ssl.CERT_REQUIRED
    sasl = {"username": "me", "password": SECRET}
    in_the_clear = load(broker={"security": "sasl_plaintext", "sasl": sasl, "allow_plaintext_sasl": True}).broker
    assert access_to(in_the_clear).security_protocol == in_the_clear.security.protocol == "SASL_PLAINTEXT"


@pytest.mark.parametrize("delivery", Delivery)
def test_a_delivery_is_the_runtimes_own_or_left_to_it(delivery: Delivery) -> None:
    promise = wanted(delivery)
    assert (promise is None) if delivery is Delivery.AUTO else (promise.value == delivery.value)
