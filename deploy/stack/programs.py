"""The programs that are not ours: where they are, and how to get those that are missing."""

from __future__ import annotations

import shutil
from enum import Enum

from deploy.stack.kafka import JarsMissingError, JavaMissingError, find_jars, find_java


class Program(Enum):
    """One program: the names that it goes by, and its Debian package."""

    REDIS = (("redis-server",), "redis-server")
    PROMETHEUS = (("prometheus",), "prometheus")
    ALERTMANAGER = (("prometheus-alertmanager", "alertmanager"), "prometheus-alertmanager")

    @property
    def found(self) -> str | None:
        """Return where it is."""
        names: tuple[str, ...] = self.value[0]
        return next((place for name in names if (place := shutil.which(name))), None)

    @property
    def package(self) -> str:
        """Return the Debian package that brings it."""
        name: str = self.value[1]
        return name


class ProgramsMissingError(RuntimeError):
    """Something that the stack is made of is not on this machine; the message says how to get all of it."""


def find(program: Program) -> str:
    """Return where a program is.

    Raises:
        ProgramsMissingError: it is not there.

    """
    if place := program.found:
        return place
    msg = f"{program.value[0][0]} is missing (Debian: apt-get install {program.package})"
    raise ProgramsMissingError(msg)


def check_all() -> None:
    """Look for everything before anything is started; fetch the broker's jars where they are not here yet.

    Raises:
        ProgramsMissingError: with a line for each that is missing.

    """
    missing = []
    if packages := [program.package for program in Program if program.found is None]:
        missing.append(f"{' and '.join(packages)}: on Debian, apt-get install --no-install-recommends {' '.join(packages)}")
    try:
        find_jars(find_java())
    except (JavaMissingError, JarsMissingError) as error:
        missing.append(str(error))
    if missing:
        raise ProgramsMissingError("\n".join(missing))
