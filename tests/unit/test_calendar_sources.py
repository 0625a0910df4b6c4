"""Holidays of countries and of iCalendar files, written out as dated hours before the core sees them."""

from __future__ import annotations

import json
import tomllib
from datetime import date, time
from pathlib import Path

import pytest

from agents.calendars.country import UnknownCountryError, holidays_of
from agents.calendars.feed import FeedError, read
from agents.calendars.special import SpecialDay, as_toml
from agents.calendars.week import week_of
from agents.cli import main
from agents.configuration import load
from agents.mistakes import ConfigurationError
from pipeline.hours import CalendarModel, Interval

FEED = Path(__file__).parents[1] / "data" / "calendars" / "holidays.ics"
DOMAIN = """\
[domain]
default_calendar = "office"
fallbacks = [{ channel = "chat", to = "email", queues = ["billing"] }]
[domain.queue_calendars]
billing = "office"
[domain.team_calendars]
owls = "night"
[domain.calendars.night]
hours = { sat = [{ since = "22:00", until = "06:00" }] }
[domain.calendars.office]
zone = "Europe/Berlin"
country = "DE"
subdivision = "BY"
holidays_ics = "holidays.ics"
skip_holidays = ["Volkstrauertag", "Second Day of Christmas"]
[domain.calendars.office.hours]
mon = [{ since = "09:00", until = "18:00" }]
[domain.calendars.office.special]
2026-01-06 = [{ since = "10:00", until = "24:00" }]
"2026-11-01" = []
[domain.calendars.office.names]
"2026-11-01" = "Inventory"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "holidays.ics").write_bytes(FEED.read_bytes())
    path = tmp_path / "firstreply.toml"
    path.write_text(DOMAIN)
    return path


def call(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return int(ended.value.code or 0)


class TestFeed:
    def test_what_a_file_says(self) -> None:
        days = read(FEED, "Europe/Berlin", ["volkstrauertag"])
        assert [on for on in days if on.month == 1] == [date(year, 1, 1) for year in range(2020, 2046)]
        assert {on: day for on, day in days.items() if on.month != 1} == {
            date(2026, 12, 24): SpecialDay("Christmas Eve", (("09:00:00", "12:00:00"), ("22:00:00", "00:00:00"))),
            date(2026, 12, 25): SpecialDay("Christmas, both days"),
            date(2026, 12, 26): SpecialDay("Christmas, both days"),
        }

    def test_an_event_without_an_end_is_one_day(self) -> None:
        assert date(2026, 11, 15) in read(FEED, "UTC")
        assert date(2026, 11, 16) not in read(FEED, "UTC")

    def test_observances_are_no_holidays(self) -> None:
        """St. Martin's Day closed the desk: zammad #390."""
        assert date(2026, 11, 11) not in read(FEED, "UTC")

    @pytest.mark.parametrize(("text", "said"), [(b"garbage", "is no iCalendar file"), (None, "cannot read")])
    def test_what_is_no_calendar(self, text: bytes | None, said: str, tmp_path: Path) -> None:
        path = tmp_path / "x.ics"
        if text is not None:
            path.write_bytes(text)
        with pytest.raises(FeedError, match=said):
            read(path, "UTC")

    def test_hours_longer_than_a_day_are_none(self, tmp_path: Path) -> None:
        path = tmp_path / "x.ics"
        path.write_bytes(FEED.read_bytes().replace(b"20261224T230000Z", b"20261226T230000Z"))
        with pytest.raises(FeedError, match="'Night shift' on 2026-12-24 has times"):
            read(path, "UTC")


class TestCountry:
    def test_bavaria(self) -> None:
        days = holidays_of("DE", "BY", [2026])
        assert (days[date(2026, 6, 4)].name, len(days)) == ("Corpus Christi", 12)
        assert date(2026, 6, 4) not in holidays_of("DE", "BE", [2026])

    @pytest.mark.parametrize("name", ["corpus christi", "Fronleichnam"])
    def test_a_day_may_be_an_ordinary_one_here(self, name: str) -> None:
        assert date(2026, 6, 4) not in holidays_of("DE", "BY", [2026], [name])

    @pytest.mark.parametrize(
        ("country", "part", "said"),
        [("XX", "", "'XX' is no known country"), ("DE", "QQ", "no such part; there are: BB, BE")],
    )
    def test_what_is_not_known(self, country: str, part: str, said: str) -> None:
        with pytest.raises(UnknownCountryError, match=said):
            holidays_of(country, part, [2026])


