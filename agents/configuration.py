"""Where the configuration comes from: options, over the environment, over one TOML file, over what is shipped."""

from __future__ import annotations

import importlib.resources
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource, InitSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from agents.calendars.expansion import expanded
from agents.mistakes import ConfigurationError, Mistake, mistakes_of
from agents.settings import Settings

PREFIX = "FIRSTREPLY_"
FILE_VARIABLE = "FIRSTREPLY_CONFIG"
FILE_NAME = "firstreply.toml"
_OTHER_VARIABLES = frozenset(
    {FILE_VARIABLE, *(PREFIX + name for name in ("ALLOW_UNTESTED_FAUST", "CACHE", "DEBUG", "KAFKA_HOME"))}
)


class _Environment(EnvSettingsSource):
    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        """Pass on what is not JSON: the model says what is wrong with it, among everything else."""
        try:
            return super().decode_complex_value(field_name, field, value)
        except ValueError:
            return value


def default_domain() -> dict[str, Any]:
    """Return the `domain` table that is shipped with the package."""
    text = importlib.resources.files("pipeline").joinpath("defaults", "default.toml").read_text(encoding="utf-8")
    domain: dict[str, Any] = tomllib.loads(text)["domain"]
    return domain


def default_ladder() -> dict[str, Any]:
    """Return the table of service levels that is shipped with the package."""
    text = importlib.resources.files("pipeline").joinpath("defaults", "service-levels.toml").read_text(encoding="utf-8")
    ladder: dict[str, Any] = tomllib.loads(text)["ladder"]
    return ladder


def default_expectations() -> dict[str, Any]:
    """Return how soon customers expect a reply, as it is shipped with the package."""
    text = importlib.resources.files("pipeline").joinpath("defaults", "expectations.toml").read_text(encoding="utf-8")
    expectations: dict[str, Any] = tomllib.loads(text)["expectations"]
    return expectations


def find_file(given: Path | None = None) -> Path | None:
    """Return the file to read: the one given, that of `FIRSTREPLY_CONFIG`, `firstreply.toml` in this folder, or none."""
    if given is not None:
        return given
    if named := os.environ.get(FILE_VARIABLE):
        return Path(named)
    here = Path(FILE_NAME)
    return here if here.is_file() else None


def load(file: Path | None = None, **options: Any) -> Settings:
    """Read the configuration and check all of it.

    A file's `domain` replaces the shipped one as a whole; a file without one keeps the shipped one. The tables of service levels
    and of customers' expectations are the shipped ones unless the domain has a `ladder` or `expectations` of its own.

    Args:
        file: the TOML file; `None` looks where `find_file` says.
        options: values that win over everything else, as nested mappings: `broker={"bootstrap": "..."}`.

    Raises:
        ConfigurationError: with every mistake in it.

    """
    path = find_file(file)
    source = f"{path or 'defaults'} and the environment"
    table = _read(path, source) if path else {}
    domain = table.setdefault("domain", default_domain())
    wrong: list[Mistake] = []
    if isinstance(domain, dict):
        domain.setdefault("ladder", default_ladder())
        domain.setdefault("expectations", default_expectations())
        table["domain"], wrong = expanded(domain, path.parent if path else Path())
    try:
        loaded = _loader(table)(**options)
    except ValidationError as error:
        found = _strangers() + wrong + mistakes_of(error, Settings)
        raise ConfigurationError(found, source) from None  # pydantic's own error quotes the values
    if wrong := _strangers() + wrong:
        raise ConfigurationError(wrong, source)
    return Settings(**{name: getattr(loaded, name) for name in Settings.model_fields})


def _read(path: Path, source: str) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError([Mistake(str(path), f"cannot read it: {error.strerror}")], source) from None
    except UnicodeDecodeError:
        raise ConfigurationError([Mistake(str(path), "is not UTF-8 text")], source) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError([Mistake(str(path), f"is not TOML: {error}")], source) from None


def _loader(table: Mapping[str, Any]) -> type[Settings]:
    class Loaded(Settings, BaseSettings):
        model_config = SettingsConfigDict(env_prefix=PREFIX, env_nested_delimiter="__", frozen=True, hide_input_in_errors=True)

        @classmethod
        def settings_customise_sources(  # the signature is pydantic-settings'
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            del env_settings, dotenv_settings, file_secret_settings
            return init_settings, _Environment(settings_cls), InitSettingsSource(settings_cls, dict(table))

    return Loaded


def _strangers() -> list[Mistake]:
    """Return the variables with our prefix that set nothing: a misspelt one would be lost without a word."""
    sections = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    return [
        Mistake(name, f"sets nothing; variables are {PREFIX}SECTION__NAME, sections: {', '.join(Settings.model_fields)}")
        for name in sorted(os.environ)
        if name.startswith(PREFIX) and name not in _OTHER_VARIABLES and name.split("__")[0].upper() not in sections
    ]
