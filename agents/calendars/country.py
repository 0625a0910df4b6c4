"""Public holidays of a country or one of its parts, from the `holidays` package."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from agents.calendars.special import SpecialDay, SpecialDays

_ENGLISH = "en_US"


class UnknownCountryError(ValueError):
    """There is no such country or part of it; the message says what there is."""


def holidays_of(country: str, subdivision: str, years: Iterable[int], skip: Collection[str] = ()) -> SpecialDays:
    """Return the public holidays, each closed, with their English names where the package has them.

    Args:
        country: ISO 3166-1, two letters: `DE`.
        subdivision: ISO 3166-2 without the country, `BY`; empty for the country as a whole.
        years: which years.
        skip: names of holidays that are ordinary days here, in English or in the country's own language.

    Raises:
        UnknownCountryError: the package does not know the country or the part.

    """
    import holidays  # noqa: PLC0415 - takes a third of a second, for those who ask for a country only

    part = subdivision or None
    wanted = tuple(years)
    try:
        english = holidays.country_holidays(country, subdiv=part, years=wanted, language=_ENGLISH)
    except NotImplementedError:  # what the package raises for a country or a part that it does not know
        raise UnknownCountryError(_unknown(country, holidays.list_supported_countries(include_aliases=False))) from None
    own = holidays.country_holidays(country, subdiv=part, years=wanted, language=english.default_language)
    ignored = {name.casefold() for name in skip}

    def skipped(names: Iterable[str]) -> bool:
        return all(name.casefold() in ignored for name in names)

    return {
        on: SpecialDay(english[on])
        for on in sorted(english)
        if not skipped(english.get_list(on)) and not skipped(own.get_list(on))
    }


def _unknown(country: str, known: dict[str, list[str]]) -> str:
    if country in known:
        parts = ", ".join(known[country])
        return f"{country} has no such part; there are: {parts}" if parts else f"{country} has no parts of its own; leave it out"
    return f"{country!r} is no known country; write two letters, such as DE, US or GB"