class TestConfiguration:
    def test_everything_is_written_out_for_the_core(self, file: Path) -> None:
        office = load(file).domain.calendars["office"]
        assert office.special[date(2026, 1, 6)] == (Interval(since=time(10), until=time(0)),)
        assert office.names[date(2026, 11, 1)] == "Inventory"
        assert office.names[date(2026, 12, 25)] == "Christmas, both days"
        assert office.special[date(2026, 12, 26)] == ()
        assert office.names[date(2030, 5, 30)] == "Ascension Day"
        assert date(2026, 11, 15) not in office.special
        assert date(2026, 1, 6) not in office.names

    def test_every_mistake_at_once(self, file: Path) -> None:
        text = DOMAIN.replace('"DE"', '"ZZ"').replace("holidays.ics", "gone.ics").replace('"Europe/Berlin"', '"Europe/Nowhere"')
        text += '[domain.calendars.third]\nsubdivision = "BY"\nskip_holidays = 3\n[domain.calendars.fourth]\ncountri = "DE"\n'
        file.write_text(text)
        with pytest.raises(ConfigurationError) as error:
            load(file)
        found = {mistake.path: mistake.message for mistake in error.value.mistakes}
        assert "'ZZ' is no known country" in found["domain.calendars.office.country"]
        assert "cannot read" in found["domain.calendars.office.holidays_ics"]
        assert "IANA" in found["domain.calendars.office.zone"]
        assert found["domain.calendars.third.subdivision"] == "needs a country"
        assert "text" in found["domain.calendars.third.skip_holidays"]
        assert "no such setting" in found["domain.calendars.fourth.countri"]


class TestCommands:
    def test_show(self, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert call("calendars", "show", "-c", str(file), "--queue", "billing", "--week", "2026-12-24") == 0
        lines = capsys.readouterr().out.splitlines()
        assert lines[:10] == [
            "office (Europe/Berlin): queue billing, everybody else",
            "  Mon 2026-12-21  09:00-18:00 +01:00",
            "  Tue 2026-12-22  closed",
            "  Wed 2026-12-23  closed",
            "  Thu 2026-12-24  09:00-12:00 +01:00, 22:00-24:00 +01:00   [special hours: Christmas Eve]",
            "  Fri 2026-12-25  closed   [closed: Christmas, both days]",
            "  Sat 2026-12-26  closed   [closed: Christmas, both days]",
            "  Sun 2026-12-27  closed",
            "  open 14 h in this week",
            "  while closed, chat of billing has the promises of email",
        ]
        assert "    Tue 2026-01-06  special hours" in lines

    def test_every_calendar_and_machines(self, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert call("calendars", "show", "-c", str(file), "--week", "2026-12-21", "--json") == 0
        shown = json.loads(capsys.readouterr().out)
        assert (list(shown), shown["office"]["open_seconds"]) == (["night", "office"], 14 * 3600)
        assert shown["office"]["days"][0]["open"] == [{"from": "2026-12-21T09:00:00+01:00", "until": "2026-12-21T18:00:00+01:00"}]
        assert call("calendars", "show", "-c", str(file), "--team", "owls") == 0
        assert capsys.readouterr().out.startswith("night (UTC): team owls\n")

    def test_import_reads_back(self, capsys: pytest.CaptureFixture[str]) -> None:
        arguments = ("calendars", "import", str(FEED), "--country", "DE", "--years", "2026", "--calendar", "o 1", "--zone")
        assert call(*arguments, "Europe/Berlin") == 0
        model = CalendarModel.model_validate(tomllib.loads(capsys.readouterr().out)["domain"]["calendars"]["o 1"])
        assert (model.names[date(2026, 10, 3)], model.special[date(2026, 10, 3)]) == ("German Unity Day", ())
        assert model.special[date(2026, 12, 24)][0].until == time(12)
        assert {on.year for on in model.special} == {2026}

    @pytest.mark.parametrize(
        ("arguments", "code", "said"),
        [
            (("import",), 2, "Nothing to import"),
            (("import", "--country", "XX"), 2, "no known country"),
            (("import", "gone.ics"), 1, "cannot read"),
            (("import", "gone.ics", "--zone", "Mars"), 2, "no time zone"),
            (("import", "--country", "DE", "--years", "1900-1910"), 2, "no range of years"),
            (("show", "--calendar", "moon"), 2, "no calendar 'moon'"),
            (("show", "--week", "soon"), 2, "not a date"),
        ],
    )
    def test_mistakes(
        self,
        arguments: tuple[str, ...],
        code: int,
        said: str,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setenv("NO_COLOR", "1")
        assert call("calendars", *arguments) == code
        assert said in capsys.readouterr().err


def test_a_week_in_which_the_clock_changes() -> None:
    night = CalendarModel.model_validate({"zone": "Europe/Berlin", "hours": {"sat": [{"since": "22:00", "until": "06:00"}]}})
    saturday, sunday = week_of("night", night, date(2026, 3, 29))[5:]
    assert [str(one) for one in (*saturday.openings, *sunday.openings)] == ["22:00-24:00 +01:00", "00:00 +01:00 - 06:00 +02:00"]
    assert (saturday.length + sunday.length).total_seconds() == 7 * 3600
    always = week_of("always", CalendarModel(zone="Europe/Berlin"), date(2026, 3, 29))
    assert [day.length.total_seconds() // 3600 for day in always] == [24] * 6 + [23]


def test_names_are_written_so_that_toml_reads_them_back() -> None:
    name = 'A "quoted" \\ name\n'
    read_back = tomllib.loads(as_toml({date(2026, 1, 1): SpecialDay(name)}, "a.b"))
    assert read_back["domain"]["calendars"]["a.b"]["names"] == {"2026-01-01": name}
