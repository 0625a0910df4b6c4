"""Signatures: our own, and the example of the Standard Webhooks specification."""

from __future__ import annotations

import base64

import pytest

from agents.notifier.signature import SIGNATURE, SignatureError, key_of, sign, verify

NOW = 1_614_265_330
SHARED = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
DELIVERY = "msg_p5jXN8AQM9LWM0D4loKWxJek"
BODY = b'{"test": 2432232314}'


def test_the_published_example_signs_as_published() -> None:
    # From the test vectors of the reference libraries (github.com/standard-webhooks/standard-webhooks).
    headers = sign(key_of(SHARED), DELIVERY, NOW, BODY)
    assert headers[SIGNATURE] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("clock", [NOW - 300, NOW, NOW + 300])
def test_a_genuine_request_is_accepted_within_five_minutes(clock: int) -> None:
    assert verify(key_of(SHARED), sign(key_of(SHARED), DELIVERY, NOW, BODY), BODY, clock) == DELIVERY


@pytest.mark.parametrize(
    ("changes", "body", "clock", "why"),
    [
        ({}, BODY + b" ", NOW, "signature"),
        ({"webhook-id": "another"}, BODY, NOW, "signature"),
        ({"webhook-timestamp": str(NOW + 1)}, BODY, NOW, "signature"),
        ({}, BODY, NOW + 301, "timestamp"),
        ({}, BODY, NOW - 301, "timestamp"),
        ({"webhook-timestamp": "soon"}, BODY, NOW, "header"),
        ({"webhook-signature": "v1,AAAA"}, BODY, NOW, "signature"),
    ],
)
def test_anything_else_is_not(changes: dict[str, str], body: bytes, clock: int, why: str) -> None:
    with pytest.raises(SignatureError, match=why):
        verify(key_of(SHARED), sign(key_of(SHARED), DELIVERY, NOW, BODY) | changes, body, clock)


def test_one_of_several_signatures_is_enough_while_keys_are_changed() -> None:
    headers = sign(key_of(SHARED), DELIVERY, NOW, BODY)
    assert verify(key_of(SHARED), headers | {SIGNATURE: f"v1,AAAA {headers[SIGNATURE]}"}, BODY, NOW)


@pytest.mark.parametrize("secret", ["whsec_", "whsec_not base64!", "whsec_" + base64.b64encode(b"x" * 23).decode()])
def test_weak_secrets_are_refused(secret: str) -> None:
    with pytest.raises(ValueError, match=r"bytes|base64"):
        key_of(secret)
