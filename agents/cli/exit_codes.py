"""What the exit code of every command means. 64 and above follow `sysexits.h`."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes, the same in every command."""

    OK = 0
    FAILED = 1
    """The command did its work and the answer is no: a check failed, a file was no log."""
    USAGE = 2
    FENCED = 3
    """A worker was replaced by another one while it hung; start it again."""
    INTERNAL = 70
    UNAVAILABLE = 75
    CONFIG = 78
    """The configuration, or what stands on the broker, does not fit; starting again alone does not help."""
    INTERRUPTED = 130

    @property
    def meaning(self) -> str:
        """Say it in a few words."""
        return _MEANINGS[self]


_MEANINGS = {
    ExitCode.OK: "all is well",
    ExitCode.FAILED: "a check or the work failed",
    ExitCode.USAGE: "wrong arguments",
    ExitCode.FENCED: "another worker took over",
    ExitCode.INTERNAL: "a bug in firstreply",
    ExitCode.UNAVAILABLE: "the broker is away",
    ExitCode.CONFIG: "the configuration does not fit",
    ExitCode.INTERRUPTED: "interrupted",
}
