"""What a request is told that cannot be answered: RFC 9457 problem documents that say what to do."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

CONTENT_TYPE: Final = "application/problem+json"


class ProblemKind(StrEnum):
    """Every reason for a refusal."""

    BAD_REQUEST = "bad_request"
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    NOT_ACCEPTABLE_HOST = "not_acceptable_host"
    TOO_LARGE = "too_large"
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"
    TOO_MANY_REQUESTS = "too_many_requests"
    UNAVAILABLE = "unavailable"
    INTERNAL = "internal"


_TOLD: Final = {
    ProblemKind.BAD_REQUEST: (400, "The request cannot be understood."),
    ProblemKind.UNAUTHORIZED: (401, "A token is needed."),
    ProblemKind.FORBIDDEN: (403, "The token does not open this."),
    ProblemKind.NOT_FOUND: (404, "There is nothing here."),
    ProblemKind.METHOD_NOT_ALLOWED: (405, "This cannot be done here."),
    ProblemKind.NOT_ACCEPTABLE_HOST: (421, "This server does not answer to that name."),
    ProblemKind.TOO_LARGE: (413, "The request is too large."),
    ProblemKind.UNSUPPORTED_MEDIA_TYPE: (415, "The body is not JSON."),
    ProblemKind.TOO_MANY_REQUESTS: (429, "Too many requests."),
    ProblemKind.UNAVAILABLE: (503, "This is not available now."),
    ProblemKind.INTERNAL: (500, "This is a bug in firstreply."),
}


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A refusal. `type` is stable and made for programs, the rest for people."""

    type: str
    """`urn:firstreply:problem:` and the kind."""
    title: str
    status: int
    detail: str = ""
    """What is wrong, without quoting the request."""
    what_to_do: str = ""
    retry_after_seconds: int = 0


def problem(kind: ProblemKind, detail: str = "", what_to_do: str = "", *, retry_after_seconds: int = 0) -> Problem:
    """Return a problem of a kind."""
    status, title = _TOLD[kind]
    return Problem(
        type=f"urn:firstreply:problem:{kind}",
        title=title,
        status=status,
        detail=detail,
        what_to_do=what_to_do,
        retry_after_seconds=retry_after_seconds,
    )


class Refused(Exception):  # noqa: N818 - not an error of ours: the answer to a request
    """Ends a request with a problem."""

    def __init__(self, what: Problem) -> None:
        """Take the answer."""
        super().__init__(what.title)
        self.problem = what


def refusal(kind: ProblemKind, detail: str = "", what_to_do: str = "", *, retry_after_seconds: int = 0) -> Refused:
    """Return the exception for a problem of a kind."""
    return Refused(problem(kind, detail, what_to_do, retry_after_seconds=retry_after_seconds))
