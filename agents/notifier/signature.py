"""Signatures of webhooks, as Standard Webhooks (standardwebhooks.com) has them: HMAC-SHA256 over id, timestamp and raw body.

A receiver checks the signature over the bytes as they came, refuses timestamps more than five minutes away from its own
clock, and remembers the ids of as long: a copy of an old request is then worth nothing.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping
from hashlib import sha256

KEY_PREFIX = "whsec_"
ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
TOLERANCE_SECONDS = 300
_LEAST_BYTES = 24
_VERSION = "v1,"


class SignatureError(ValueError):
    """The request is not from who it says, or is an old one; the message says why."""


def key_of(secret: str) -> bytes:
    """Return the key in a secret, `whsec_<base64>`.

    Raises:
        ValueError: it is none, or too short.

    """
    try:
        key = base64.b64decode(secret.removeprefix(KEY_PREFIX), validate=True)
    except binascii.Error:
        raise ValueError("no base64") from None
    if len(key) < _LEAST_BYTES:
        msg = f"{len(key)} bytes"
        raise ValueError(msg)
    return key


def sign(key: bytes, delivery_id: str, at_seconds: int, body: bytes) -> dict[str, str]:
    """Return the headers that sign a body."""
    signed = hmac.new(key, b"%b.%d.%b" % (delivery_id.encode(), at_seconds, body), sha256).digest()
    return {ID: delivery_id, TIMESTAMP: str(at_seconds), SIGNATURE: _VERSION + base64.b64encode(signed).decode()}


def verify(key: bytes, headers: Mapping[str, str], body: bytes, now_seconds: int) -> str:
    """Return the delivery's id if a request is genuine and recent; the receiver must still refuse an id that it has seen.

    `headers` are looked up in lower case.

    Raises:
        SignatureError: it is neither.

    """
    try:
        delivery_id, at_seconds, given = headers[ID], int(headers[TIMESTAMP]), headers[SIGNATURE]
    except (KeyError, ValueError):
        raise SignatureError("a header is missing or no number") from None
    if abs(now_seconds - at_seconds) > TOLERANCE_SECONDS:
        raise SignatureError("the timestamp is not of now: an old request, or a wrong clock")
    wanted = sign(key, delivery_id, at_seconds, body)[SIGNATURE]
    if not any(hmac.compare_digest(wanted.encode(), one.encode()) for one in given.split(" ")):
        raise SignatureError("the signature is not of this key and body")
    return delivery_id
